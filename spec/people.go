package spec

import (
	"slices"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// iamPolicies reads the customer-managed policies of the payer.
func (b *builder) iamPolicies() {
	most := iampolicy.IAMLimits().Managed
	for _, v := range b.f.IAMPolicies.Value {
		f := v.Value
		p := IAMPolicy{Pos: pos(v.At), Name: b.plain(f.Name, ""), Path: b.path(f.Path, iamPolicyPath),
			Description: b.description(f.Description, plainText), Tags: b.iamTags(f.Tags, false), Adopt: adoption(f.Adopt)}
		d, ok := b.document(written{at: v.At, what: "a policy", kind: iampolicy.IdentityPolicy, file: f.File, doc: f.Document})
		if p.Document, p.Source = d.text, d.source; ok && d.least > most {
			b.add(d.at, "the document has %s characters", of(d.least, most))
		}
		b.p.IAMPolicies = append(b.p.IAMPolicies, p)
	}
}

// groups reads the groups of the payer.
func (b *builder) groups() {
	l := iampolicy.IAMLimits()
	_, _, _, user := iamKinds()
	for _, v := range b.f.Groups.Value {
		f := v.Value
		g := Group{Pos: pos(v.At), Name: b.plain(f.Name, ""), Path: b.path(f.Path, iamPath)}
		g.Members = b.names(f.Members, func(at file.At, s string) { b.iamName(user, at, s) })
		g.AbsentMembers = b.names(f.AbsentMembers, func(at file.At, s string) {
			if b.iamName(user, at, s) {
				for _, m := range g.Members {
					if m.Value == s {
						b.add(at, "%s must be a member by line %d and absent here", strictyaml.Shown(s), m.Pos.Line)
					}
				}
			}
		})
		h := holder{what: "a group", inline: l.InlineGroup, attached: l.AttachedGroup}
		g.Policies = b.attached(h, lists{f.InlinePolicies, f.ManagedPolicies, f.Absent, f.Exclusive})
		g.ExactMembers = f.Exclusive.Value && f.Members.Set()
		b.exact(h, f.Exclusive, "members, inlinePolicies or managedPolicies", f.Members.At, f.InlinePolicies.At, f.ManagedPolicies.At)
		b.assume(h, g.Name, f.Assume, &g.Policies)
		b.p.Groups = append(b.p.Groups, g)
	}
	b.groupsOfUsers(l.GroupsOfUser)
}

// groupsOfUsers counts in how many groups a user will be.
func (b *builder) groupsOfUsers(most int) {
	in := map[string]int{}
	for _, g := range b.p.Groups {
		for _, m := range g.Members {
			if in[m.Value]++; in[m.Value] == most+1 {
				at := b.src.at
				at.File, at.Line, at.Column = m.Pos.File, m.Pos.Line, m.Pos.Column
				b.add(at, "the user %s is in %s groups", strictyaml.Shown(m.Value), of(in[m.Value], most))
			}
		}
	}
}

// users reads the users of the payer.
func (b *builder) users() {
	l := iampolicy.IAMLimits()
	for _, v := range b.f.Users.Value {
		f := v.Value
		u := User{Pos: pos(v.At), Name: b.plain(f.Name, ""), Path: b.path(f.Path, iamPath), Handoff: f.Handoff.Value,
			Boundary: b.boundary(f.PermissionsBoundary, false), Tags: b.iamTags(f.Tags, f.Handoff.Value), Adopt: adoption(f.Adopt)}
		h := holder{what: "a user", inline: l.InlineUser, attached: l.AttachedUser}
		u.Policies = b.attached(h, lists{f.InlinePolicies, f.ManagedPolicies, f.Absent, f.Exclusive})
		b.exact(h, f.Exclusive, "inlinePolicies or managedPolicies", f.InlinePolicies.At, f.ManagedPolicies.At)
		b.assume(h, u.Name, f.Assume, &u.Policies)
		b.p.Users = append(b.p.Users, u)
	}
}

// hasInline says whether a list has an inline policy of that name.
func (p Policies) hasInline(name string) bool {
	return slices.ContainsFunc(p.Inline, func(i InlinePolicy) bool { return i.Name == name })
}
