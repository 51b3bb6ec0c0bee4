package world

import (
	"maps"
	"slices"
	"strings"
)

// GetAccountAuthorizationDetails tells all of the asked kinds with all that
// hangs on them: users, groups, roles, then policies. No filter is all. Of
// AWS's policies it tells those that are in use.
func (w *World) GetAccountAuthorizationDetails(who string, filter []string, p NamedPage) (*AccountDetails, string) {
	ids := w.iam(who)
	type item struct {
		key string
		add func(*AccountDetails)
	}
	var all []item
	asked := func(name string) bool { return len(filter) == 0 || slices.Contains(filter, name) }
	if asked("User") {
		for _, u := range ids.users {
			all = append(all, item{"1" + u.key(), func(d *AccountDetails) { d.UserDetailList = append(d.UserDetailList, w.userDetail(who, u)) }})
		}
	}
	if asked("Group") {
		for _, g := range ids.groups {
			all = append(all, item{"2" + g.key(), func(d *AccountDetails) { d.GroupDetailList = append(d.GroupDetailList, g.detail(who)) }})
		}
	}
	if asked("Role") {
		for _, r := range ids.roles {
			all = append(all, item{"3" + r.key(), func(d *AccountDetails) { d.RoleDetailList = append(d.RoleDetailList, w.roleDetail(who, r)) }})
		}
	}
	var policies []*managedPolicy
	if asked("LocalManagedPolicy") {
		policies = append(policies, ids.policies...)
	}
	if asked("AWSManagedPolicy") {
		policies = append(policies, w.usedOfAWS(who)...)
	}
	for _, m := range policies {
		all = append(all, item{"4" + m.arn, func(d *AccountDetails) { d.Policies = append(d.Policies, w.policyDetail(who, m)) }})
	}
	slices.SortFunc(all, func(a, b item) int { return strings.Compare(a.key, b.key) })
	page, next := pageAfter(all, func(i item) string { return i.key }, p, nil)
	d := &AccountDetails{[]UserDetail{}, []GroupDetail{}, []RoleDetail{}, []ManagedPolicyDetail{}}
	for _, i := range page {
		i.add(d)
	}
	return d, next
}

// usedOfAWS are the policies of AWS that somebody in an account has.
func (w *World) usedOfAWS(who string) []*managedPolicy {
	used := map[string]*managedPolicy{}
	w.eachEntity(who, func(_ Kind, e *entity) {
		for _, arn := range append(slices.Clone(e.attached), e.boundary) {
			if m := w.managedByAWS(arn); m != nil {
				used[arn] = m
			}
		}
	})
	return slices.Collect(maps.Values(used))
}

func (e *entity) details() (inline []PolicyDetail, attached []AttachedPolicy) {
	inline = []PolicyDetail{}
	for _, p := range e.inline {
		inline = append(inline, PolicyDetail{p.name, encoded(p.doc.text)})
	}
	return inline, attachedShapes(e.attached)
}

func (w *World) userDetail(who string, u *user) UserDetail {
	inline, attached := u.details()
	groups := []string{}
	for _, g := range w.groupsOf(who, u) {
		groups = append(groups, g.name)
	}
	return UserDetail{
		Path: u.path, UserName: u.name, UserId: u.id, Arn: u.arn(who, UserKind), CreateDate: u.created, UserPolicyList: inline,
		GroupList: groups, AttachedManagedPolicies: attached, PermissionsBoundary: u.boundaryShape(), Tags: u.tags,
	}
}

func (g *group) detail(who string) GroupDetail {
	inline, attached := g.details()
	return GroupDetail{
		Path: g.path, GroupName: g.name, GroupId: g.id, Arn: g.arn(who, GroupKind), CreateDate: g.created,
		GroupPolicyList: inline, AttachedManagedPolicies: attached,
	}
}

func (w *World) roleDetail(who string, r *role) RoleDetail {
	inline, attached := r.details()
	return RoleDetail{
		Path: r.path, RoleName: r.name, RoleId: r.id, Arn: r.arn(who, RoleKind), CreateDate: r.created,
		AssumeRolePolicyDocument: encoded(w.shownTrust(r)), InstanceProfileList: []struct{}{}, RolePolicyList: inline,
		AttachedManagedPolicies: attached, PermissionsBoundary: r.boundaryShape(), Tags: r.tags,
	}
}

func (w *World) policyDetail(who string, m *managedPolicy) ManagedPolicyDetail {
	s := w.policyShape(who, m)
	d := ManagedPolicyDetail{
		PolicyName: s.PolicyName, PolicyId: s.PolicyId, Arn: s.Arn, Path: s.Path, DefaultVersionId: s.DefaultVersionId,
		AttachmentCount: s.AttachmentCount, PermissionsBoundaryUsageCount: s.PermissionsBoundaryUsageCount, IsAttachable: true,
		Description: s.Description, CreateDate: s.CreateDate, UpdateDate: s.UpdateDate,
	}
	for _, v := range slices.Backward(m.versions) {
		d.PolicyVersionList = append(d.PolicyVersionList, m.versionShape(v, true))
	}
	return d
}

// AccountSummary is what GetAccountSummary counts.
func (w *World) AccountSummary(who string) map[string]int {
	ids := w.iam(who)
	devices, versions := 0, 0
	for _, u := range ids.users {
		devices += len(u.mfa)
	}
	for _, p := range ids.policies {
		versions += len(p.versions)
	}
	return map[string]int{
		"Users": len(ids.users), "UsersQuota": maxUsers, "Groups": len(ids.groups), "GroupsQuota": maxGroups,
		"Roles": len(ids.roles), "RolesQuota": maxRoles, "Policies": len(ids.policies), "PoliciesQuota": maxPolicies,
		"PolicySizeQuota": maxManagedSize, "PolicyVersionsInUse": versions, "VersionsPerPolicyQuota": maxVersions,
		"UserPolicySizeQuota": kindWords[UserKind].inline, "GroupPolicySizeQuota": kindWords[GroupKind].inline, "RolePolicySizeQuota": kindWords[RoleKind].inline,
		"AssumeRolePolicySizeQuota": maxTrustSize, "GroupsPerUserQuota": maxUserGroups, "AccessKeysPerUserQuota": maxAccessKeys,
		"AttachedPoliciesPerRoleQuota": maxAttached, "AttachedPoliciesPerUserQuota": maxAttached, "AttachedPoliciesPerGroupQuota": maxAttached,
		"MFADevices": devices, "MFADevicesInUse": devices, "AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0,
	}
}
