// Package memberrole is the kind of an IAM role inside a member account, put
// there through a role that the account already has. What a role is made of,
// and how it is changed, is the business of package role; here is which members
// are entered, and what a member that lets nobody in means.
//
// Only members that the file selects are entered. So a role of ours in a member
// that no memberRoles entry selects any more is not seen, and stays; in a member
// that is entered for another role it is seen, and is left or pruned like
// anything else of ours. An entry with absent: true enters members to take a role
// of ours away.
package memberrole

import (
	"maps"
	"strings"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/account"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/kinds/role"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is an IAM role in a member account.
var Kind = &kind.Kind{
	Name:     "member-role",
	Doc:      "an IAM role in a member account",
	Requires: []*kind.Kind{account.Kind},
	Fixed:    map[string]string{iams.Path: iams.PathFixed},
	Marked:   true,
	Prunes:   true,
	Desired:  desired,
	Live:     live,
	Confirm:  confirm,
	Create:   create,
	Update:   update,
	Delete:   remove,
	Resume:   resume,
}

// factEnter is the role by which the member of an object is entered.
const factEnter = "memberRole"

// desired wants every direct role in every account that it selects. What the
// accounts have in common (documents above all) they share.
func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	keep := self.Of(p)
	var objects []resource.Object
	for _, m := range direct(p) {
		if m.Gone {
			objects = append(objects, gone(m)...)
			continue
		}
		base, err := role.Want(m.Role, spec.MemberRoleRef("", m.Name), resource.Object{}, nil, read)
		if err != nil {
			return nil, err
		}
		if m.Handoff {
			base.Attrs[self.Handoff], _ = self.Hand(p.Name, resource.Object{}, base, true)
		}
		facts := map[string]map[string]string{}
		for _, a := range m.Accounts {
			o := base
			o.Ref = spec.MemberRoleRef(a.Email, m.Name)
			o.At = resource.Place{Account: resource.Output(a.Ref(), "id")}
			o.After = []resource.Ref{a.Ref()}
			if o.Facts = facts[a.MemberRole]; o.Facts == nil {
				o.Facts = maps.Clone(base.Facts)
				o.Facts[factEnter], o.Facts[resource.FactName] = a.MemberRole, m.Name
				facts[a.MemberRole] = o.Facts
			}
			if a.Pool != "" {
				o.Facts = maps.Clone(o.Facts)
				o.Facts[resource.FactPool], o.Facts[resource.FactID] = a.Pool, a.ID
			}
			if have, ok := read.Get(o.Ref); ok {
				o.Attrs = exact(m.Policies, base.Attrs, have.Attrs)
				o.Attrs = hand(p.Name, have, o, m.Handoff)
				if why := keep.Member(a, m.Name); why != "" {
					o.Facts = maps.Clone(o.Facts)
					role.KeepTrust(&o, have, why)
				}
			}
			objects = append(objects, o)
		}
	}
	return objects, nil
}

// hand are the attributes of a wanted object with what it says of being handed
// over, given what is there.
func hand(payer string, have, want resource.Object, handoff bool) resource.Attrs {
	v, named := self.Hand(payer, have, want, handoff)
	if old, has := want.Attrs[self.Handoff]; has == named && v.Equal(old) {
		return want.Attrs
	}
	attrs := maps.Clone(want.Attrs)
	if delete(attrs, self.Handoff); named {
		attrs[self.Handoff] = v
	}
	return attrs
}

// gone says of every account that it selects that the role must not be there.
func gone(m spec.MemberRole) []resource.Object {
	facts := map[string]string{resource.FactAbsent: "true", resource.FactName: m.Name}
	objects := make([]resource.Object, len(m.Accounts))
	for i, a := range m.Accounts {
		objects[i] = resource.Object{Ref: spec.MemberRoleRef(a.Email, m.Name), Origin: m.Pos.String(), Facts: facts}
	}
	return objects
}

// direct are the member roles that no stack set deploys.
func direct(p *spec.Payer) []spec.MemberRole {
	var all []spec.MemberRole
	for _, m := range p.MemberRoles {
		if m.StackSet == nil {
			all = append(all, m)
		}
	}
	return all
}

// exact adds to what is wanted the absence of other policies, where the list is
// exact and there are any.
func exact(w spec.Policies, want, have resource.Attrs) resource.Attrs {
	if !w.ExactInline && !w.ExactManaged {
		return want
	}
	own := false
	for key := range have {
		inline, managed := strings.HasPrefix(key, iams.Inline), strings.HasPrefix(key, iams.Managed)
		if !(inline && w.ExactInline || managed && w.ExactManaged) {
			continue
		}
		if _, named := want[key]; named {
			continue
		}
		if !own {
			want, own = maps.Clone(want), true
		}
		want[key] = resource.None()
	}
	return want
}
