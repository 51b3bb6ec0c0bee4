package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

func kinds(f *fake) []*kind.Kind {
	return []*kind.Kind{f.kind("a", kind.Lane{}), f.kind("b", kind.Lane{}), f.kind("c", kind.Lane{})}
}

func TestRunKeepsTheOrderOfNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		shared := []int{0, 1}
		p := plan(
			change(planner.Create, "0"),
			change(planner.Update, "1", 0),
			change(planner.Create, "2", shared...),
			change(planner.Delete, "3", shared...),
			change(planner.Create, "4", 2, 3, 2),
		)
		p.Changes[2].Needs, p.Changes[3].Needs = shared, shared
		began := time.Now()
		spans, done := make([]string, 5), 0
		r, err := Run(t.Context(), session(t, "none"), kinds(f), p, nil, Options{Observe: func(e Event) {
			spans[e.Index] += fmt.Sprintf("%v %s ", time.Since(began), e.Outcome)
			if e.Outcome == Done {
				done++
			}
			if e.Done != done || e.Total != 5 || e.Change != &p.Changes[e.Index] {
				t.Errorf("event %+v after %d ends", e, done)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"0s  1s done ", "1s  2s done ", "2s  3s done ", "2s  3s done ", "3s  4s done "}
		if diff := cmp.Diff(want, spans); diff != "" {
			t.Errorf("start and end of each change (-want +got):\n%s", diff)
		}
		if r.Count(Done) != 5 || r.Ended != "" {
			t.Errorf("result %+v", r)
		}
	})
}

func TestRunIsBounded(t *testing.T) {
	for _, n := range []int{1, 3, 0} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			began := time.Now()
			if _, err := Run(t.Context(), nil, kinds(f), many(48, "a"), nil, Options{Parallelism: n}); err != nil {
				t.Fatal(err)
			}
			want := n
			if n == 0 {
				want = DefaultParallelism
			}
			if f.mostEver != want || time.Since(began) != time.Duration(48/want)*time.Second {
				t.Errorf("parallelism %d: %d at once, %v", n, f.mostEver, time.Since(began))
			}
		})
	}
}

func TestLanesBoundWhatRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		ks := []*kind.Kind{
			f.kind("a", kind.Lane{Name: "slow", Width: 2}),
			f.kind("b", kind.Lane{Name: "slow", Width: 2}),
			f.kind("c", kind.Lane{}),
		}
		p := many(20, "a")
		p.Changes = append(p.Changes, many(20, "b").Changes...)
		p.Changes = append(p.Changes, many(60, "c").Changes...)
		slow := 0
		began := time.Now()
		_, err := Run(t.Context(), nil, ks, p, nil, Options{Parallelism: 5, Observe: func(e Event) {
			if e.Change.Ref.Kind == "c" {
				return
			}
			if e.Outcome == NotReached {
				slow++
			} else {
				slow--
			}
			if slow > 2 {
				t.Errorf("%d in the lane", slow)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		// 40 through a lane of 2 take 20 s, and the 60 others take as long on
		// the three workers beside it. Lanes that took no turns would need 32 s.
		if got := time.Since(began); got > 25*time.Second || f.mostEver != 5 {
			t.Errorf("took %v, %d at once", got, f.mostEver)
		}
	})
}

func TestFailureSkipsWhatNeedsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		broken := errors.New("refused")
		f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
			switch ref.Name {
			case "0", "5":
				return nil, broken
			case "4":
				return nil, &kind.Waiting{Reason: "the quota is full"}
			}
			return nil, nil
		}
		p := plan(
			change(planner.Create, "0"),
			change(planner.Create, "1", 0),
			change(planner.Create, "2", 1, 3),
			change(planner.Create, "3"),
			change(planner.Create, "4"),
			change(planner.Create, "5"),
			change(planner.Create, "6", 4),
			change(planner.Create, "7", 6, 3),
			change(planner.Create, "8", 6, 5),
			change(planner.Create, "9"),
			change(planner.Create, "10", 9),
			change(planner.Create, "11", 3),
			change(planner.Create, "12"),
			change(planner.Create, "13", 12),
		)
		p.Changes[9].Blocked = "exists, not ours"
		p.Changes[12].Waiting = "account quota 10, needs 201"
		var last Event
		r, err := Run(t.Context(), nil, kinds(f), p, nil, Options{Observe: func(e Event) { last = e }})
		want := []string{
			"a/0 failed: refused",
			"a/1 skipped: needs a/0, which failed",
			"a/2 skipped: needs a/0, which failed",
			"a/3 done",
			"a/4 waiting: waiting: the quota is full",
			"a/5 failed: refused",
			"a/6 waiting: waiting: needs a/4, which waits",
			"a/7 waiting: waiting: needs a/4, which waits",
			"a/8 skipped: needs a/5, which failed",
			"a/9 ",
			"a/10 skipped: needs a/9, which is blocked",
			"a/11 done",
			"a/12 waiting: waiting: account quota 10, needs 201",
			"a/13 waiting: waiting: needs a/12, which waits",
		}
		if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if last.Done != 12 || last.Total != 12 {
			t.Errorf("the last event says %d of %d", last.Done, last.Total)
		}
		var causes *multierror.Error
		if !errors.As(err, &causes) || !errors.Is(err, broken) {
			t.Fatalf("error %v", err)
		}
		var texts []string
		for _, e := range causes.Errors {
			texts = append(texts, e.Error())
		}
		if diff := cmp.Diff([]string{"create a/0: refused", "create a/5: refused"}, texts); diff != "" {
			t.Errorf("causes (-want +got):\n%s", diff)
		}
	})
}

