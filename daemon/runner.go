package daemon

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/notify"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// runner is what a payer keeps from pass to pass. It belongs to the pass while
// one runs, else to the timetable. Nothing in it is needed to be right: a new
// process begins with an empty one.
type runner struct {
	*deps
	name    string
	writer  *reconcile.Writer
	memory  *reconcile.Memory
	tracker notify.Tracker

	// gone says that the payer's file left the branch; the loop writes it.
	gone atomic.Bool

	// calm is the digest of what was wanted when a pass last left nothing to do:
	// what differs while the same is wanted is drift.
	calm string
}

func newRunner(d *deps, name, stateDir string) *runner {
	writer := reconcile.NewWriter(stateDir, lease.Options{
		Who: d.opts.Who, Command: "daemon", Version: d.opts.Version, Log: d.log.With("payer", name), TTL: d.opts.pace.lease,
	})
	writer.PauseLook = d.opts.pace.pauseLook
	return &runner{deps: d, name: name, memory: &reconcile.Memory{}, writer: writer}
}

// work is one pass to be made.
type work struct {
	cfg   *config.Config
	entry *entry
	why   string
	// halt ends where no new change may start any more, with the reason as its
	// cause: the payer is paused, say, or not managed any more. newer ends where
	// a newer commit is in force.
	halt, newer context.Context
	// planned is called once reading and planning are over.
	planned func()
}

// sessionOptions are what a session of the runner tells and asks.
func (r *runner) sessionOptions() Entry {
	return Entry{
		Gate:  r.writer.Gate,
		Audit: r.opts.Audit,
		Observe: func(c cloud.Call) {
			r.metrics.Call(r.name, c.Service, c.Operation, c.Outcome, c.Throttled)
		},
	}
}

// tellLease says in the metrics whether the lock is ours, and until when.
func (r *runner) tellLease() {
	_, _, _, mine := r.writer.Held()
	r.metrics.Lease(r.name, mine, func() time.Time {
		_, _, expires, _ := r.writer.Held()
		return expires
	})
}
