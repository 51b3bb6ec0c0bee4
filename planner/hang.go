package planner

import (
	"fmt"
	"slices"

	"github.com/payer-reconciler/reconciler/resource"
)

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

// linkDelete lets a delete wait for all that hangs on the object, and for the
// nodes that it is attached to and that go too, and blocks it where something that
// hangs on it stays.
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
	for _, r := range d.targets(*c.Have) {
		if j, planned := d.at[r]; planned && d.changes[j].Op == Delete {
			own = append(own, j) // it is detached with the node
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
	case c.Held() || len(stay) == 0:
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