func TestWaitingIsNoError(t *testing.T) {
	f := newFake()
	f.does = func(context.Context, planner.Op, resource.Ref, string) (map[string]string, error) {
		return nil, fmt.Errorf("create account: %w", &kind.Waiting{Reason: "the quota is full"})
	}
	r, err := Run(t.Context(), nil, kinds(f), many(30, "a"), nil, Options{})
	if err != nil || r.Count(Waiting) != 30 {
		t.Errorf("Run: %v, %d waiting", err, r.Count(Waiting))
	}
}

func TestPlansThatCannotBeRun(t *testing.T) {
	bare := &kind.Kind{Name: "bare"}
	noop := change(planner.Op("fly"), "0")
	noHave := change(planner.Delete, "0")
	noHave.Have = nil
	guarded := many(1, "a")
	guarded.Guards = []planner.Guard{{Name: "maxMoves", Limit: "25%", Planned: 300}}
	tests := map[string]*planner.Plan{
		`apply plan: create x/0: there is no kind "x"`:                       many(1, "x"),
		"apply plan: update bare/0: the kind bare cannot update":             plan(change(planner.Update, "bare/0")),
		"apply plan: delete bare/0: the kind bare cannot delete":             plan(change(planner.Delete, "bare/0")),
		`apply plan: fly a/0: there is no operation "fly"`:                   plan(noop),
		"apply plan: delete a/0: the plan does not say what there is":        plan(noHave),
		"apply plan: a/0 needs change 1 of 1":                                plan(change(planner.Create, "0", 1)),
		"apply plan: it breaks the limit maxMoves: 300 planned, 25% allowed": guarded,
	}
	for want, p := range tests {
		f := newFake()
		p.Changes = append(p.Changes, many(1, "b").Changes...)
		if strings.Contains(want, "1 of 1") {
			p.Changes = p.Changes[:1]
		}
		r, err := Run(t.Context(), nil, append(kinds(f), bare), p, nil, Options{})
		if r != nil || err == nil || err.Error() != want || len(f.calls) != 0 {
			t.Errorf("Run = %v, %v, want %s; calls %v", r, err, want, f.calls)
		}
	}
}

func TestARingEndsInAnError(t *testing.T) {
	f := newFake()
	f.does = func(context.Context, planner.Op, resource.Ref, string) (map[string]string, error) { return nil, nil }
	p := plan(change(planner.Create, "0"), change(planner.Create, "1", 2), change(planner.Create, "2", 1), change(planner.Create, "3", 2))
	r, err := Run(t.Context(), nil, kinds(f), p, nil, Options{})
	if err == nil || !strings.Contains(err.Error(), "3 changes need each other, such as a/1") {
		t.Errorf("Run: %v", err)
	}
	if r.Count(Done) != 1 || r.Count(Skipped) != 3 {
		t.Errorf("outcomes %v", outcomes(p, r))
	}
}

func TestAnEmptyPlanIsDone(t *testing.T) {
	r, err := Run(t.Context(), nil, nil, plan(), nil, Options{})
	if err != nil || r.Live.Len() != 0 {
		t.Errorf("Run = %+v, %v", r, err)
	}
	blocked := many(2, "x") // a kind that nobody knows may stand in a blocked line
	blocked.Changes[0].Blocked, blocked.Changes[1].Blocked = "not ours", "not ours"
	r, err = Run(t.Context(), nil, nil, blocked, nil, Options{})
	if err != nil || r.Count(NotReached) != 2 {
		t.Errorf("Run = %+v, %v", r, err)
	}
}
