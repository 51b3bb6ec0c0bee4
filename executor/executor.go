// Package executor runs a plan: in order, so many changes at once, and so that
// a killed run can be taken up again.
//
// Call [Run]. One goroutine, the caller's, schedules: it alone owns the state of
// the pass, starts a change when all that it needs is done, and hands it to a
// worker. What depends on a failure is skipped, what depends on something that
// waits, waits; only causes are errors.
package executor

import (
	"context"
	"sync"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// The defaults of Options.
const (
	DefaultParallelism = 8
	DefaultMaxEqual    = 20
	DefaultMaxPending  = 30 * time.Minute
	DefaultCheckpoint  = time.Minute
)

// Options say how a plan is run.
type Options struct {
	// Parallelism is how many changes are worked on at once; 0 is
	// DefaultParallelism. A change that AWS has under way takes no part in it.
	Parallelism int
	// MaxEqual is how many equal causes of failure end the pass; 0 is
	// DefaultMaxEqual. Two causes are equal where kind, operation and AWS's
	// error code and reason are; a throttle is never counted.
	MaxEqual int
	// MaxPending is how long a change is asked for again that AWS has under
	// way; then it waits for a later pass, so that its lane goes on. 0 is
	// DefaultMaxPending.
	MaxPending time.Duration
	// Observe is told of every change that starts and ends, in order, from the
	// goroutine that called Run, which waits for it. It may be nil.
	Observe func(Event)
	// Checkpoint is told now and then what is there by now, where something got
	// done since it was last told: from the goroutine that called Run, which
	// waits for it, and at most once each CheckpointEvery. The state is valid
	// during the call only; see Event.Live. It may be nil.
	Checkpoint func(live *resource.State)
	// CheckpointEvery is the least time between two checkpoints, and before the
	// first; 0 is DefaultCheckpoint.
	CheckpointEvery time.Duration
	// Abort, once closed, cuts short the changes that are being worked on. The
	// end of Run's context only keeps others from being started. It may be nil.
	Abort <-chan struct{}
}

// Event is the start or the end of one change.
type Event struct {
	Change  *planner.Change
	Index   int     // of the change in the plan
	Outcome Outcome // NotReached: the change starts
	Err     error   // why it did not get done
	Done    int     // changes that have ended, with this one
	Total   int     // changes that are not blocked
	// Live is what is there by now, as Result.Live will have it; what was
	// deleted is in it still, with the fact that it is absent. It is valid during
	// the call only, and nobody writes into it.
	Live *resource.State
}

// Outcome is how a change ended.
type Outcome string

// The outcomes. A blocked change, and one that an interrupted pass did not get
// to, is NotReached.
const (
	NotReached Outcome = ""
	Done       Outcome = "done"
	Failed     Outcome = "failed"
	Skipped    Outcome = "skipped"
	Waiting    Outcome = "waiting"
)

// Result is what became of a plan. Outcomes and Errs go by the index of the
// change.
type Result struct {
	Outcomes []Outcome
	// Errs says why a change failed, was skipped or waits. It does not name the
	// change.
	Errs []error
	// Ended is why the pass ended before its end, "" where it did not.
	Ended string
	// Live is what was read, with what the changes that are done made of it:
	// new objects, wanted attributes, outputs; without what was deleted. It
	// knows no more than that: what is to be planned next is read anew.
	Live *resource.State
}

// Count counts the changes that ended so.
func (r *Result) Count(o Outcome) int {
	n := 0
	for _, have := range r.Outcomes {
		if have == o {
			n++
		}
	}
	return n
}

// Run does the plan. Blocked changes are left alone, and a plan that breaks a
// guard is refused.
//
// The error gathers the causes of failure, each once, in the order of the plan;
// what was skipped for them is in the Result alone. A Result is there wherever
// a change may have been started.
//
// When ctx ends, no more changes are started. Those being worked on come to
// their end, but for those that wait for AWS's rate and have written nothing;
// those under way in AWS are left to it: a later pass resumes them. Access
// denied, credentials that do not work, and Options.MaxEqual equal causes end
// the pass in the same way. Run returns only when all that it started has
// returned.
func Run(ctx context.Context, s *cloud.Session, kinds []*kind.Kind, p *planner.Plan, have *resource.State, o Options) (*Result, error) {
	if err := check(kinds, p); err != nil {
		return nil, err
	}
	if o.Parallelism <= 0 {
		o.Parallelism = DefaultParallelism
	}
	if o.MaxEqual <= 0 {
		o.MaxEqual = DefaultMaxEqual
	}
	if o.MaxPending == 0 {
		o.MaxPending = DefaultMaxPending
	}
	if o.CheckpointEvery <= 0 {
		o.CheckpointEvery = DefaultCheckpoint
	}
	r := newRun(s, kinds, p, have, o)
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var workers sync.WaitGroup
	r.loop(ctx, work, cut, &workers)
	workers.Wait()
	return r.finish(ctx)
}
