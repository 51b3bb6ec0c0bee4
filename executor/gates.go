package executor

import (
	"fmt"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
)

// gates hold back the changes whose needs have not all ended. Thousands of
// changes may share one Needs slice, so there is one gate for each slice and
// not one for each change: the cost is linear in changes and distinct slices.
type gates struct {
	all   []gate
	opens [][]int32 // by change: the gates that wait for it
}

// gate is a set of needs, and the changes that have it.
type gate struct {
	unmet   int
	members []int32
	worst   standing // of the needs that have ended
	need    int      // the first need, by index, that stands so
}

// standing is how the end of a need bears on what needs it, the worst last.
type standing int

const (
	fine standing = iota
	waits
	broken
)

// stands gives the standing of an outcome.
func stands(o Outcome) standing {
	switch o {
	case Done:
		return fine
	case Waiting:
		return waits
	}
	return broken
}

// newGates makes the gates of a plan, and lists the changes that need nothing.
func newGates(p *planner.Plan) (g gates, free []int) {
	type slice struct {
		first *int
		n     int
	}
	seen := map[slice]int32{}
	g.opens = make([][]int32, len(p.Changes))
	for i := range p.Changes {
		needs := p.Changes[i].Needs
		if len(needs) == 0 {
			free = append(free, i)
			continue
		}
		id := slice{&needs[0], len(needs)}
		at, ok := seen[id]
		if !ok {
			at = int32(len(g.all))
			seen[id] = at
			g.all = append(g.all, gate{unmet: len(needs)})
			for _, n := range needs {
				g.opens[n] = append(g.opens[n], at)
			}
		}
		g.all[at].members = append(g.all[at].members, int32(i))
	}
	return g, free
}

// pass notes at every gate that change i has ended, and gives the gates that
// this opened.
func (g *gates) pass(i int, st standing) []*gate {
	var open []*gate
	for _, at := range g.opens[i] {
		w := &g.all[at]
		w.unmet--
		if st > w.worst || st == w.worst && i < w.need {
			w.worst, w.need = st, i
		}
		if w.unmet == 0 {
			open = append(open, w)
		}
	}
	return open
}

// verdict is what becomes of a change whose needs have ended, where not all of
// them are done. It names the need that began it.
func (r *run) verdict(w *gate) (Outcome, error) {
	root := r.tasks[w.need].root
	ref := r.plan.Changes[root].Ref
	switch {
	case w.worst == waits:
		return Waiting, &kind.Waiting{Reason: fmt.Sprintf("needs %s, which waits", ref)}
	case r.plan.Changes[root].Blocked != "":
		return Skipped, fmt.Errorf("needs %s, which is blocked", ref)
	}
	return Skipped, fmt.Errorf("needs %s, which failed", ref)
}
