package reconcile

import (
	"slices"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// A stack set that the file gives to a unit comes to the units below it too, and
// to every account in them, whether the file has it or not.

// execRole stands for the role by which CloudFormation works in a member.
const execRole = "stacksets-exec-0123456789abcdef0123456789abcdef"

// standing is a member account that is in use or that the plan makes.
type standing struct {
	spot
	ref resource.Ref
	// aside says that it is ours and that the file has it no longer: nobody works
	// in it.
	aside bool
}

// standings are all member accounts, those of the file first.
func (p *Planned) standings(moves map[resource.Ref]bool) []standing {
	var all []standing
	listed := make(map[resource.Ref]bool, len(p.Payer.Accounts))
	for a := range p.Payer.AllAccounts() {
		ref := a.Ref()
		listed[ref] = true
		if have, there := p.Live.Get(ref); !there || inUse(p.Payer, &have) {
			all = append(all, standing{spot: p.place(&a, moves), ref: ref})
		}
	}
	for a := range p.Live.Kind("account") {
		path, ok := pathOf(a.Attrs["ou"].Value())
		if ok && !listed[a.Ref] && inUse(p.Payer, &a) {
			all = append(all, standing{spot{from: path, path: path, id: a.ID()}, a.Ref, a.Owner != "" && a.Owner == p.Payer.Name})
		}
	}
	return all
}

// within says that a path is one of some units, or is below one; the root is "".
func within(path string, units []string) bool {
	for !slices.Contains(units, path) {
		if path == "" {
			return false
		}
		path = resource.ParentPath(path)
	}
	return true
}

// deployed adds what works in the accounts that a stack set comes to: the role
// that it brings, where that is a vendor's, and CloudFormation's own.
func (w *worksOf) deployed(m *spec.MemberRole, vendor works, needs []*call) {
	exec := works{role: execRole, why: "CloudFormation's stack sets work by it", needs: needs}
	both := func(at standing) {
		for _, one := range []works{exec, vendor} {
			if one.role == execRole || m.Handoff {
				w.at(at.ref, at.spot, one)
			}
		}
	}
	for _, path := range m.OUs {
		both(standing{spot: spot{from: path, path: path, id: anyAccount}})
	}
	if w.standings == nil {
		w.standings = w.p.standings(w.moves)
	}
	for _, at := range w.standings {
		if at.aside || !within(at.path, m.OUs) {
			continue
		}
		if !within(at.from, m.OUs) { // it comes to the stack set by this plan
			at.from, at.move = at.path, resource.Ref{}
		}
		both(at)
	}
}

// deployments are the accounts that a stack set newly comes to.
func (p *Planned) deployments(b *bound, c *planner.Change, moves map[resource.Ref]bool) []memberWrite {
	var all []memberWrite
	for i := range p.Payer.MemberRoles {
		m := &p.Payer.MemberRoles[i]
		if m.StackSet == nil || spec.StackSetRef(m.StackSet.Name) != c.Ref {
			continue
		}
		fresh := slices.DeleteFunc(slices.Clone(m.OUs), func(path string) bool {
			return c.Op != planner.Create && !slices.ContainsFunc(c.Fields, func(f planner.Field) bool { return f.Name == "ous."+path && f.Before.IsNone() })
		})
		if len(fresh) == 0 {
			continue
		}
		for _, path := range fresh {
			all = append(all, memberWrite{c.Ref, path, resource.Ref{}, anyAccount, execRole, p.creating(m, anyAccount)})
		}
		for _, at := range p.standings(moves) {
			if within(at.path, fresh) {
				all = append(all, memberWrite{c.Ref, at.path, b.itself(at.ref), at.id, execRole, p.creating(m, at.id)})
			}
		}
	}
	return all
}

// creating are the calls by which CloudFormation makes the role in an account. It
// brings tags of its own.
func (p *Planned) creating(m *spec.MemberRole, account string) []*call {
	none := resource.None()
	r := aboutRole{p: p, arn: p.roleARN(account, m.Path, m.Name), boundary: &none}
	if m.Boundary != nil {
		r.boundary = m.Boundary
	}
	r.call("CreateRole")
	return r.done()
}

// itself is an account on which something hangs that is read; zero for others.
func (b *bound) itself(account resource.Ref) resource.Ref {
	if b.own[account] == nil {
		return resource.Ref{}
	}
	return account
}
