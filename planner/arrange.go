package planner

import (
	"fmt"
	"slices"
)

// run plays the changes of one group through, one after the other.
type run struct {
	s       *slots
	g       *group
	guard   bool // something must allow at every moment
	held    []hold
	creates []hold // to come, what allows first
	deletes []hold // to come, in the order in which they are the least loss
	blocked bool
}

// run gives the group its chain, or blocks changes and says so.
func (r *run) run() bool {
	r.held = slices.Clone(r.g.live)
	r.creates = slices.Clone(r.g.creates)
	slices.SortStableFunc(r.creates, func(a, b hold) int { return rank(b.after == "true") - rank(a.after == "true") })
	for _, h := range r.g.live {
		if h.change >= 0 {
			r.deletes = append(r.deletes, h)
		}
	}
	slices.SortStableFunc(r.deletes, func(a, b hold) int { return loss(a) - loss(b) })
	for len(r.creates) > 0 {
		if len(r.held) >= r.g.slots && r.g.slots > 0 {
			if !r.makeRoom() {
				r.giveUp()
				break
			}
			continue
		}
		r.held = append(r.held, r.creates[0])
		r.g.chain = append(r.g.chain, r.creates[0].change)
		r.creates = r.creates[1:]
	}
	for _, h := range r.deletes {
		if r.may(h) {
			r.detach(h)
		} else {
			r.block(h.change, r.last(h))
		}
	}
	r.turns()
	return r.blocked
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// loss orders detaches: what only denies, what nobody knows, what allows.
func loss(h hold) int {
	switch {
	case h.denies():
		return 0
	case h.before == "true" || h.after == "true":
		return 2
	}
	return 1
}

// makeRoom detaches the first that may go, if any may.
func (r *run) makeRoom() bool {
	i := slices.IndexFunc(r.deletes, r.may)
	if i < 0 {
		return false
	}
	h := r.deletes[i]
	r.deletes = slices.Delete(r.deletes, i, i+1)
	r.detach(h)
	return true
}

func (r *run) detach(h hold) {
	r.held = slices.DeleteFunc(r.held, func(o hold) bool { return o.change == h.change })
	r.g.chain = append(r.g.chain, h.change)
}

// may says whether h may be detached now.
func (r *run) may(h hold) bool {
	if len(r.held)-1 < r.g.minimum && r.guarded() {
		return false
	}
	return !r.guard || h.denies() || r.allows(h)
}

// guarded says that the node stays, so that its minimum counts.
func (r *run) guarded() bool { return r.guard || r.g.policyType != scp && !r.s.doomed(r.g) }

// allows says whether anything but h is known to allow now. What loses its
// allowing does so only after all that allows was attached; what gains it does
// so before anything that allows is detached.
func (r *run) allows(h hold) bool {
	toCome := len(r.creates) > 0 && r.creates[0].after == "true"
	return slices.ContainsFunc(r.held, func(o hold) bool {
		switch {
		case o.change >= 0 && o.change == h.change:
			return false
		case o.loses():
			return toCome && o.before == "true"
		case o.gains():
			return o.change < 0 || o.before == "true"
		}
		return o.before == "true"
	})
}

// giveUp blocks what is left to attach, and what could only make room for it
// by taking away the last that allows.
func (r *run) giveUp() {
	reason := full(len(r.held), r.g.slots)
	if r.guard && len(r.deletes) > 0 && r.creates[0].after == "true" {
		reason += " and the last policy that allows anything would have to go first"
		for _, h := range r.deletes {
			r.block(h.change, reason)
		}
		r.deletes = nil
	}
	for _, h := range r.creates {
		r.s.denied[h.change] = true
		r.block(h.change, reason)
	}
	r.creates = nil
}

// last says why h cannot be detached.
func (r *run) last(h hold) string {
	if r.s.typeGoes(r.g) {
		return "it goes with policy-type/" + r.g.policyType + ", and until then it must stay"
	}
	if r.guard && !h.denies() && !r.allows(h) {
		return "the last SCP that allows anything on " + r.g.node
	}
	return fmt.Sprintf("at least %d %s must stay on %s", r.g.minimum, r.g.policyType, r.g.node)
}

// turns blocks the updates by which the last policies that allow anything
// would cease to.
func (r *run) turns() {
	if !r.guard || r.allows(hold{change: -1}) {
		return
	}
	for _, h := range r.g.live {
		if h.loses() {
			r.block(h.turns, "it would no longer allow anything, and is the last SCP that does on "+r.g.node)
		}
	}
}

func (r *run) block(i int, reason string) {
	r.s.d.changes[i].Blocked = reason
	r.blocked = true
}
