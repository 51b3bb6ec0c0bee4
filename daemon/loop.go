package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

// payer is one payer on the timetable.
type payer struct {
	turn
	runner  *runner
	entry   *entry                  // the newest; a pass that runs has its own
	inTree  string                  // of the pass that runs
	halt    context.CancelCauseFunc // lets the pass that runs start no new change
	newer   context.CancelCauseFunc // the same, once it has got something done
	passed  bool                    // a pass has ended since the daemon started
	gone    bool                    // its file left the branch; it goes when its pass has ended
	plans   bool                    // its pass is reading or planning
	outcome *outcome
}

// loop is the timetable. All of it belongs to one goroutine.
type loop struct {
	*deps
	cfg    *config.Config
	view   *view
	payers map[string]*payer
	sight  turn // of the repository
	teller *teller

	plans    int // passes that are reading or planning
	draining bool
	passes   sync.WaitGroup

	seen     chan seen
	planned  chan string
	ended    chan outcome
	triggers chan string // why; looks at the repository
	asks     chan string // the name of a payer, "" for all: a pass now
	reload   chan struct{}
	folders  chan []string // to be watched
	beat     func()        // the loop is alive
	pulse    time.Duration // how often it beats at least

	current atomic.Pointer[config.Config] // cfg, for other goroutines
	hook    atomic.Pointer[hooked]
}

// seen is what a look at the repository gave.
type seen struct {
	view *view
	err  error
	why  string
}

func newLoop(d *deps, cfg *config.Config, t *teller) *loop {
	l := &loop{
		deps: d, cfg: cfg, payers: map[string]*payer{}, teller: t, beat: func() {}, pulse: t.systemd.pulse(),
		seen: make(chan seen), planned: make(chan string), ended: make(chan outcome),
		triggers: make(chan string, 1), asks: make(chan string, 16), reload: make(chan struct{}, 1), folders: make(chan []string, 1),
	}
	l.configured()
	return l
}

// configured makes the config known outside the loop.
func (l *loop) configured() {
	l.current.Store(l.cfg)
	l.hook.Store(l.newHook())
}

// heartbeat is the longest that the loop sleeps, where no watchdog wants it to
// wake more often.
const heartbeat = 20 * time.Second

// run keeps the timetable until ctx ends, then waits for the passes that run.
func (l *loop) run(ctx context.Context) {
	l.sight.ask(time.Now(), "start")
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		l.beat()
		l.startDue(ctx, now)
		timer.Reset(l.sleep(now))
		select {
		case <-ctx.Done():
		case s := <-l.seen:
			l.see(s)
		case name := <-l.planned:
			l.plannedOne(name)
		case o := <-l.ended:
			l.end(ctx, o)
		case why := <-l.triggers:
			l.sight.ask(time.Now(), why)
		case name := <-l.asks:
			l.ask(name, "request")
		case <-l.opts.Hangup:
			l.hangup()
		case <-l.reload:
			l.reconfigure()
		case <-timer.C:
		}
	}
	l.stopping()
	l.drain()
}

// once makes one pass over every payer, and gives what went wrong.
func (l *loop) once(ctx context.Context) error {
	l.sight.ask(time.Now(), "start")
	l.look(ctx)
	s := <-l.seen
	l.see(s)
	if s.err != nil {
		return s.err
	}
	for ctx.Err() == nil && slices.ContainsFunc(l.list(), func(p *payer) bool { return !p.passed }) {
		for _, p := range l.list() { // one pass each, whatever the outcome says
			if p.passed {
				p.due = time.Now().Add(time.Hour)
			}
		}
		l.startDue(ctx, time.Now())
		select {
		case <-ctx.Done():
		case name := <-l.planned:
			l.plannedOne(name)
		case o := <-l.ended:
			l.end(ctx, o)
		}
	}
	l.drain()
	failed := []string{}
	for _, p := range l.list() {
		if p.outcome == nil || p.outcome.failed() || p.outcome.interrupted || p.entry.broken != nil {
			failed = append(failed, p.runner.name)
		}
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case len(failed) > 0:
		return fmt.Errorf("payers that failed: %s", strings.Join(failed, ", "))
	case l.view.mistakes != nil:
		return errors.New("payer files have mistakes")
	case l.view.behind != nil:
		return l.view.behind
	}
	return nil
}

// list gives the payers by name.
func (l *loop) list() []*payer {
	var list []*payer
	for _, p := range l.payers {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *payer) int { return strings.Compare(a.runner.name, b.runner.name) })
	return list
}

// sleep is how long nothing is due.
func (l *loop) sleep(now time.Time) time.Duration {
	d := l.pulse
	soon := func(t *turn) {
		if !t.running {
			d = min(d, t.due.Sub(now))
		}
	}
	soon(&l.sight)
	if l.plans < l.cfg.Parallelism.Payers {
		for _, p := range l.payers {
			soon(&p.turn)
		}
	}
	return max(d, time.Millisecond)
}

