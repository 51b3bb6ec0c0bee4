package planfile

import (
	"slices"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// What the changes stand on, and leave as it is, is saved with them and compared
// when they are applied:
//
//   - what a change refers to, and what it comes after;
//   - what an object hangs on that is changed, and stays;
//   - what that hangs on, to the end: an attachment on its policy and its unit,
//     a unit on the one above, a role on the policies that it bears;
//   - of an account in which something is changed, what guards the account.
//
// So a policy that was edited by hand makes the plan of an account below it
// stale, and one on another branch of the tree does not.

// footing finds what changes stand on.
type footing struct {
	live  *resource.State
	own   map[resource.Ref]bool // changed, and not held: compared as a change
	seen  map[resource.Ref]bool
	lists map[*resource.Ref]bool // thousands of changes share one After
	found []resource.Object
	next  []resource.Ref // seen, and not followed yet
}

// refers gives the live objects that the changes stand on and do not change
// themselves, sorted.
func refers(plan *planner.Plan, live *resource.State) []resource.Object {
	f := &footing{live: live, own: map[resource.Ref]bool{}, seen: map[resource.Ref]bool{}, lists: map[*resource.Ref]bool{}}
	for i := range plan.Changes {
		if c := &plan.Changes[i]; !c.Held() {
			f.own[c.Ref] = true
		}
	}
	for i := range plan.Changes {
		if c := &plan.Changes[i]; !c.Held() {
			f.change(c)
		}
	}
	for len(f.next) > 0 {
		r := f.next[len(f.next)-1]
		f.next = f.next[:len(f.next)-1]
		f.follow(r)
	}
	slices.SortFunc(f.found, func(a, b resource.Object) int { return a.Ref.Compare(b.Ref) })
	return f.found
}

// change notes what a change refers to and comes after.
func (f *footing) change(c *planner.Change) {
	for _, o := range []*resource.Object{c.Have, c.Want} {
		if o == nil {
			continue
		}
		f.note(o.Refs())
		for _, in := range o.At.Account.Refs() {
			if member, there := f.live.Get(in); there {
				f.list(member.Under)
			}
		}
	}
	if c.Want != nil {
		f.list(c.Want.After)
	}
	if c.Have != nil && c.Op != planner.Delete {
		f.list(c.Have.After)
	}
}

// follow takes up a live object, and notes what it hangs on.
func (f *footing) follow(r resource.Ref) {
	o, there := f.live.Get(r)
	if !there {
		return
	}
	if !f.own[r] {
		f.found = append(f.found, o)
	}
	f.note(o.Refs())
	f.list(o.After)
}

// list notes a list that many objects share.
func (f *footing) list(refs []resource.Ref) {
	if len(refs) == 0 || f.lists[&refs[0]] {
		return
	}
	f.lists[&refs[0]] = true
	f.note(refs)
}

func (f *footing) note(refs []resource.Ref) {
	for _, r := range refs {
		if !f.seen[r] {
			f.seen[r] = true
			f.next = append(f.next, r)
		}
	}
}
