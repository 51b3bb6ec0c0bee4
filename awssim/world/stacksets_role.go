package world

import "slices"

// putStackRole makes or changes the role of an instance in its account. It
// gives the role's name, or CloudFormation's reason why it could not.
func (w *World) putStackRole(s *StackSet, i *StackInstance) (name, why string) {
	role, resource, why := s.roleOf()
	if why != "" {
		return "", why
	}
	a := w.account(i.Account)
	there := slices.ContainsFunc(a.roles, func(r role_) bool { return r.name == role.RoleName })
	if there && i.Role != role.RoleName {
		return "", stackReason(resource, role.RoleName+" already exists")
	}
	w.AddRole(i.Account, role.RoleName, "", s.Owner)
	return role.RoleName, ""
}

// dropStackRole deletes what an instance has made.
func (w *World) dropStackRole(account, name string) (why string) {
	a := w.account(account)
	a.roles = slices.DeleteFunc(a.roles, func(r role_) bool { return r.name == name })
	return ""
}

type role_ = role
