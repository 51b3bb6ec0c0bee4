package executor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// run is one pass. All of it belongs to the goroutine that called Run; a worker
// is given values, and sends one ending back.
type run struct {
	session *cloud.Session
	payer   string
	plan    *planner.Plan
	opts    Options
	result  *Result
	gone    map[resource.Ref]bool // deleted

	tasks  []task // by change
	gates  gates
	lanes  lanes
	timers timers // under way in AWS
	due    queue  // under way in AWS, and to be asked for now

	ended       chan ending
	running     int // workers
	left        int // changes under way that are left to AWS
	done, total int

	causes  map[cause]int
	waits   map[string]error // by kind: why none of its creates can be made for now
	stopped bool             // no more changes are started
	why     error            // of stopped: the cause, nil where the pass was interrupted
	aborted bool
	// interrupt is closed when the pass is to end; what has sent nothing by then
	// and waits for AWS's rate is not begun any more.
	interrupt <-chan struct{}
	changed   bool // something got done since the last checkpoint
}

// task is what the scheduler knows of one change.
type task struct {
	kind    *kind.Kind
	lane    *lane
	started bool
	have    *resource.Object // of a delete, with every Text known; while the change lasts
	want    *resource.Object // with every Text known; while the change lasts
	resume  bool             // AWS has it under way, by token
	token   string
	since   time.Time // AWS has it under way since then; zero: it has not
	root    int       // the change whose end decided about this one
}

func newRun(s *cloud.Session, kinds []*kind.Kind, p *planner.Plan, have *resource.State, o Options) *run {
	n := len(p.Changes)
	r := &run{
		session: s, plan: p, opts: o,
		result: &Result{Outcomes: make([]Outcome, n), Errs: make([]error, n), Live: &resource.State{}},
		gone:   map[resource.Ref]bool{},
		tasks:  make([]task, n),
		ended:  make(chan ending, min(o.Parallelism, n)),
		causes: map[cause]int{}, waits: map[string]error{},
	}
	if s != nil {
		r.payer = s.Payer()
	}
	if have != nil {
		r.result.Live = have.Clone()
	}
	var free []int
	r.gates, free = newGates(p)
	byName := named(kinds)
	laneOfKind, all := laneOf(kinds)
	r.lanes = all
	for i := range p.Changes {
		c := &p.Changes[i]
		r.tasks[i] = task{kind: byName[c.Ref.Kind], lane: laneOfKind[c.Ref.Kind], root: i}
		if c.Op == planner.Resume && c.Have != nil {
			r.tasks[i].resume, r.tasks[i].token = true, c.Have.Pending
		}
		switch {
		case c.Waiting != "":
			r.result.Outcomes[i], r.result.Errs[i] = Waiting, &kind.Waiting{Reason: c.Waiting}
		case c.Blocked == "":
			r.total++
		}
	}
	for i := range p.Changes {
		if p.Changes[i].Held() {
			r.spread(i)
		}
	}
	for _, i := range free {
		r.ready(i)
	}
	return r
}

// loop schedules until nothing is worked on and nothing more can be started.
func (r *run) loop(ctx, work context.Context, cut context.CancelFunc, workers *sync.WaitGroup) {
	interrupt, abort := ctx.Done(), r.opts.Abort
	r.interrupt = interrupt
	checkpoint := r.checkpoints()
	defer checkpoint.Stop()
	for {
		if ctx.Err() != nil {
			r.stop(nil)
		}
		r.fill(work, workers)
		if r.running == 0 && r.timers.len() == 0 {
			return
		}
		select {
		case e := <-r.ended:
			r.take(e)
		case <-checkpoint.C:
			r.tell()
			checkpoint.Reset(r.opts.CheckpointEvery)
		case <-r.timers.c():
			for _, i := range r.timers.due() {
				r.due.push(i)
			}
		case <-interrupt:
			interrupt = nil
		case <-abort:
			abort, r.aborted = nil, true
			r.stop(nil)
			cut()
		}
	}
}

// fill starts what can be started: first what AWS has under way, for it has its
// place in a lane already.
func (r *run) fill(work context.Context, workers *sync.WaitGroup) {
	for !r.stopped && r.running < r.opts.Parallelism {
		var i int
		if r.due.len() > 0 {
			i = r.due.pop()
		} else if next, ok := r.lanes.next(); ok {
			i = next
		} else {
			return
		}
		r.start(work, workers, i)
	}
}

