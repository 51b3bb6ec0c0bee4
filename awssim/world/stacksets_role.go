package world

// putStackRole makes or changes the role of an instance in its account. It
// gives the role's name, or CloudFormation's reason why it could not.
func (w *World) putStackRole(s *StackSet, i *StackInstance) (name, why string) {
	role, resource, why := s.roleOf()
	if why != "" {
		return "", why
	}
	_, there := seek(w.iam(i.Account).roles, role.RoleName)
	if there && i.Role != role.RoleName {
		return "", stackReason(resource, role.RoleName+" already exists")
	}
	w.AddRole(i.Account, role.RoleName, "", s.Owner)
	return role.RoleName, ""
}

// dropStackRole deletes what an instance has made.
func (w *World) dropStackRole(account, name string) (why string) {
	in := w.iam(account)
	in.roles = drop(in.roles, name)
	return ""
}
