package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// pass makes one pass over the payer. It never panics on what AWS or git say,
// and what goes wrong is in the outcome.
func (r *runner) pass(ctx context.Context, w work) outcome {
	p := w.entry.payer
	p.Run = r.source.facts(w.entry)
	o := outcome{payer: r.name, why: w.why, started: time.Now(), commit: p.Run.Commit, changes: map[string]int{}}
	r.phase("plan")
	r.make(ctx, w, &o)
	o.took = time.Since(o.started)
	o.lease = r.leaseStatus(o.lease)
	if o.err != nil && ctx.Err() != nil {
		o.interrupted = true
	}
	switch {
	case o.err != nil:
		o.state = status.Failed
	case o.state == "" && o.report.Summary.Blocked > 0:
		o.state = status.Blocked
	case o.state == "":
		o.state = status.OK
	}
	return o
}

// make is the way of a pass; the first thing that ends it is in o.
func (r *runner) make(ctx context.Context, w work, o *outcome) {
	p := w.entry.payer
	session, writes, err := r.enter(ctx, w, o)
	if err == nil && o.state != status.Standby {
		err = r.source.refresh(w.entry)
	}
	if err != nil || o.state == status.Standby {
		o.err = err
		return
	}
	planned, err := reconcile.Plan(ctx, p, r.options(session, w))
	w.planned()
	if err != nil {
		o.err = err
		return
	}
	r.look(planned, o)
	in := tell.Planned(p, planned, nil)
	switch {
	case o.noBucket && planned.First:
		o.state = status.FirstApply
	case o.noBucket:
		o.err = fmt.Errorf("lease %s: %w", p.Lease.Bucket, reconcile.ErrProvisional)
	case !writes:
	case planned.First && w.cfg.FirstApply != "auto":
		o.state = status.FirstApply
		o.err = r.writer.Release(ctx)
	case len(planned.Plan.Guards) > 0:
		o.state = status.Guarded
	case w.halt.Err() != nil:
		o.halted = context.Cause(w.halt)
	default:
		applied, err := r.apply(ctx, w, planned, o)
		tell.Applied(&in, applied, err)
		o.err, o.applied = err, true
		if paused := (*reconcile.PausedError)(nil); errors.As(err, &paused) { // no failure: it is as somebody wants it
			o.err, o.state, o.pause = nil, status.Paused, pauseStatus(&paused.Pause, paused.ByFile)
			defer func() { o.err = errors.Join(o.err, r.writer.Release(ctx)) }()
		}
		if halted := (*haltedError)(nil); errors.As(err, &halted) { // the next pass goes on
			o.err, o.halted = nil, halted.why
		}
		if applied != nil {
			stats := reconcile.StatsOf(p, applied.Result.Live)
			o.stats = &stats
		}
	}
	o.report = &report.New(in).Payers[0]
	if o.err == nil && o.state == "" && writes && o.differs == 0 {
		r.calm = planned.WantedDigest()
	}
	if o.applied { // else nothing was written
		o.err = errors.Join(o.err, r.publish(ctx, w, planned.Live, o))
	}
}

// enter opens a session, and finds out whether the pass may write. Where a lock
// in the state folder says no, AWS is not asked at all.
func (r *runner) enter(ctx context.Context, w work, o *outcome) (s *cloud.Session, writes bool, err error) {
	p := w.entry.payer
	if p.Lease == nil {
		if writes, err = r.mayWrite(ctx, nil, w, o); err != nil || o.state == status.Standby {
			return nil, false, err
		}
	}
	if s, err = r.opts.Open(ctx, p, r.sessionOptions()); err != nil {
		return nil, false, err
	}
	if p.Lease != nil {
		writes, err = r.mayWrite(ctx, s, w, o)
	}
	return s, writes, err
}

// mayWrite finds out whether this pass may write: the mode, the pause and the
// lock say so. What cannot be found out is an error.
func (r *runner) mayWrite(ctx context.Context, s *cloud.Session, w work, o *outcome) (bool, error) {
	p := w.entry.payer
	if w.cfg.Mode != "apply" {
		return false, r.writer.Release(ctx)
	}
	pause, byFile, err := r.writer.May(ctx, s, p, false)
	if r.writer.Provisional(p) { // a lock on this machine keeps off no daemon on another
		o.noBucket = true
		return false, errors.Join(err, r.writer.Release(ctx))
	}
	if pause != nil {
		o.state, o.pause = status.Paused, pauseStatus(pause, byFile)
		return false, err
	}
	var held *lease.HeldError
	if errors.As(err, &held) {
		o.state, o.wait = status.Standby, standbyWait
		if held.Left > 0 {
			o.wait += held.Left
		}
		o.lease = &status.Lease{Kind: lockKind(p), Holder: held.Holder, Expires: held.Expires}
		return false, nil
	}
	return err == nil, err
}

