package executor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// fate is what a fake kind does with one change of a random plan.
type fate struct {
	outcome Outcome
	pending int // times that AWS has it under way first
	takes   time.Duration
}

// randomPlan makes a plan without rings, and the fate of each of its changes.
func randomPlan(rnd *rand.Rand) (*planner.Plan, []fate) {
	p := &planner.Plan{}
	var fates []fate
	var shared []int
	for i := range 1 + rnd.IntN(60) {
		c := change(planner.Create, fmt.Sprintf("%c/%d", 'a'+rune(rnd.IntN(3)), i))
		switch rnd.IntN(4) {
		case 0:
			c.Needs = shared
		case 1:
			for range rnd.IntN(4) {
				if i > 0 {
					c.Needs = append(c.Needs, rnd.IntN(i))
				}
			}
			shared = c.Needs
		}
		f := fate{Done, max(0, rnd.IntN(6)-3), time.Duration(rnd.IntN(3)) * time.Second}
		switch rnd.IntN(12) {
		case 0:
			f.outcome = Failed
		case 1:
			f.outcome = Waiting
		case 2:
			c.Blocked = "not ours"
		}
		p.Changes, fates = append(p.Changes, c), append(fates, f)
	}
	return p, fates
}

// model says what must become of a plan, one change after the other.
func model(p *planner.Plan, fates []fate) []Outcome {
	out := make([]Outcome, len(fates))
	for i, c := range p.Changes {
		if c.Blocked != "" {
			continue
		}
		out[i] = fates[i].outcome
		worst := fine
		for _, n := range c.Needs {
			worst = max(worst, stands(out[n]))
		}
		switch worst {
		case waits:
			out[i] = Waiting
		case broken:
			out[i] = Skipped
		}
	}
	return out
}

func TestRandomPlansEndAsTheModelSays(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		p, fates := randomPlan(rnd)
		limit, width := 1+rnd.IntN(6), 1+rnd.IntN(3)
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, token string) (map[string]string, error) {
				var i, asked int
				_, _ = fmt.Sscan(ref.Name, &i)
				_, _ = fmt.Sscan(token, &asked)
				time.Sleep(fates[i].takes)
				switch {
				case asked < fates[i].pending:
					return nil, &kind.Pending{Token: fmt.Sprint(asked + 1), Again: time.Duration(i%3) * time.Second}
				case fates[i].outcome == Failed:
					return nil, errors.New("no")
				case fates[i].outcome == Waiting:
					return nil, &kind.Waiting{Reason: "full"}
				}
				return nil, nil
			}
			ks := []*kind.Kind{f.kind("a", kind.Lane{}), f.kind("b", kind.Lane{Name: "l", Width: width}), f.kind("c", kind.Lane{Name: "l", Width: width + 1})}
			w := &watch{t: t, width: width, started: map[int]bool{}, ended: map[int]Outcome{}}
			r, _ := Run(t.Context(), session(t, "aws"), ks, p, nil, Options{Parallelism: limit, MaxEqual: 1000, Observe: w.see})
			if diff := cmp.Diff(model(p, fates), r.Outcomes); diff != "" {
				t.Errorf("seed %d: outcomes (-want +got):\n%s", seed, diff)
			}
			if f.mostEver > limit {
				t.Errorf("seed %d: %d worked on at once, limit %d", seed, f.mostEver, limit)
			}
		})
	}
}

// watch checks the events of a pass against each other.
type watch struct {
	t       *testing.T
	width   int // of the lane of b and c
	under   int // in it now
	started map[int]bool
	ended   map[int]Outcome
}

func (w *watch) see(e Event) {
	_, twice := w.ended[e.Index]
	laned := e.Change.Ref.Kind != "a"
	if e.Outcome == NotReached {
		for _, n := range e.Change.Needs {
			if w.ended[n] != Done {
				w.t.Errorf("%s was started before what it needs", e.Change.Ref)
			}
		}
		twice = twice || w.started[e.Index]
		w.started[e.Index] = true
		if laned {
			w.under++
		}
	} else {
		w.ended[e.Index] = e.Outcome
		if laned && w.started[e.Index] {
			w.under--
		}
	}
	if twice || w.under > w.width || e.Done != len(w.ended) {
		w.t.Errorf("%s %q, twice %v, %d in a lane of %d, %d of %d ends", e.Change.Ref, e.Outcome, twice, w.under, w.width, e.Done, len(w.ended))
	}
}
