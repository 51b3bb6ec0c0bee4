package daemon

import (
	"time"

	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
)

// outcome is how a pass over a payer ended, and all that is told of it. The
// timetable keeps it without the report and the figures.
type outcome struct {
	payer   string
	why     string // what asked for the pass
	started time.Time
	took    time.Duration
	commit  string

	state       string // one of status's
	err         error  // why it failed; what a person does is in its text
	interrupted bool   // the daemon stops
	noBucket    bool   // that of the lease, which comes with the first apply
	halted      error  // why no new changes were started; no failure
	wait        time.Duration

	applied bool
	report  *report.Payer // nil where nothing was planned
	stats   *reconcile.Stats
	drift   int
	differs int
	added   int // accounts that were made
	changes map[string]int
	pushed  string // the commit of the CSVs

	lease *status.Lease
	pause *status.Pause
}

// clean says that the pass did all that it was to do, and nothing went wrong.
// Lines that are blocked or wait for AWS do not count: they have their own
// figures.
func (o *outcome) clean() bool {
	return o.err == nil && !o.interrupted && o.halted == nil && o.report != nil && o.state != status.Guarded && o.state != status.FirstApply
}

// left counts what is still to be done: of a plan all of it, of an apply what it
// did not get done.
func (o *outcome) left() *status.Summary {
	s := o.report.Summary
	sum := &status.Summary{Create: s.Create, Update: s.Update, Delete: s.Delete, Adopt: s.Adopt, Resume: s.Resume,
		Blocked: s.Blocked, Waiting: s.Waiting, Left: s.Left, Unmanaged: s.Unmanaged, Drift: o.drift}
	for _, c := range o.report.Changes {
		switch {
		case !o.applied || c.Blocked != "" || c.Waiting != "" || c.Outcome == "" || c.Outcome == string(executor.Failed) || c.Outcome == string(executor.Skipped):
			continue
		case c.Outcome == string(executor.Waiting):
			sum.Waiting++
		}
		switch planner.Op(c.Op) {
		case planner.Create:
			sum.Create--
		case planner.Update:
			sum.Update--
		case planner.Delete:
			sum.Delete--
		case planner.Adopt:
			sum.Adopt--
		case planner.Resume:
			sum.Resume--
		}
	}
	return sum
}

// failed says that the next pass comes by the backoff.
func (o *outcome) failed() bool { return o.err != nil && !o.interrupted }
