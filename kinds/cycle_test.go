package kinds_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// every runs a test for each kind that there is, on AWS as it is and on one
// whose lists lag behind, on a clock that costs no time. A kind without an entry in cycles fails it.
func every(t *testing.T, f func(t *testing.T, k *kind.Kind, c cycle, o awssim.Options)) {
	t.Helper()
	t.Parallel()
	if err := kind.Check(kinds.All()); err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds.All() {
		c, ok := cycles[k.Name]
		for _, more := range []map[string]cycle{payerCycles, iamCycles, memberCycles} {
			if !ok {
				c, ok = more[k.Name]
			}
		}
		if !ok {
			t.Errorf("kind %s has no entry in cycles", k.Name)
			continue
		}
		for name, o := range map[string]awssim.Options{"prompt": {}, "lagging": {LagReads: 12}} {
			t.Run(k.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				o.Quota = c.quota
				synctest.Test(t, func(t *testing.T) { f(t, k, c, o) })
			})
		}
	}
}

// TestCycle makes an object of each kind, plans again, changes it and removes it.
func TestCycle(t *testing.T) {
	every(t, func(t *testing.T, k *kind.Kind, c cycle, o awssim.Options) {
		r := kindtest.New(t, o)
		start(r, c)
		apply := r.Apply
		if c.waits {
			apply = r.Await
		}
		want(t, "create", apply(c.made), c.make)
		r.Settled(c.made)
		if got := c.have(r); got != 1 {
			t.Errorf("there are %d of it, want 1", got)
		}
		if (k.Update == nil) != (c.changed == "") {
			t.Errorf("the kind has an Update: %v, and cycles a change: %v", k.Update != nil, c.changed != "")
		}
		if c.changed != "" {
			want(t, "change", apply(c.changed), []string{c.change})
			r.Settled(c.changed)
		}
		gone := r.Apply(c.gone)
		want(t, "remove", gone, c.remove)
		if diff := cmp.Diff(append([]string{}, c.left...), kindtest.Left(gone)); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		r.Settled(c.gone)
		there := 0
		if k.Delete == nil {
			there = 1
		}
		if got := c.have(r); got != there {
			t.Errorf("after it was removed there are %d, want %d", got, there)
		}
	})
}

// start brings the payer to where the object can be made.
func start(r *kindtest.Rig, c cycle) {
	r.Helper()
	if c.base != "" {
		r.Apply(c.base)
		r.Settled(c.base)
	}
}

func want(t *testing.T, what string, p *reconcile.Planned, lines []string) {
	t.Helper()
	if diff := cmp.Diff(lines, kindtest.Lines(p)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestDanger4ForeignTwin lets somebody else have the object of the same name:
// either it is used as it is, or it is not touched.
func TestDanger4ForeignTwin(t *testing.T) {
	every(t, func(t *testing.T, _ *kind.Kind, c cycle, o awssim.Options) {
		r := kindtest.New(t, o)
		start(r, c)
		c.twin(r)
		r.CatchUp()
		p := r.Plan(c.made)
		want(t, "plan with a twin", p, c.withTwin)
		applyTwin(r, p)
		r.CatchUp()
		if got := c.have(r); got != 1 {
			t.Errorf("there are %d of it, want the one", got)
		}
	})
}

// applyTwin applies a plan and wants no write where all of it is blocked, but
// the mark on the root.
func applyTwin(r *kindtest.Rig, p *reconcile.Planned) {
	r.Helper()
	before := r.Writes()
	if _, err := r.TryApply(p); err != nil {
		r.Error(err)
	}
	blocked := !slices.ContainsFunc(kindtest.Lines(p), func(l string) bool { return !strings.HasPrefix(l, "!") })
	if n := r.Writes() - before; blocked && !p.ClaimsRoot && n != 0 {
		r.Errorf("%d writes, though all is blocked", n)
	}
}

// TestDanger5AnotherPayersMark lets another payer have the object.
func TestDanger5AnotherPayersMark(t *testing.T) {
	every(t, func(t *testing.T, k *kind.Kind, c cycle, o awssim.Options) {
		if c.other == nil {
			if k.Marked {
				t.Error("the kind bears marks, and cycles has no object of another payer")
			}
			return
		}
		r := kindtest.New(t, o)
		start(r, c)
		c.other(r)
		r.CatchUp()
		before := r.Writes()
		p, err := r.TryPlan(c.made)
		if c.otherRefuse != "" {
			if err == nil || !strings.Contains(err.Error(), c.otherRefuse) {
				t.Errorf("the error is %v, want %q in it", err, c.otherRefuse)
			}
		} else if err != nil {
			t.Error(err)
		} else {
			want(t, "plan", p, c.withOther)
			applyTwin(r, p)
		}
		if n := r.Writes() - before; n != 0 {
			t.Errorf("%d writes on an object of another payer", n)
		}
	})
}

// TestDanger3AFailedReadPlansNothing breaks every operation that a plan asks
// AWS for, in each way in which a call can fail.
func TestDanger3AFailedReadPlansNothing(t *testing.T) {
	every(t, func(t *testing.T, _ *kind.Kind, c cycle, o awssim.Options) {
		if o.LagReads > 0 {
			return // it fails all the same
		}
		r := kindtest.New(t, o)
		start(r, c)
		if c.base == "" {
			r.Organize()
		}
		r.Sim.ResetCalls()
		r.Plan(c.made)
		asked := r.Calls()
		if len(asked) < 3 {
			t.Fatalf("a plan made only the calls %v", asked)
		}
		before := r.Writes()
		for operation := range asked {
			for _, fault := range []awssim.FaultKind{awssim.ServerError, awssim.Deny, awssim.Drop} {
				r.Sim.ClearFaults()
				r.Sim.Inject(awssim.Fault{Operation: operation, Kind: fault})
				p, err := r.TryPlan(c.made)
				if fault == awssim.Deny && slices.Contains(c.inside, operation) {
					if err != nil || slices.ContainsFunc(kindtest.Lines(p), func(l string) bool { return !strings.HasPrefix(l, "!") }) {
						t.Errorf("%s: %s, and the plan is %v, or fails: %v", operation, fault, kindtest.Lines(p), err)
					}
				} else if err == nil || p != nil {
					t.Errorf("%s: %s, and there is a plan", operation, fault)
				} else if !strings.Contains(err.Error(), operation) {
					t.Errorf("%s: %s, and the error does not name it: %v", operation, fault, err)
				}
			}
		}
		if n := r.Writes() - before; n != 0 {
			t.Errorf("plans made %d writes", n)
		}
	})
}