// standbyWait is the least time between two looks at a lock that another holds.
const standbyWait = 5 * time.Second

func lockKind(p *spec.Payer) string {
	if p.Lease != nil {
		return "s3"
	}
	return "file"
}

func pauseStatus(p *lease.Pause, byFile bool) *status.Pause {
	from := "command"
	if byFile {
		from = "file"
	}
	return &status.Pause{By: p.By, Reason: p.Reason, Since: p.Since, Until: p.Until, From: from}
}

// leaseStatus says who may write.
func (r *runner) leaseStatus(other *status.Lease) *status.Lease {
	kind, holder, expires, ok := r.writer.Held()
	if !ok {
		return other
	}
	return &status.Lease{Kind: kind, Holder: holder, Expires: expires, Mine: true}
}

// options are those of the plan.
func (r *runner) options(s *cloud.Session, w work) reconcile.Options {
	return reconcile.Options{
		Kinds:     r.opts.Kinds,
		Open:      func(context.Context, *spec.Payer) (*cloud.Session, error) { return s, nil },
		Committed: func(_ *spec.Payer, path string) ([]byte, error) { return r.source.committed(w.entry, path) },
		Before: func(ctx context.Context, commit string) (*spec.Payer, error) {
			return r.source.before(ctx, w.entry, commit)
		},
		Memory: r.memory,
		// The payer is read from the commit's own tree.
		CommitExact: !w.cfg.Local(),
	}
}

// look notes what the plan shows.
func (r *runner) look(planned *reconcile.Planned, o *outcome) {
	stats := planned.Stats()
	o.stats, o.differs = &stats, planned.Differences()
	o.drift = planned.Drifted()
	if o.differs > 0 && planned.WantedDigest() == r.calm {
		o.drift = max(o.drift, o.differs)
	}
}

// apply runs the plan, and stops where somebody pauses the payer or its lock is
// lost.
func (r *runner) apply(ctx context.Context, w work, planned *reconcile.Planned, o *outcome) (*reconcile.Applied, error) {
	ctx, stop := r.writer.Watch(ctx, planned.Session(), planned.Payer, false)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer r.halting(ctx, w, cancel)()
	pages := r.pages(ctx, w)
	defer pages.wait()
	r.phase("apply")
	r.tellLease()
	r.metrics.Paused(r.name, false)
	applied, err := planned.Apply(ctx, reconcile.ApplyOptions{
		Options: executor.Options{
			Parallelism: w.cfg.Parallelism.Changes, Abort: r.abort,
			Observe: func(e executor.Event) { r.observe(e, o) },
		},
		Every:   cmp.Or(r.opts.pace.pages, pageEvery),
		Written: pages.put,
	})
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return applied, err
}

// leastApply is how long a plan is applied whatever newer commits come: commits
// that come faster than plans are made must not keep anything from being done.
const leastApply = time.Minute

// halting ends an apply where no new change may start any more, and in its time
// where a newer commit is in force. The returned function ends the waiting.
func (r *runner) halting(ctx context.Context, w work, cancel context.CancelCauseFunc) (stop func()) {
	started := time.Now()
	end := func(why context.Context) { cancel(&haltedError{context.Cause(why)}) }
	hard := context.AfterFunc(w.halt, func() { end(w.halt) })
	soft := context.AfterFunc(w.newer, func() {
		t := time.NewTimer(cmp.Or(r.opts.pace.apply, leastApply) - time.Since(started))
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-t.C:
			end(w.newer)
		}
	})
	return func() {
		hard()
		soft()
	}
}

// haltedError is why an apply ended that another one is to follow, or none.
type haltedError struct{ why error }

func (e *haltedError) Error() string { return "no new changes start: " + e.why.Error() }

// observe tells of one change.
func (r *runner) observe(e executor.Event, o *outcome) {
	r.board.Update(r.name, func(p *status.Payer) {
		if p.Running != nil {
			p.Running.Done, p.Running.Total = e.Done, e.Total
		}
	})
	if e.Outcome == executor.NotReached {
		return
	}
	kind, op := e.Change.Ref.Kind, string(e.Change.Op)
	r.metrics.Change(r.name, kind, op, string(e.Outcome))
	if e.Outcome != executor.Done {
		if e.Outcome == executor.Failed {
			r.log.Error("change failed", "payer", r.name, "op", op, "ref", e.Change.Ref.String(), "error", tell.Error(e.Err, r.name))
		}
		return
	}
	o.changes[op+" "+kind]++
	if kind == "account" && op == "create" {
		o.added++
	}
	r.log.Info("change done", "payer", r.name, "op", op, "ref", e.Change.Ref.String(), "done", e.Done, "of", e.Total)
}

// phase says on the board what the runner does.
func (r *runner) phase(name string) {
	r.board.Update(r.name, func(p *status.Payer) { p.Running = &status.Running{Phase: name, Since: time.Now()} })
}
