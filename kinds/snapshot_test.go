package kinds_test

import (
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/kind"
)

// TestSnapshotPlanEqualsLivePlan takes an object of each kind through its life,
// and one that somebody else has made; whatever is planned on the way, from a
// snapshot the plan is the same.
func TestSnapshotPlanEqualsLivePlan(t *testing.T) {
	every(t, func(t *testing.T, k *kind.Kind, c cycle, o awssim.Options) {
		r := kindtest.New(t, o)
		start(r, c)
		r.Snapshots = true
		r.Plan(c.made)
		apply := r.Apply
		if c.waits {
			apply = r.Await
		}
		apply(c.made)
		r.Plan(c.made)
		if c.changed != "" {
			r.Plan(c.changed)
		}
		r.Plan(c.gone)

		twin := kindtest.New(t, o)
		start(twin, c)
		twin.Snapshots = true
		c.twin(twin)
		twin.CatchUp()
		twin.Plan(c.made)
	})
}
