package kindtest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/snapshot"
	"github.com/payer-reconciler/reconciler/spec"
)

// Compare is the environment variable that makes every plan of every Rig, as
// [Rig.Snapshots] does of one, hold itself against a plan from a snapshot of the same moment: what a kind reads
// and a snapshot lacks shows in the tests of that kind.
const Compare = "RECONCILER_TEST_SNAPSHOTS"

// Snapshot takes a snapshot of what a payer file speaks of.
func (r *Rig) Snapshot(ctx context.Context, p *spec.Payer) (*snapshot.File, error) {
	o := r.Options()
	before := r.Instead
	defer func() { r.Instead = before }()
	return snapshot.Take(ctx, snapshot.Options{
		Payer: p.Name, AccountID: p.AccountID, Tool: "test",
		Open: func(ctx context.Context, answer snapshot.Answerer) (*cloud.Session, error) {
			r.Instead = answer
			return o.Open(ctx, p)
		},
		Plan: func(ctx context.Context, s *cloud.Session) error {
			of := o
			of.Open = func(context.Context, *spec.Payer) (*cloud.Session, error) { return s, nil }
			_, err := reconcile.Plan(ctx, p, of)
			return err
		},
		Settle: reconcile.Unsettled,
		Refuse: func(err error) bool { var half *reconcile.HalfReadError; return errors.As(err, &half) },
		Told:   func(err error) { r.Logf("no plan beside the snapshot: %v", err) },
	})
}

// PlanFrom plans a payer from a snapshot alone.
func (r *Rig) PlanFrom(ctx context.Context, f *snapshot.File, p *spec.Payer) (*reconcile.Planned, error) {
	before := r.Instead
	defer func() { r.Instead = before }()
	r.Instead = f.Answer
	return reconcile.Plan(ctx, p, r.Options())
}

// JSON is the JSON form of a plan, or of why there is none.
func (r *Rig) JSON(p *spec.Payer, planned *reconcile.Planned, err error) string {
	r.Helper()
	var b bytes.Buffer
	if err := report.New(tell.Planned(p, planned, err)).WriteJSON(&b); err != nil {
		r.Fatal(err)
	}
	return b.String()
}

// requestID is AWS's id of a call in a text.
var requestID = regexp.MustCompile(` \[request id [^\]]*\]`)

// compare holds a plan from a snapshot against one from AWS, where the Rig or the
// environment says so and nothing stands between the Rig and its AWS. It works on
// a copy of the simulator, so that no test counts its calls.
func (r *Rig) compare(ctx context.Context, body string) {
	if !r.Snapshots && os.Getenv(Compare) == "" || r.Through != nil || r.Instead != nil {
		return
	}
	r.Helper()
	saved := filepath.Join(r.TempDir(), "aws.json")
	if err := r.Sim.Save(saved); err != nil {
		r.Fatal(err)
	}
	sim := r.Sim
	defer func() { r.Sim = sim }()
	var err error
	if r.Sim, err = awssim.Load(saved, r.aws); err != nil {
		r.Fatal(err)
	}
	for range 3 { // what goes on by being asked for comes to its end
		_, _ = reconcile.Plan(ctx, r.Payer(body), r.Options())
	}
	f, err := r.Snapshot(ctx, r.Payer(body))
	if err != nil {
		r.Logf("no snapshot: %v", err)
		return
	}
	p := r.Payer(body)
	planned, err := r.PlanFrom(ctx, f, p)
	have := r.JSON(p, planned, err)
	p = r.Payer(body)
	planned, err = reconcile.Plan(ctx, p, r.Options())
	live := requestID.ReplaceAllString(r.JSON(p, planned, err), "")
	if diff := cmp.Diff(live, have); diff != "" {
		r.Errorf("plan from a snapshot (-live +snapshot):\n%s", diff)
	}
}
