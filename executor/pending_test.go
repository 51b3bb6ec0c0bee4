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

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// creation has AWS take on every create, to be asked for again after a minute,
// times times.
func creation(times int) func(context.Context, planner.Op, resource.Ref, string) (map[string]string, error) {
	return func(_ context.Context, op planner.Op, ref resource.Ref, token string) (map[string]string, error) {
		n := 0
		if op == planner.Resume {
			if _, err := fmt.Sscanf(token, ref.Name+"-%d", &n); err != nil {
				return nil, fmt.Errorf("the token is %q", token)
			}
		}
		if n < times {
			return nil, fmt.Errorf("create: %w", &kind.Pending{Token: fmt.Sprintf("%s-%d", ref.Name, n+1), Again: time.Minute})
		}
		return map[string]string{"id": "made-" + ref.Name}, nil
	}
}

func TestPendingFreesTheWorkerAndKeepsTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		create := creation(3)
		f.does = func(ctx context.Context, op planner.Op, ref resource.Ref, token string) (map[string]string, error) {
			if ref.Kind == "a" {
				return create(ctx, op, ref, token)
			}
			time.Sleep(time.Second)
			return nil, nil
		}
		ks := []*kind.Kind{f.kind("a", kind.Lane{Name: "creation", Width: 5}), f.kind("b", kind.Lane{})}
		p := many(10, "a")
		p.Changes = append(p.Changes, many(100, "b").Changes...)
		began := time.Now()
		under, most := 0, 0
		var others time.Duration
		r, err := Run(t.Context(), session(t, "aws"), ks, p, nil, Options{Parallelism: 1, Observe: func(e Event) {
			switch {
			case e.Change.Ref.Kind == "b":
				others = time.Since(began)
			case e.Outcome == NotReached:
				under++
				most = max(most, under)
			default:
				under--
			}
		}})
		if err != nil || r.Count(Done) != 110 {
			t.Fatalf("Run: %v, %d done", err, r.Count(Done))
		}
		if most != 5 || f.most["a"] != 1 {
			t.Errorf("under way %d, worked on at once %d, want 5 and 1", most, f.most["a"])
		}
		if others != 100*time.Second {
			t.Errorf("the others ended after %v, want 1m40s: a pending change has kept the worker", others)
		}
		// Two rounds of five, each asked for again three times a minute apart,
		// a second late at most where the one worker is taken.
		if got := time.Since(began); got < 6*time.Minute || got > 6*time.Minute+10*time.Second {
			t.Errorf("took %v", got)
		}
		if s, _ := r.Live.Output(resource.Ref{Kind: "a", Name: "9"}, "id"); s != "made-9" {
			t.Errorf("id of a/9 is %q", s)
		}
	})
}

func TestPendingWaitsLittleWithoutRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.does = creation(3)
		began := time.Now()
		if _, err := Run(t.Context(), session(t, "none"), kinds(f), many(10, "a"), nil, Options{}); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(began); got != 30*time.Millisecond {
			t.Errorf("took %v, want 30ms", got)
		}
	})
}

func TestPendingThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.does = func(_ context.Context, op planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
			if op == planner.Resume {
				return nil, errors.New("EMAIL_ALREADY_EXISTS")
			}
			return nil, &kind.Pending{Token: "t", Again: time.Second}
		}
		k := f.kind("b", kind.Lane{})
		k.Resume = nil
		p := plan(change(planner.Create, "0"), change(planner.Create, "b/1"))
		r, _ := Run(t.Context(), session(t, "aws"), []*kind.Kind{f.kind("a", kind.Lane{Width: 1}), k}, p, nil, Options{})
		want := []string{
			"a/0 failed: EMAIL_ALREADY_EXISTS",
			"b/1 failed: the kind cannot resume it: under way in AWS (t)",
		}
		if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

func TestResumeGoesOnWithTheLiveToken(t *testing.T) {
	f := newFake()
	f.does = creation(2)
	p := many(5, "a")
	c := change(planner.Resume, "old")
	c.Have.Pending = "old-2"
	c.Want.Attrs = resource.Attrs{"name": resource.Lit("Old")}
	p.Changes = append(p.Changes, c)
	r, err := Run(t.Context(), session(t, "none"), []*kind.Kind{f.kind("a", kind.Lane{Width: 1})}, p, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.calls[:2]; cmp.Diff([]string{"resume a/old", "create a/0"}, got) != "" {
		t.Errorf("first calls %v: what AWS has under way goes first", got)
	}
	o, _ := r.Live.Get(c.Ref)
	if o.Pending != "" || o.ID() != "made-old" || o.Attrs["name"].Value() != "Old" {
		t.Errorf("live %+v", o)
	}
}

// An interrupted pass starts nothing more, lets what is worked on end, and
// leaves to AWS what is under way there.
func TestInterruptLetsChangesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.does = func(ctx context.Context, op planner.Op, ref resource.Ref, token string) (map[string]string, error) {
			switch ref.Name {
			case "pending":
				return nil, &kind.Pending{Token: "t", Again: time.Hour}
			case "late":
				time.Sleep(time.Minute)
				return nil, &kind.Pending{Token: "t", Again: time.Hour}
			}
			time.Sleep(time.Minute)
			return nil, ctx.Err()
		}
		p := plan(
			change(planner.Create, "pending"), change(planner.Create, "late"), change(planner.Create, "slow"),
			change(planner.Create, "next", 2), change(planner.Create, "after", 0), change(planner.Create, "last"),
		)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(30*time.Second, func() { cancel(errors.New("signal")) })
		began := time.Now()
		r, err := Run(ctx, session(t, "aws"), kinds(f), p, nil, Options{Parallelism: 3, Observe: func(e Event) {
			if e.Outcome == NotReached && time.Since(began) > 30*time.Second {
				t.Errorf("%s was started after the interrupt", e.Change.Ref)
			}
		}})
		want := []string{
			"a/pending waiting: waiting: under way, and left to AWS",
			"a/late waiting: waiting: under way, and left to AWS",
			"a/slow done",
			"a/next ",
			"a/after waiting: waiting: needs a/pending, which waits",
			"a/last done",
		}
		if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if r.Ended != "interrupted: signal" {
			t.Errorf("ended %q", r.Ended)
		}
		if err == nil || !strings.Contains(err.Error(), "interrupted: 1 changes were not started, 2 are left to AWS: signal") {
			t.Errorf("error %v", err)
		}
		if got := time.Since(began); got != time.Minute {
			t.Errorf("took %v, want 1m", got)
		}
	})
}