// start hands one change to a worker.
func (r *run) start(work context.Context, workers *sync.WaitGroup, i int) {
	t, c := &r.tasks[i], &r.plan.Changes[i]
	if !t.started {
		t.started = true
		r.observe(i)
		if err := r.waits[c.Ref.Kind]; err != nil && c.Op == planner.Create {
			r.settle(i, Waiting, err)
			return
		}
		if err := r.known(t, c); err != nil {
			r.fail(i, err)
			return
		}
	}
	j := job{
		index: i, op: c.Op, kind: t.kind, session: r.session, payer: r.payer,
		have: t.have, want: t.want, resume: t.resume, token: t.token,
	}
	r.running++
	workers.Go(func() { r.ended <- j.do(cloud.Until(work, r.interrupt)) })
}

// known resolves the objects of a change: the wanted one, and one that is to go
// and came only with another change, as AWS's own attachments to a new unit do.
func (r *run) known(t *task, c *planner.Change) error {
	var err error
	if t.want, err = resolve(c.Want, r.result.Live); err != nil {
		return err
	}
	if t.have = c.Have; c.Op == planner.Delete {
		t.have, err = resolve(c.Have, r.result.Live)
	}
	return err
}

// take is told what a worker did.
func (r *run) take(e ending) {
	r.running--
	i, t := e.index, &r.tasks[e.index]
	var pending *kind.Pending
	var waiting *kind.Waiting
	switch {
	case e.err == nil:
		r.keep(e)
		r.settle(i, Done, nil)
	case errors.Is(e.err, cloud.ErrStopped) && t.resume:
		r.leave(i)
	case errors.Is(e.err, cloud.ErrStopped):
		t.lane.taken--
		t.have, t.want = nil, nil // as if it had not been started
	case errors.As(e.err, &pending) && t.kind.Resume == nil:
		r.fail(i, fmt.Errorf("the kind cannot resume it: %w", e.err))
	case errors.As(e.err, &pending) && r.stopped:
		r.leave(i)
	case errors.As(e.err, &pending) && !t.since.IsZero() && time.Since(t.since) >= r.opts.MaxPending:
		r.settle(i, Waiting, &kind.Waiting{Reason: fmt.Sprintf("AWS has had it under way for %s; a later apply goes on with it",
			time.Since(t.since).Round(time.Minute))})
	case errors.As(e.err, &pending):
		if t.since.IsZero() {
			t.since = time.Now()
		}
		t.resume, t.token = true, pending.Token
		r.timers.add(i, r.session.Wait(pending.Again))
	case errors.As(e.err, &waiting):
		if c := &r.plan.Changes[i]; waiting.All && c.Op == planner.Create {
			r.waits[c.Ref.Kind] = e.err
		}
		r.settle(i, Waiting, e.err)
	case r.aborted && errors.Is(e.err, context.Canceled):
		r.fail(i, fmt.Errorf("cut short, AWS may have done it: %w", e.err))
	default:
		r.fail(i, e.err)
	}
}

// leave ends a change that AWS has under way and that a later pass resumes.
func (r *run) leave(i int) {
	r.left++
	r.settle(i, Waiting, &kind.Waiting{Reason: "under way, and left to AWS"})
}

// settle ends a change that has a place in its lane.
func (r *run) settle(i int, o Outcome, err error) {
	t := &r.tasks[i]
	t.lane.taken--
	t.have, t.want = nil, nil
	r.end(i, o, err)
	r.spread(i)
}

// end notes how a change ended.
func (r *run) end(i int, o Outcome, err error) {
	r.result.Outcomes[i], r.result.Errs[i] = o, err
	r.done++
	r.observe(i)
}

// observe tells how a change stands.
func (r *run) observe(i int) {
	if r.opts.Observe != nil {
		r.opts.Observe(Event{
			Change: &r.plan.Changes[i], Index: i, Outcome: r.result.Outcomes[i], Err: r.result.Errs[i],
			Done: r.done, Total: r.total, Live: r.result.Live,
		})
	}
}

// ready queues a change that needs nothing more.
func (r *run) ready(i int) {
	if c := &r.plan.Changes[i]; !c.Held() {
		r.tasks[i].lane.push(i, c.Op)
	}
}

// spread opens the gates that waited for a change that has ended, or is
// blocked. What is not done for it ends too, and so on.
func (r *run) spread(i int) {
	for list := []int{i}; len(list) > 0; list = list[1:] {
		for _, w := range r.gates.pass(list[0], stands(r.result.Outcomes[list[0]])) {
			if w.worst == fine {
				for _, m := range w.members {
					r.ready(int(m))
				}
				continue
			}
			o, err := r.verdict(w)
			for _, m := range w.members {
				if r.plan.Changes[m].Held() {
					continue
				}
				r.tasks[m].root = r.tasks[w.need].root
				r.end(int(m), o, err)
				list = append(list, int(m))
			}
		}
	}
}
