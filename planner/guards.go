package planner

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/words"
)

// String gives the limit as the file says it.
func (l Limit) String() string {
	if l.Percent {
		return strconv.Itoa(l.Number) + "%"
	}
	return strconv.Itoa(l.Number)
}

// of is how many the limit allows of so many live objects; a part of one is one.
func (l Limit) of(base int) int {
	if l.Percent {
		return (l.Number*base + 99) / 100
	}
	return l.Number
}

// guards lists the limits that the changes break. What is blocked or waits does not count.
func (d *differ) guards() []Guard {
	removals, moves, creates := map[string]int{}, 0, 0
	for i := range d.changes {
		c := &d.changes[i]
		if n := c.removals(); n > 0 {
			removals[c.Ref.Kind] += n
		}
		if c.Held() {
			continue
		}
		if d.o.Kinds[c.Ref.Kind].Counted && c.Op == Create {
			creates++
		}
		if c.Move {
			moves++
		}
	}
	guards := d.tooManyRemovals(removals)
	guards = append(guards, over("maxMoves", moves, d.o.MaxMoves, d.o.MaxMoves.Base)...)
	counted := 0
	if d.o.MaxAccountCreates.Percent {
		for kind, rules := range d.o.Kinds {
			if rules.Counted {
				counted += d.alive(kind)
			}
		}
	}
	return append(guards, over("maxAccountCreates", creates, d.o.MaxAccountCreates, counted)...)
}

// tooManyRemovals holds a number against all removals, and a percentage
// against those of each kind.
func (d *differ) tooManyRemovals(removals map[string]int) []Guard {
	limit := d.o.MaxRemovals
	if !limit.Percent {
		all := 0
		for _, n := range removals {
			all += n
		}
		return over("maxRemovals", all, limit, 0)
	}
	var guards []Guard
	for _, kind := range d.kinds() {
		for _, g := range over("maxRemovals", removals[kind], limit, d.alive(kind)) {
			g.Kind = kind
			guards = append(guards, g)
		}
	}
	return guards
}

// over gives the guard that stands where more is planned than the limit allows.
func over(name string, planned int, l Limit, base int) []Guard {
	if planned <= l.of(base) {
		return nil
	}
	return []Guard{{Name: name, Limit: l.String(), Planned: planned, Lift: l.Lift}}
}

// alive counts the live objects of a kind that are somebody's.
func (d *differ) alive(kind string) int {
	n := 0
	for h := range d.have.Kind(kind) {
		if !is(h, resource.FactAbsent) && !is(h, resource.FactSystem) {
			n++
		}
	}
	return n
}

// emptied refuses to plan for a file that names nothing any more while objects
// of ours live: that is far more often a broken file than a wish. What exists
// once, such as the organization, counts on neither side.
func (d *differ) emptied() error {
	for w := range d.want.All() {
		if w.Ref.Name != "" && (d.o.Kinds[w.Ref.Kind].Marked || w.Facts[resource.FactNode] != "") {
			return nil
		}
	}
	var ours []resource.Ref
	for h := range d.have.All() {
		mine := h.OwnerRead && h.Owner == d.o.Payer && d.o.Payer != ""
		if mine && d.o.Kinds[h.Ref.Kind].Marked && h.Ref.Name != "" && !is(h, resource.FactAbsent) {
			ours = append(ours, h.Ref)
		}
	}
	if len(ours) == 0 {
		return nil
	}
	slices.SortFunc(ours, resource.Ref.Compare)
	names := make([]string, len(ours))
	for i, r := range ours {
		names[i] = r.String()
	}
	return fmt.Errorf("the file names nothing any more, but AWS has %s of payer %q (%s): "+
		"to let go of the payer, delete its file; to remove them, keep one object in the file and set safety.prune",
		words.Count(len(ours), "object", "objects"), d.o.Payer, words.Some(names, 3))
}
