package planner

import (
	"fmt"

	"github.com/payer-reconciler/reconciler/resource"
)

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
