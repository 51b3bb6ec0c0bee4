package world

import "slices"

// stackHeld is what a stack has put into its role, and takes out again. The
// instances of a set share the lists.
type stackHeld struct{ Inline, Attached, TagKeys []string }

// held is what a role of a template holds.
func (r *stackRole) held() stackHeld {
	h := stackHeld{Attached: r.ManagedPolicyArns}
	for _, p := range r.Policies {
		h.Inline = append(h.Inline, p.PolicyName)
	}
	for _, t := range r.Tags {
		h.TagKeys = append(h.TagKeys, t.Key)
	}
	return h
}

// putStackRole makes or changes the role of an instance in its account. It
// gives CloudFormation's reason where it could not; what was begun of a new
// role is taken back then.
func (w *World) putStackRole(s *StackSet, i *StackInstance) (why string) {
	role, resource, why := s.roleOf()
	if why != "" {
		return why
	}
	var err error
	switch {
	case i.Role == role.RoleName:
		if err = w.asStackSets(i.Account, "iam:UpdateRole", role.RoleName); err == nil {
			err = w.updateStackRole(i, role)
		}
	case w.holds(i.Account, role.RoleName):
		return stackReason(resource, role.RoleName+" already exists")
	default:
		if err = w.createStackRole(i.Account, role); err == nil && i.Role != "" {
			err = w.dropStackRole(i.Account, i.Role, i.Held) // it was renamed: the old one goes last
		}
	}
	if err != nil {
		return stackReason(resource, err.Error())
	}
	i.Role, i.Held = role.RoleName, role.held()
	return ""
}

// holds tells whether an account has a role of that name, in whatever case.
func (w *World) holds(account, name string) bool {
	_, there := seek(w.iam(account).roles, name)
	return there
}

// asStackSets holds what CloudFormation does in a member against the service
// control policies above it: they bind its stacksets-exec role like any other.
func (w *World) asStackSets(account, action, role string) error {
	arn := "arn:aws:iam::" + account + ":role/"
	return w.Authorize(Caller{Account: account, Arn: arn + "stacksets-exec-" + letters(hexa, 32, hash(account, "stacksets"))},
		Need{Action: action, Resource: arn + role})
}

func (w *World) createStackRole(account string, role stackRole) error {
	if err := w.asStackSets(account, "iam:CreateRole", role.RoleName); err != nil {
		return err
	}
	_, err := w.CreateRole(account, NewRole{Path: role.Path, Name: role.RoleName, Trust: string(role.AssumeRolePolicyDocument),
		Description: role.Description, Boundary: role.PermissionsBoundary, Session: role.MaxSessionDuration, Tags: role.Tags})
	if err != nil {
		return err
	}
	if err := w.grantStackRole(account, role); err != nil {
		ids := w.iam(account)
		ids.roles = drop(ids.roles, role.RoleName)
		return err
	}
	return nil
}

// grantStackRole puts the policies of a template into its role.
func (w *World) grantStackRole(account string, role stackRole) error {
	for _, p := range role.Policies {
		if err := w.PutInline(account, RoleKind, role.RoleName, p.PolicyName, string(p.PolicyDocument)); err != nil {
			return err
		}
	}
	for _, arn := range role.ManagedPolicyArns {
		if err := w.Attach(account, RoleKind, role.RoleName, arn); err != nil {
			return err
		}
	}
	return nil
}

// updateStackRole brings a role to what the template says, and takes out what an
// earlier one had said. What others put in stays.
func (w *World) updateStackRole(i *StackInstance, role stackRole) error {
	session := max(role.MaxSessionDuration, shortestSession)
	if err := w.UpdateRole(i.Account, role.RoleName, &role.Description, &session); err != nil {
		return err
	}
	if err := w.UpdateAssumeRolePolicy(i.Account, role.RoleName, string(role.AssumeRolePolicyDocument)); err != nil {
		return err
	}
	if err := w.grantStackRole(i.Account, role); err != nil {
		return err
	}
	now := role.held()
	gone := func(old, new []string) []string {
		return slices.DeleteFunc(slices.Clone(old), func(x string) bool { return slices.Contains(new, x) })
	}
	if err := w.revokeStackRole(i.Account, role.RoleName, gone(i.Held.Inline, now.Inline), gone(i.Held.Attached, now.Attached)); err != nil {
		return err
	}
	if err := w.boundStackRole(i.Account, role); err != nil {
		return err
	}
	if keys := gone(i.Held.TagKeys, now.TagKeys); len(keys) > 0 {
		if err := w.UntagEntity(i.Account, RoleKind, role.RoleName, keys); err != nil {
			return err
		}
	}
	return w.TagEntity(i.Account, RoleKind, role.RoleName, role.Tags)
}

func (w *World) boundStackRole(account string, role stackRole) error {
	if role.PermissionsBoundary != "" {
		return w.PutBoundary(account, RoleKind, role.RoleName, role.PermissionsBoundary)
	}
	if r, err := w.role(account, role.RoleName); err == nil && r.boundary != "" {
		return w.DeleteBoundary(account, RoleKind, role.RoleName)
	}
	return nil
}

// revokeStackRole takes policies out of a role; those that are out are no mistake.
func (w *World) revokeStackRole(account, name string, inline, attached []string) error {
	e, err := w.entity(account, RoleKind, name)
	if err != nil {
		return err
	}
	for _, p := range inline {
		if _, err := e.findInline(RoleKind, p); err == nil {
			if err := w.DeleteInline(account, RoleKind, name, p); err != nil {
				return err
			}
		}
	}
	for _, arn := range attached {
		if slices.Contains(e.attached, arn) {
			if err := w.Detach(account, RoleKind, name, arn); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropStackRole deletes what an instance has made. A role that others have put
// policies into cannot be deleted; one that is gone is no mistake.
func (w *World) dropStackRole(account, name string, held stackHeld) error {
	if !w.holds(account, name) {
		return nil
	}
	if err := w.asStackSets(account, "iam:DeleteRole", name); err != nil {
		return err
	}
	if err := w.revokeStackRole(account, name, held.Inline, held.Attached); err != nil {
		return err
	}
	return w.DeleteRole(account, name)
}