func TestInterruptBeforeTheStartStartsNothing(t *testing.T) {
	f := newFake()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := Run(ctx, nil, kinds(f), many(3, "a"), nil, Options{})
	if !errors.Is(err, context.Canceled) || r.Count(NotReached) != 3 || len(f.calls) != 0 {
		t.Errorf("Run = %+v, %v; calls %v", r, err, f.calls)
	}
}

func TestInterruptAfterTheLastChangeIsNone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake()
	f.does = func(context.Context, planner.Op, resource.Ref, string) (map[string]string, error) {
		cancel()
		return nil, nil
	}
	r, err := Run(ctx, nil, kinds(f), many(1, "a"), nil, Options{})
	if err != nil || r.Ended != "" || r.Count(Done) != 1 {
		t.Errorf("Run = %+v, %v", r, err)
	}
}

func TestAbortCutsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.does = func(ctx context.Context, _ planner.Op, _ resource.Ref, _ string) (map[string]string, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		abort := make(chan struct{})
		time.AfterFunc(time.Second, cancel)
		time.AfterFunc(time.Minute, func() { close(abort) })
		began := time.Now()
		p := many(3, "a")
		r, err := Run(ctx, nil, kinds(f), p, nil, Options{Parallelism: 2, Abort: abort})
		want := []string{
			"a/0 failed: cut short, AWS may have done it: context canceled",
			"a/1 failed: cut short, AWS may have done it: context canceled",
			"a/2 ",
		}
		if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if got := time.Since(began); got != time.Minute || err == nil {
			t.Errorf("took %v, error %v", got, err)
		}
	})
}

// Run has returned only when its workers have: synctest.Test would report one
// that is left behind. This is the worst case: all at once, at the abort.
func TestRunLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.does = func(ctx context.Context, _ planner.Op, _ resource.Ref, _ string) (map[string]string, error) {
			<-ctx.Done()
			time.Sleep(time.Second) // a kind that takes its time
			return nil, &kind.Pending{Token: "t", Again: time.Hour}
		}
		abort := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(abort) })
		began := time.Now()
		r, err := Run(t.Context(), session(t, "aws"), kinds(f), many(100, "a"), nil, Options{Parallelism: 50, Abort: abort})
		if got := time.Since(began); got != 2*time.Second || err == nil || r.Count(Waiting) != 50 || r.Count(NotReached) != 50 {
			t.Errorf("took %v, %v, %d waiting, %d not started", got, err, r.Count(Waiting), r.Count(NotReached))
		}
	})
}

// One that says it for all saves the others the call, but only the creates of
// its kind.
func TestWaitingForAll(t *testing.T) {
	f := newFake()
	f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
		switch ref.String() {
		case "a/1":
			return nil, &kind.Waiting{Reason: "for itself"}
		case "a/2":
			return nil, &kind.Waiting{Reason: "the quota is full", All: true}
		}
		return nil, nil
	}
	p := plan(change(planner.Create, "1"), change(planner.Create, "2"), change(planner.Create, "3"),
		change(planner.Update, "4"), change(planner.Create, "b/5"), change(planner.Create, "b/6", 2))
	r, err := Run(t.Context(), session(t, "none"), kinds(f), p, nil, Options{Parallelism: 1})
	want := []string{
		"a/1 waiting: waiting: for itself", "a/2 waiting: waiting: the quota is full", "a/3 waiting: waiting: the quota is full",
		"a/4 done", "b/5 done", "b/6 waiting: waiting: needs a/3, which waits",
	}
	if diff := cmp.Diff(want, outcomes(p, r)); diff != "" || err != nil {
		t.Errorf("error %v, outcomes (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"create a/1", "create a/2", "update a/4", "create b/5"}, f.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// A request that AWS never ends does not hold its lane for ever.
func TestPendingForTooLongWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		never := creation(1 << 30)
		f.does = func(ctx context.Context, op planner.Op, ref resource.Ref, token string) (map[string]string, error) {
			if ref.Name == "0" {
				return never(ctx, op, ref, token)
			}
			return map[string]string{"id": "made"}, nil
		}
		began := time.Now()
		ks := []*kind.Kind{f.kind("a", kind.Lane{Name: "creation", Width: 1})}
		r, err := Run(t.Context(), session(t, "aws"), ks, many(3, "a"), nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(began), DefaultMaxPending; got < want || got > want+2*time.Minute {
			t.Errorf("the pass took %s, want %s", got, want)
		}
		if diff := cmp.Diff([]Outcome{Waiting, Done, Done}, r.Outcomes); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}