// startDue starts what is due: first a look at the repository, then passes,
// those that somebody asked for before those of the timer.
func (l *loop) startDue(ctx context.Context, now time.Time) {
	if !l.opts.Once && l.sight.ready(now) {
		l.look(ctx)
	}
	var due []*payer
	for _, p := range l.payers {
		if p.ready(now) && !p.gone {
			due = append(due, p)
		}
	}
	slices.SortFunc(due, func(a, b *payer) int {
		if a.urgent() != b.urgent() {
			if a.urgent() {
				return -1
			}
			return 1
		}
		return a.due.Compare(b.due)
	})
	for _, p := range due {
		if l.plans >= l.cfg.Parallelism.Payers {
			return
		}
		l.start(ctx, p)
	}
}

// look reads the repository in the background.
func (l *loop) look(ctx context.Context) {
	why := l.sight.start()
	old := l.view
	l.passes.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, l.source.lookTime())
		defer cancel()
		v, err := l.source.look(ctx, old)
		l.seen <- seen{v, err, why}
	})
}

// start begins a pass.
func (l *loop) start(ctx context.Context, p *payer) {
	w := work{cfg: l.cfg, entry: p.entry, why: p.turn.start()}
	w.halt, p.halt = context.WithCancelCause(context.Background())
	w.newer, p.newer = context.WithCancelCause(context.Background())
	p.inTree, p.plans = p.entry.tree, true
	l.plans++
	name, r := p.runner.name, p.runner
	// A payer whose AWS does not answer must not keep others from planning.
	var once sync.Once
	tell := func() { once.Do(func() { l.planned <- name }) }
	w.planned = tell
	l.passes.Go(func() {
		over := make(chan struct{})
		l.passes.Go(func() {
			select {
			case <-over:
			case <-time.After(placeTime):
				tell()
			}
		})
		o := r.pass(ctx, w)
		close(over)
		l.ended <- o
	})
}

// placeTime is how long a pass may keep its place among those that plan.
const placeTime = time.Minute

// plannedOne frees a place for another payer's planning.
func (l *loop) plannedOne(name string) {
	if p := l.payers[name]; p != nil && p.plans {
		p.plans = false
		l.plans--
	}
}

// end takes what a pass gave.
func (l *loop) end(ctx context.Context, o outcome) {
	p := l.payers[o.payer]
	l.plannedOne(o.payer)
	p.halt(nil)
	p.newer(nil)
	p.inTree, p.passed, p.outcome = "", true, &o
	p.turn.end(time.Now(), o.failed(), l.cfg.Interval, o.wait)
	l.teller.outcome(p, o, l.cfg)
	p.outcome.report, p.outcome.stats = nil, nil // they are told, and may be of 10,000 accounts
	if p.gone && !l.draining {
		l.remove(ctx, p)
	}
	l.tidy()
	l.settle()
}

// settle notes that every payer has had its first pass, and rests where nothing
// runs.
func (l *loop) settle() {
	all := !slices.ContainsFunc(l.list(), func(p *payer) bool { return !p.passed })
	l.teller.settled.Store(all || l.teller.settled.Load())
	l.rest()
}

// ask wants a pass over a payer, or over all of them.
func (l *loop) ask(name, why string) {
	for _, p := range l.payers {
		if name == "" || p.runner.name == name {
			p.turn.ask(time.Now(), why)
		}
	}
}

// hangup reads the config again, opens the logs anew and looks at everything.
func (l *loop) hangup() {
	l.teller.systemd.reloading()
	l.reconfigure()
	l.sight.ask(time.Now(), "signal")
	l.ask("", "signal")
	l.teller.systemd.ready()
}

// reconfigure takes a new config, or goes on with the old one where the new one
// is bad.
func (l *loop) reconfigure() {
	fresh, err := l.opts.Reload()
	if err == nil {
		err = fresh.Check()
	}
	if err == nil && l.opts.Reopened != nil {
		err = l.opts.Reopened(fresh)
	}
	if err == nil {
		err = l.teller.configure(fresh)
	}
	l.teller.config(fresh, err)
	if err != nil {
		return
	}
	for _, key := range fresh.NeedsRestart(l.cfg) {
		l.log.Warn("a change of the config takes effect at the next start", "key", key)
	}
	running := fresh.Running(l.cfg)
	if changed := running.Diff(l.cfg); len(changed) > 0 {
		l.log.Info("a new config is in force", "changed", strings.Join(changed, "; "))
		l.cfg = running
		l.source.configure(l.cfg)
		l.configured()
		l.board.Git(func(g *status.Git) { g.Branch = l.cfg.Git.Branch })
		l.sight.ask(time.Now(), "config")
		l.ask("", "config")
		if l.cfg.Mode != "apply" {
			l.haltAll(errors.New("the config says mode: plan now"))
		}
	}
}

// haltAll lets no pass start a new change.
func (l *loop) haltAll(why error) {
	for _, p := range l.payers {
		if p.running {
			p.halt(why)
		}
	}
}

// drain waits for all that runs.
func (l *loop) drain() {
	l.draining = true
	done := make(chan struct{})
	go func() {
		l.passes.Wait()
		close(done)
	}()
	tick := time.NewTicker(l.pulse)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			l.beat()
		case <-l.seen:
			// what it saw is for the next process
		case name := <-l.planned:
			l.plannedOne(name)
		case o := <-l.ended:
			l.end(context.Background(), o)
		}
	}
}
