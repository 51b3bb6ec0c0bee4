package planner

import (
	"fmt"

	"github.com/payer-reconciler/reconciler/resource"
)

// block passes blocks and waits on to what needs the held change, and says
// whether it held any. order has every change behind its needs.
func (d *differ) block(order []int) bool {
	any := false
	held := map[*after]int{} // the need that holds it, or -1
	for _, i := range order {
		c := &d.changes[i]
		if c.Held() {
			continue
		}
		by := d.firstHeld(d.links[i].own)
		if a := d.links[i].after; by < 0 && a != nil {
			first, known := held[a]
			if !known {
				first = d.firstHeld(a.needs)
				held[a] = first
			}
			by = first
		}
		if by < 0 && c.Op == Delete {
			by = d.heldEnd(i)
		}
		if by >= 0 {
			d.holdFor(i, by)
			any = true
		}
	}
	return any
}

// holdFor blocks change i, or lets it wait, for what holds change by.
func (d *differ) holdFor(i, by int) {
	if c := &d.changes[by]; c.Blocked != "" {
		d.changes[i].Blocked = fmt.Sprintf("needs %s, which is blocked", c.Ref)
	} else {
		d.changes[i].Waiting = fmt.Sprintf("needs %s, which waits", c.Ref)
	}
}

// firstHeld gives the first need that is blocked, else the first that waits,
// else -1.
func (d *differ) firstHeld(needs []int) int {
	waits := -1
	for _, j := range needs {
		switch c := &d.changes[j]; {
		case c.Blocked != "":
			return j
		case c.Waiting != "" && waits < 0:
			waits = j
		}
	}
	return waits
}

// heldEnd gives the held change of the policy or the node of a detach,
// or of what it follows, else -1: what is in force stays so while that is
// unclear.
func (d *differ) heldEnd(i int) int {
	h := d.changes[i].Have
	refs := ends(h)
	if lead, err := resource.ParseRef(h.Facts[resource.FactFollows]); err == nil {
		refs = append(refs, lead)
	}
	for _, r := range refs {
		if j, planned := d.at[r]; planned && d.changes[j].Held() {
			return j
		}
	}
	return -1
}
