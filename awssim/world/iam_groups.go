package world

import "slices"

// CreateGroup makes a group.
func (w *World) CreateGroup(who, path, name string) (*Group, error) {
	ids := w.iam(who)
	if _, ok := seek(ids.groups, name); ok {
		return nil, taken("group", name)
	}
	if len(ids.groups) >= maxGroups {
		return nil, limitExceeded("Cannot exceed quota for GroupsPerAccount: %d", maxGroups)
	}
	g := &group{entity: w.newEntity(who, GroupKind, path, name)}
	ids.groups = put(ids.groups, g)
	out := g.shape(who)
	return &out, nil
}

// GetGroup tells a group with its members.
func (w *World) GetGroup(who, name string, p NamedPage) (*Group, []User, string, error) {
	g, err := w.group(who, name)
	if err != nil {
		return nil, nil, "", err
	}
	page, next := pageAfter(g.members, (*user).key, p, nil)
	users := make([]User, len(page))
	for i, u := range page {
		users[i] = u.shape(who)
		users[i].Tags, users[i].PermissionsBoundary = nil, nil
	}
	out := g.shape(who)
	return &out, users, next, nil
}

// ListGroups lists groups.
func (w *World) ListGroups(who, prefix string, p NamedPage) ([]Group, string) {
	page, next := pageAfter(w.iam(who).groups, (*group).key, p, func(g *group) bool { return g.under(prefix) })
	return groupShapes(who, page), next
}

func groupShapes(who string, list []*group) []Group {
	out := make([]Group, len(list))
	for i, g := range list {
		out[i] = g.shape(who)
	}
	return out
}

// groupsOf are the groups that a user is in.
func (w *World) groupsOf(who string, u *user) []*group {
	var out []*group
	for _, g := range w.iam(who).groups {
		if slices.Contains(g.members, u) {
			out = append(out, g)
		}
	}
	return out
}

// ListGroupsForUser lists the groups that a user is in.
func (w *World) ListGroupsForUser(who, name string, p NamedPage) ([]Group, string, error) {
	u, err := w.user(who, name)
	if err != nil {
		return nil, "", err
	}
	page, next := pageAfter(w.groupsOf(who, u), (*group).key, p, nil)
	return groupShapes(who, page), next, nil
}

// AddUserToGroup makes a user a member; a member stays one.
func (w *World) AddUserToGroup(who, name, member string) error {
	g, err := w.group(who, name)
	if err != nil {
		return err
	}
	u, err := w.user(who, member)
	if err != nil {
		return err
	}
	if slices.Contains(g.members, u) {
		return nil
	}
	if len(w.groupsOf(who, u)) >= maxUserGroups {
		return limitExceeded("Cannot exceed quota for GroupsPerUser: %d", maxUserGroups)
	}
	g.members = put(g.members, u)
	return nil
}

// RemoveUserFromGroup ends a membership.
func (w *World) RemoveUserFromGroup(who, name, member string) error {
	g, err := w.group(who, name)
	if err != nil {
		return err
	}
	u, err := w.user(who, member)
	if err != nil {
		return err
	}
	if !slices.Contains(g.members, u) {
		return noEntity("User %s not in Group %s", member, name)
	}
	g.members = drop(g.members, member)
	return nil
}

// DeleteGroup removes a group that has neither members nor policies.
func (w *World) DeleteGroup(who, name string) error {
	g, err := w.group(who, name)
	if err != nil {
		return err
	}
	if len(g.members) > 0 {
		return inTheWay("remove users from group")
	}
	if err := g.bare(); err != nil {
		return err
	}
	ids := w.iam(who)
	ids.groups = drop(ids.groups, name)
	return nil
}
