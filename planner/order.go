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
	soft  []int // moves out of the node of a detach: dropped where they close a ring
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
		case planned && c.Blocked == "":
			c.Blocked = fmt.Sprintf("needs %s, which is to be deleted", r)
		case !planned && c.Blocked == "" && !d.isLive(r):
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

// hanging lists, for each object that is to be deleted, the live objects that
// hang on it, in live order.
func (d *differ) hanging() map[resource.Ref][]resource.Ref {
	doomed := map[resource.Ref][]resource.Ref{}
	for i := range d.changes {
		if d.changes[i].Op == Delete {
			doomed[d.changes[i].Ref] = nil
		}
	}
	if len(doomed) == 0 {
		return nil
	}
	for h := range d.have.All() {
		if is(h, resource.FactAbsent) || is(h, resource.FactSystem) {
			continue
		}
		for _, r := range holders(h) {
			if on, found := doomed[r]; found && r != h.Ref && !slices.Contains(on[max(0, len(on)-1):], h.Ref) {
				doomed[r] = append(on, h.Ref)
			}
		}
	}
	return doomed
}

// holders lists what a live object hangs on.
func holders(h resource.Object) []resource.Ref {
	more := ends(&h)
	if lead, err := resource.ParseRef(h.Facts[resource.FactFollows]); err == nil {
		more = append(more, lead)
	}
	if len(more) == 0 {
		return h.After
	}
	return slices.Concat(h.After, more)
}

// linkDelete lets a delete wait for all that hangs on the object, and blocks
// it where something of that stays.
func (d *differ) linkDelete(i int, hanging map[resource.Ref][]resource.Ref) {
	c := &d.changes[i]
	var own []int
	var stay []resource.Ref
	for _, r := range hanging[c.Ref] {
		if j, planned := d.at[r]; planned && d.releases(j, c.Ref) {
			own = append(own, j)
		} else {
			stay = append(stay, r)
		}
	}
	for _, r := range slices.Concat(holders(*c.Have), references(c.Have)) {
		if j, planned := d.at[r]; planned && d.changes[j].Op == Create {
			own = append(own, j) // AWS makes the object with what it hangs on
		}
	}
	slices.Sort(own)
	d.links[i].own = slices.Compact(own)
	switch {
	case c.Blocked != "" || len(stay) == 0:
	case len(stay) == 1:
		c.Blocked = fmt.Sprintf("%s needs it", stay[0])
	default:
		c.Blocked = fmt.Sprintf("%s and %d more need it", stay[0], len(stay)-1)
	}
}

// releases says whether after change i its object hangs on r no longer. An
// object of a kind that has a place hangs on what it has there until it moves.
func (d *differ) releases(i int, r resource.Ref) bool {
	c := &d.changes[i]
	if c.Op == Delete {
		return true
	}
	if c.Op == Resume || len(c.Fields) == 0 {
		return false
	}
	place := d.o.Kinds[c.Ref.Kind].Place
	moved := slices.ContainsFunc(c.Fields, func(f Field) bool { return f.Name == place })
	if place != "" && !moved {
		return false
	}
	return !slices.Contains(c.Want.After, r) && !slices.Contains(references(c.Want), r)
}

// block passes blocks on to what needs the blocked change, and says whether it
// blocked any. order has every change behind its needs.
func (d *differ) block(order []int) bool {
	any := false
	held := map[*after]int{} // the first blocked need, or -1
	for _, i := range order {
		c := &d.changes[i]
		if c.Blocked != "" {
			continue
		}
		by := d.firstBlocked(d.links[i].own)
		if a := d.links[i].after; by < 0 && a != nil {
			first, known := held[a]
			if !known {
				first = d.firstBlocked(a.needs)
				held[a] = first
			}
			by = first
		}
		if by < 0 && c.Op == Delete {
			by = d.blockedHold(i)
		}
		if by >= 0 {
			c.Blocked = needsBlocked(d.changes[by].Ref)
			any = true
		}
	}
	return any
}

func needsBlocked(r resource.Ref) string { return fmt.Sprintf("needs %s, which is blocked", r) }

func (d *differ) firstBlocked(needs []int) int {
	for _, j := range needs {
		if d.changes[j].Blocked != "" {
			return j
		}
	}
	return -1
}

// blockedHold gives the blocked change of the policy or the node of a detach,
// or of what it follows, else -1: what is in force stays so while that is
// unclear.
func (d *differ) blockedHold(i int) int {
	h := d.changes[i].Have
	refs := ends(h)
	if lead, err := resource.ParseRef(h.Facts[resource.FactFollows]); err == nil {
		refs = append(refs, lead)
	}
	for _, r := range refs {
		if j, planned := d.at[r]; planned && d.changes[j].Blocked != "" {
			return j
		}
	}
	return -1
}

// needs puts together the final needs of a change: nothing for a blocked one.
// Changes with one After slice and equal needs of their own share the result.
func (d *differ) needs(i int) []int {
	l := &d.links[i]
	if d.changes[i].Blocked != "" {
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
