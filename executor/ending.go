package executor

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/planner"
)

// cause is what makes two failures equal. An answer of AWS is its code and its
// reason; a call without an answer is equal to every other such call; an error
// of our own is the innermost text, since the outer ones name the object.
type cause struct {
	kind         string
	op           planner.Op
	code, reason string
	text         string
}

func causeOf(c *planner.Change, err error) cause {
	k := cause{kind: c.Ref.Kind, op: c.Op, code: cloud.Code(err), reason: cloud.Reason(err)}
	var call *cloud.Error
	if k.code == "" && !errors.As(err, &call) {
		for inner := err; inner != nil; inner = errors.Unwrap(inner) {
			k.text = inner.Error()
		}
	}
	return k
}

// fail ends a change that could not be made, and the pass where no other change
// would fare better. A throttle says nothing of the others: with time they
// pass. Nor does a failure inside one member account say anything of the next.
func (r *run) fail(i int, err error) {
	r.settle(i, Failed, err)
	if cloud.Throttled(err) || cloud.Inside(err) {
		return
	}
	k := causeOf(&r.plan.Changes[i], err)
	r.causes[k]++
	switch n := r.causes[k]; {
	case cloud.Gated(err):
		r.stop(errors.New(gated(err)))
	case cloud.Fatal(err):
		r.stop(fmt.Errorf("AWS does not let us in: %s", what(k, err)))
	case n >= r.opts.MaxEqual:
		r.stop(fmt.Errorf("%d changes failed alike: %s", n, what(k, err)))
	}
}

// what says a cause in a few words.
func what(k cause, err error) string {
	switch {
	case k.reason != "":
		return k.code + " (" + k.reason + ")"
	case k.code != "":
		return k.code
	case k.text != "":
		return k.text
	}
	return cloud.Explain(err)
}

// gated is the word of the gate alone, without the change and the call that it
// did not let through.
func gated(err error) string {
	text := err.Error()
	for inner := err; inner != nil && cloud.Gated(inner); inner = errors.Unwrap(inner) {
		text = inner.Error()
	}
	return text
}

// stop lets no more changes start. What AWS has under way is left to it. A nil
// cause is an interruption. Only the first stop counts.
func (r *run) stop(why error) {
	if r.stopped {
		return
	}
	r.stopped, r.why = true, why
	for _, i := range r.timers.clear() {
		r.leave(i)
	}
	for r.due.len() > 0 {
		r.leave(r.due.pop())
	}
}

// finish deals with the changes that were not reached, and gathers the causes.
func (r *run) finish(ctx context.Context) (*Result, error) {
	r.result.Live = without(r.result.Live, r.gone)
	var causes *multierror.Error
	for i, err := range r.result.Errs {
		if r.result.Outcomes[i] == Failed {
			c := &r.plan.Changes[i]
			causes = multierror.Append(causes, fmt.Errorf("%s %s: %w", c.Op, c.Ref, err))
		}
	}
	if err := r.unreached(ctx); err != nil {
		causes = multierror.Append(causes, err)
	}
	return r.result, causes.ErrorOrNil()
}

// unreached ends the changes that were not reached: skipped where the pass was
// ended by a cause, else not started.
func (r *run) unreached(ctx context.Context) error {
	var rest []int
	for i := range r.plan.Changes {
		if r.result.Outcomes[i] == NotReached && r.plan.Changes[i].Blocked == "" {
			rest = append(rest, i)
		}
	}
	switch {
	case r.why != nil:
		r.result.Ended = r.why.Error()
		r.skip(rest, fmt.Errorf("the pass has ended: %w", r.why))
		return nil
	case r.stopped && (len(rest) > 0 || r.left > 0):
		r.result.Ended = "interrupted"
		err := fmt.Errorf("interrupted: %d changes were not started, %d are left to AWS", len(rest), r.left)
		cause := context.Cause(ctx)
		if cause == nil {
			return err
		}
		if !errors.Is(cause, context.Canceled) {
			r.result.Ended += ": " + cause.Error()
		}
		return fmt.Errorf("%w: %w", err, cause)
	case len(rest) > 0:
		err := fmt.Errorf("%d changes need each other, such as %s", len(rest), r.plan.Changes[rest[0]].Ref)
		r.skip(rest, err)
		return err
	}
	return nil
}

func (r *run) skip(changes []int, err error) {
	for _, i := range changes {
		r.end(i, Skipped, err)
	}
}
