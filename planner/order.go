package planner

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/payer-reconciler/reconciler/resource"
)

// What must be done first, for each change:
//
//   - what its wanted object refers to (Refs), or asks for (After);
//   - for a delete, the deletes of all live objects that hang on the object,
//     and the changes by which they cease to; and the creation of what the
//     object hangs on, where AWS makes the one with the other;
//   - what the slots of a node ask for, see slots.go.
//
// Ten thousand accounts may share one After slice. It is resolved once, and
// the changes share the result.

// sliceKey is the identity of a slice.
type sliceKey struct {
	data *resource.Ref
	len  int
}

// after is one After slice, resolved.
type after struct {
	refs   []resource.Ref
	needs  []int            // sorted
	joined map[string][]int // with own needs put in: final lists that are shared
	walked int              // the walk that has been through needs
	nodes  map[resource.Ref]bool
}

// links are the needs of one change by where they come from. A slice in it may
// be shared and is not written to.
type links struct {
	after *after
	own   []int // references, and what hangs on an object to delete
	slots []int // the group's order
	soft  []int // what leaves a guard that is to be deleted: dropped where it closes a ring
}

// each gives the lists of needs of a change that are the change's own.
func (l *links) each() [3][]int { return [3][]int{l.own, l.slots, l.soft} }

// settle gives every change its needs, and blocks what cannot be done.
func (d *differ) settle() error {
	d.links = make([]links, len(d.changes))
	hang := d.hanging()
	for i := range d.changes {
		if d.changes[i].Op == Delete {
			d.linkDelete(i, hang)
		} else {
			d.linkWanted(i)
		}
	}
	order, ring := d.sort(1)
	if ring != nil {
		return d.ringError(ring)
	}
	s := d.newSlots()
	for {
		for d.block(order) {
		}
		if !s.arrange() {
			break
		}
	}
	s.link()
	if err := d.cutRings(); err != nil {
		return err
	}
	for i := range d.changes {
		d.changes[i].Needs = d.needs(i)
	}
	return nil
}

// linkWanted finds what a create, update, adoption or resumption needs.
func (d *differ) linkWanted(i int) {
	c := &d.changes[i]
	d.links[i].after = d.resolve(c.Want.After)
	var own []int
	for _, r := range references(c.Want) {
		j, planned := d.at[r]
		switch {
		case planned && d.changes[j].Op != Delete:
			own = append(own, j)
		case planned && !c.Held():
			c.Blocked = fmt.Sprintf("needs %s, which is to be deleted", r)
		case !planned && !c.Held() && !d.isLive(r):
			c.Blocked = fmt.Sprintf("needs %s, which is not there", r)
		}
	}
	for _, r := range ends(c.Want) {
		if j, planned := d.at[r]; planned && d.changes[j].Op != Delete {
			own = append(own, j)
		}
	}
	slices.Sort(own)
	d.links[i].own = slices.Compact(own)
}

// ends are the policy and the node of an attachment; none of anything else.
func ends(o *resource.Object) []resource.Ref {
	var refs []resource.Ref
	node, _ := cutNode(o.Facts[resource.FactNode])
	for _, s := range [2]string{o.Facts[resource.FactPolicy], node} {
		if s == "" {
			continue
		}
		if r, err := resource.ParseRef(s); err == nil {
			refs = append(refs, r)
		}
	}
	return refs
}

// references lists what the texts of a wanted object name, sorted.
func references(w *resource.Object) []resource.Ref {
	var refs []resource.Ref
	for _, attrs := range [2]resource.Attrs{w.Attrs, w.Inputs} {
		for _, t := range attrs {
			if _, known := t.Known(); !known {
				refs = append(refs, t.Refs()...)
			}
		}
	}
	refs = append(refs, w.At.Account.Refs()...)
	if len(refs) > 1 {
		slices.SortFunc(refs, resource.Ref.Compare)
		refs = slices.Compact(refs)
	}
	return refs
}

// resolve finds the changes of an After slice, once for each slice.
func (d *differ) resolve(refs []resource.Ref) *after {
	if len(refs) == 0 {
		return nil
	}
	key := sliceKey{unsafe.SliceData(refs), len(refs)}
	if a := d.afters[key]; a != nil {
		return a
	}
	a := &after{refs: refs}
	for _, r := range refs {
		if j, planned := d.at[r]; planned {
			a.needs = append(a.needs, j)
		}
	}
	slices.Sort(a.needs)
	a.needs = slices.Compact(a.needs)
	d.afters[key] = a
	return a
}

// needs puts together the final needs of a change: nothing for one that is held.
// Changes with one After slice and equal needs of their own share the result.
func (d *differ) needs(i int) []int {
	l := &d.links[i]
	if d.changes[i].Held() {
		return nil
	}
	var own []int
	for _, list := range l.each() {
		for _, j := range list {
			if l.after == nil || !contains(l.after.needs, j) {
				own = append(own, j)
			}
		}
	}
	slices.Sort(own)
	own = slices.Compact(own)
	switch {
	case l.after == nil:
		return slices.Clip(own)
	case len(own) == 0:
		return l.after.needs
	}
	key := fmt.Sprint(own)
	if l.after.joined[key] == nil {
		if l.after.joined == nil {
			l.after.joined = map[string][]int{}
		}
		all := slices.Concat(own, l.after.needs)
		slices.Sort(all)
		l.after.joined[key] = all
	}
	return l.after.joined[key]
}

func contains(sorted []int, x int) bool {
	_, found := slices.BinarySearch(sorted, x)
	return found
}

// cutNode splits the fact of an attachment's group into node and policy type.
func cutNode(fact string) (node, policyType string) {
	i := strings.LastIndexByte(fact, ' ')
	if i < 0 {
		return fact, ""
	}
	return fact[:i], fact[i+1:]
}
