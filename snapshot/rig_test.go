package snapshot_test

import (
	"path/filepath"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/snapshot"
)

// taken takes a snapshot of the rig's payer as a payer file with that body
// speaks of it, by the way through a file on disk.
func taken(r *kindtest.Rig, body string) *snapshot.File {
	r.Helper()
	before := r.Writes()
	f, err := r.Snapshot(r.Context(), r.Payer(body))
	if err != nil {
		r.Fatalf("take a snapshot: %v", err)
	}
	if n := r.Writes() - before; n != 0 {
		r.Errorf("taking a snapshot made %d writes", n)
	}
	path := filepath.Join(r.TempDir(), "acme.json")
	if err := f.Save(path); err != nil {
		r.Fatal(err)
	}
	if f, err = snapshot.Read(path); err != nil {
		r.Fatal(err)
	}
	return f
}

// from plans a payer file from a snapshot alone: a call to AWS fails the test.
func from(r *kindtest.Rig, f *snapshot.File, body string) (*reconcile.Planned, error) {
	r.Helper()
	before := len(r.Sim.Calls())
	planned, err := r.PlanFrom(r.Context(), f, r.Payer(body))
	if n := len(r.Sim.Calls()) - before; n != 0 {
		r.Errorf("a plan from a snapshot made %d calls", n)
	}
	return planned, err
}

// equal fails the test unless a plan of that body from AWS and one from a
// snapshot are the same to the last byte.
func equal(r *kindtest.Rig, f *snapshot.File, body string) {
	r.Helper()
	p := r.Payer(body)
	planned, err := from(r, f, body)
	have := r.JSON(p, planned, err)
	planned, err = r.TryPlan(body)
	if diff := cmp.Diff(r.JSON(p, planned, err), have); diff != "" {
		r.Errorf("plan from the snapshot (-live +snapshot):\n%s", diff)
	}
}
