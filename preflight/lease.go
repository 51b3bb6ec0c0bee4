package preflight

import (
	"context"
	"errors"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// lease looks whether an apply could ask for the payer's lease, and whether
// somebody has paused the payer.
func (l *looking) lease(ctx context.Context) {
	if l.p.Lease == nil {
		return
	}
	at := "s3://" + l.p.Lease.Bucket + "/" + l.p.Lease.Key
	pause, _, err := reconcile.Pause(ctx, l.session, l.p, "")
	switch {
	case errors.Is(err, lease.ErrNoBucket) && l.p.Lease.Declared:
		l.r.add(Check{Name: "lease", State: Note, Text: at + ": the bucket comes with the first apply, which is an operator's"})
	case errors.Is(err, lease.ErrNoBucket):
		l.r.add(Check{Name: "lease", State: Problem, Text: at + ": there is no such bucket, and without it nothing is written",
			Hint: "make the bucket in the payer, or declare it under `buckets`"})
	case err != nil:
		l.r.add(Check{Name: "lease", State: Problem, Text: cloud.Explain(err), Hint: cloud.Hint(err)})
	case pause != nil:
		l.r.add(Check{Name: "lease", State: Note, Text: pause.String()})
	default:
		l.r.add(Check{Name: "lease", State: OK, Text: at + " can be read"})
	}
}
