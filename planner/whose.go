package planner

import (
	"cmp"
	"fmt"

	"github.com/payer-reconciler/reconciler/resource"
)

// ask wants the mark of a live object read before Diff is called again.
func (d *differ) ask(r resource.Ref) {
	if !d.asked[r] {
		d.asked[r] = true
		d.plan.Unsure = append(d.plan.Unsure, r)
	}
}

// others says that the mark of another payer stands on h, "" where none does.
func (d *differ) others(h resource.Object) string {
	if !d.o.Kinds[h.Ref.Kind].Marked || h.Owner == "" || h.Owner == d.o.Payer {
		return ""
	}
	return fmt.Sprintf(otherMark, h.Owner)
}

// foreign says why an attachment that an exact list no longer names stays: its
// policy is another payer's or nobody's. A policy that is equal to the wanted
// one needs no mark until then, and an attachment bears none: whether we made
// it or somebody else did, only the policy can tell.
func (d *differ) foreign(h resource.Object) string {
	ref, err := resource.ParseRef(h.Facts[resource.FactPolicy])
	if err != nil || !is(h, resource.FactExact) || !d.o.Kinds[ref.Kind].Marked {
		return ""
	}
	p, found := d.have.Get(ref)
	switch {
	case !found, is(p, resource.FactAbsent):
		return "" // the detach waits for the creation, which reads the mark of one that a list lacked
	case !p.OwnerRead:
		d.ask(ref)
	}
	w, _ := d.want.Get(ref)
	switch {
	case p.Owner == d.o.Payer, p.Owner == "" && is(w, resource.FactAdopt):
		return ""
	case p.Owner != "":
		return fmt.Sprintf("the mark says that payer %q owns %s", p.Owner, ref)
	}
	return fmt.Sprintf(`%s is not ours; "adopt: true" on it takes it over`, ref)
}

// origin is the line that lets an object go which no line wants: its own, that
// of what it follows, else the line that says prune.
func (d *differ) origin(h resource.Object) string {
	if lead, err := resource.ParseRef(h.Facts[resource.FactFollows]); err == nil && h.Origin == "" {
		if w, found := d.want.Get(lead); found {
			return w.Origin
		}
	}
	if is(h, resource.FactExact) {
		return h.Origin
	}
	return cmp.Or(h.Origin, d.o.PruneAt)
}
