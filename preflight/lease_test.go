package preflight_test

import (
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/preflight"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// TestLease stands in the way of an apply where its bucket is not there.
func TestLease(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		const line = "lease: {bucket: acme-locks, key: acme.lease}\n"
		declared := org + pool + line + "buckets: [{name: acme-locks}]\n"
		got := look(t, r, org+pool+line)
		says(t, got, "lease", preflight.Problem, "s3://acme-locks/acme.lease", "no such bucket", "make the bucket")
		if got.Ready() {
			t.Error("ready, and an apply would be refused")
		}
		says(t, look(t, r, declared), "lease", preflight.Note, "comes with the first apply")
		r.Apply(declared)
		says(t, look(t, r, declared), "lease", preflight.OK, "can be read")
		s, err := r.Options().Open(t.Context(), r.Payer(declared))
		if err != nil {
			t.Fatal(err)
		}
		store := reconcile.PauseStore(s, r.Payer(declared), "")
		if err := lease.SetPause(t.Context(), store, lease.Pause{By: "ann@host", Reason: "INC-42"}); err != nil {
			t.Fatal(err)
		}
		says(t, look(t, r, declared), "lease", preflight.Note, "paused by ann@host", "INC-42")
	})
}
