package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/metrics"
	"github.com/payer-reconciler/reconciler/daemon/notify"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/words"
)

// teller tells the world what the loop sees: the board, the metrics, the log,
// the people who want to be notified, and systemd. It belongs to the loop.
type teller struct {
	log      *slog.Logger
	board    *status.Board
	metrics  *metrics.Metrics
	notifier *notify.Notifier // nil: nobody
	targets  []notify.Target
	version  string
	systemd  *systemd
	head     string            // the commit that was looked at last
	told     map[string]string // the mistakes that were logged, by payer; "" is of none
	synced   atomic.Bool       // the repository was read once
	settled  atomic.Bool       // every payer has had its first pass
}

// notifiers makes the targets of a config.
func targetsOf(cfg *config.Config) []notify.Target {
	var targets []notify.Target
	for i, n := range cfg.Notify {
		t := notify.Target{Name: fmt.Sprintf("notify[%d]", i), On: n.On, Payers: n.Payers}
		if n.Slack != nil {
			t.Format, t.URLFile = notify.Slack, n.Slack.URLFile
		} else {
			t.Format, t.URLFile = notify.JSON, n.Webhook.URLFile
		}
		targets = append(targets, t)
	}
	return targets
}

// configure takes the targets of a config; those of before are flushed in the
// background.
func (t *teller) configure(cfg *config.Config) error {
	targets := targetsOf(cfg)
	if fmt.Sprint(targets) == fmt.Sprint(t.targets) && t.notifier != nil {
		return nil
	}
	fresh, err := notify.New(targets, notify.Options{Log: t.log, Version: t.version})
	if err != nil {
		return err
	}
	old := t.notifier
	t.notifier, t.targets = fresh, targets
	if old != nil {
		go closeNotifier(context.Background(), old)
	}
	return nil
}

// flushTime is how long notifications may take at the end.
const flushTime = 5 * time.Second

func closeNotifier(ctx context.Context, n *notify.Notifier) {
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	_ = n.Close(ctx) // what it lost it has logged
}

// config tells whether the config file was taken.
func (t *teller) config(cfg *config.Config, err error) {
	t.metrics.Config(err == nil)
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			t.log.Error("the config file is refused, the one before stays in force", "mistake", line)
		}
		t.board.Config(func(c *status.Config) { c.Error = err.Error() })
		return
	}
	t.board.Mode(cfg.Mode)
	t.board.Config(func(c *status.Config) { c.Path, c.LoadedAt, c.Error = cfg.File, time.Now(), "" })
}

// looked tells what a look at the repository gave.
func (t *teller) looked(s seen, fails int) {
	err := s.err
	if err == nil {
		err, t.head = s.view.behind, s.view.commit
		t.synced.Store(true)
		n := len(mistakes(s.view.mistakes))
		for _, e := range s.view.entries {
			n += len(mistakes(e.broken))
		}
		t.metrics.Mistakes(n)
		t.metrics.Unverified(s.view.unverified != "")
		if s.view.unverified != "" {
			t.log.Error("the newest commit is signed by no key of git.verify: it is not applied", "commit", s.view.unverified, "inForce", s.view.commit)
		}
	}
	if err != nil {
		what := "the repository cannot be read; what was read before stays in force"
		if !t.synced.Load() {
			what = "the repository cannot be read, and was not yet: no payer is managed"
		}
		t.log.Error(what, "error", tell.Line(err), "inARow", fails)
	}
	t.sendGit(s, err, fails)
	t.board.Git(func(g *status.Git) {
		g.Error = ""
		if err != nil {
			g.Error = tell.Line(err)
		}
		if s.err == nil {
			g.Commit, g.Unverified, g.Mistakes = s.view.commit, s.view.unverified, nil
			if s.view.mistakes != nil {
				g.Mistakes = tell.Lines(s.view.mistakes, "")
			}
			if s.view.behind == nil {
				g.FetchedAt = time.Now()
			}
		}
	})
}

// failsTold is how many looks in a row fail before people are told: a git server
// that restarts is nobody's business.
const failsTold = 3

// sendGit notifies people of a repository that cannot be read, or whose newest
// commit nobody signed, and of its end, each once.
func (t *teller) sendGit(s seen, err error, fails int) {
	e := notify.Event{Kind: notify.Failure, Do: "`reconciler status` and the daemon's log say more."}
	switch {
	case err != nil && fails < failsTold:
		return
	case err != nil:
		e.Title, e.Text = "the repository cannot be read; what was read before stays in force", strings.Join(lines(err, ""), "\n")
	case s.view.unverified != "":
		e.Title, e.Commit = "the newest commit is signed by no key of git.verify; it is not applied", s.view.unverified
	}
	now := e.Title + e.Commit
	if t.notifier == nil || t.told["the repository"] == now {
		return
	}
	if t.told["the repository"] = now; now == "" {
		e = notify.Event{Kind: notify.Recovery, Title: "the repository can be read again, and its newest commit is in force"}
	}
	t.notifier.Send(e)
}

// entry tells of a payer in force.
func (t *teller) entry(e *entry) {
	t.metrics.Payer(e.name)
	t.board.Update(e.name, func(p *status.Payer) {
		p.AccountID, p.File = e.payer.AccountID, e.file
		if e.broken != nil {
			p.State, p.Error = status.Broken, tell.Error(e.broken, e.name).Error()
		} else if p.State == status.Broken {
			p.State, p.Error = "", ""
		}
	})
	if e.broken == nil {
		delete(t.told, e.name)
		return
	}
	t.metrics.State(e.name, status.Broken)
	text := e.broken.Error()
	if t.told[e.name] == text {
		return
	}
	t.told[e.name] = text
	for _, line := range tell.Lines(e.broken, e.name) {
		t.log.Error("mistake in a payer file; its last sound commit stays in force", "payer", e.name, "inForce", e.commit, "mistake", line)
	}
}

// mistakes logs what is wrong with files that bear no payer in force, once.
func (t *teller) mistakes(err error) {
	if err == nil {
		delete(t.told, "")
		return
	}
	text := err.Error()
	if t.told[""] == text {
		return
	}
	t.told[""] = text
	for _, line := range tell.Lines(err, "") {
		t.log.Error("mistake in a payer file", "mistake", line)
	}
}

// forget takes a payer that is gone off everything.
func (t *teller) forget(name string) {
	delete(t.told, name)
	delete(t.told, "lines of "+name)
	t.board.Remove(name)
	t.metrics.Forget(name)
}

// outcome tells how a pass ended.
func (t *teller) outcome(p *payer, o outcome, cfg *config.Config) {
	state := o.state
	if p.entry.broken != nil && o.err == nil {
		state = status.Broken
	}
	if o.interrupted {
		t.board.Update(o.payer, func(b *status.Payer) { b.Running = nil })
		t.logOutcome(o)
		return
	}
	t.logOutcome(o)
	t.logLines(o)
	t.figures(p, o, state)
	t.board.Update(o.payer, func(b *status.Payer) { write(b, p, o, state) })
	if t.notifier == nil {
		return
	}
	r := notify.Result{
		Payer: o.payer, AccountID: p.entry.payer.AccountID, Commit: o.commit, Time: time.Now(), Failed: o.failed(), Changes: o.changes, Accounts: o.added,
	}
	if o.err != nil {
		r.Cause = strings.Join(lines(o.err, o.payer), "\n")
	} else if p.entry.broken != nil {
		r.Failed, r.Cause = true, strings.Join(tell.Lines(p.entry.broken, o.payer), "\n")
		r.File, r.Stays, r.Commit = p.entry.file, p.entry.commit, t.head
	}
	if o.report != nil {
		r.Blocked, r.Guards = blockedLines(o.report), guardLines(o.report)
	}
	for _, e := range p.runner.tracker.Events(r) {
		t.notifier.Send(e)
	}
}

// figures puts an outcome into the metrics.
func (t *teller) figures(p *payer, o outcome, state string) {
	t.metrics.Pass(o.payer, state, o.took)
	t.metrics.State(o.payer, state)
	t.metrics.Paused(o.payer, o.pause != nil)
	if o.clean() {
		t.metrics.Clean(o.payer, o.started.Add(o.took))
	}
	p.runner.tellLease()
	if o.stats == nil {
		return
	}
	t.metrics.Drift(o.payer, o.drift)
	t.metrics.Accounts(o.payer, o.stats.Accounts)
	var pools []metrics.Pool
	for _, s := range o.stats.Pools {
		pools = append(pools, metrics.Pool(s))
	}
	t.metrics.Pools(o.payer, pools)
	t.metrics.Quota(o.payer, (*metrics.Quota)(o.stats.Quota))
}

// write puts an outcome on the board.
func write(b *status.Payer, p *payer, o outcome, state string) {
	b.State, b.Commit, b.Running, b.Lease, b.Pause = state, o.commit, nil, o.lease, o.pause
	b.LastPass = &status.Pass{StartedAt: o.started, Seconds: o.took.Seconds(), Result: state, Trigger: o.why}
	b.NextAt, b.Failures, b.Error = p.due, p.fails, ""
	switch {
	case o.err != nil:
		b.Error = strings.Join(lines(o.err, o.payer), "\n")
	case p.entry.broken != nil:
		b.Error = tell.Error(p.entry.broken, o.payer).Error()
	}
	if o.clean() {
		b.LastCleanAt = o.started.Add(o.took)
	}
	if o.stats != nil {
		b.Accounts, b.Quota, b.Pools = o.stats.Accounts, (*status.Quota)(o.stats.Quota), nil
		for _, s := range o.stats.Pools {
			b.Pools = append(b.Pools, status.Pool(s))
		}
	}
	if o.report == nil {
		return
	}
	b.Summary = o.left()
	b.Guards, b.Blocked = guardLines(o.report), blockedLines(o.report)
}

// lines are what went wrong with a payer, and what a person does about it.
func lines(err error, payer string) []string {
	all := tell.Lines(err, payer)
	if hint := cloud.Hint(err); hint != "" {
		all = append(all, "hint: "+report.Clean(hint))
	}
	return all
}

// linesLogged is how many lines of a plan are logged of each sort.
const linesLogged = 20

// logLines names what is blocked, and what a pass that only plans found, each time
// that this is not what it was.
func (t *teller) logLines(o outcome) {
	if o.report == nil {
		return
	}
	blocked, changes := blockedLines(o.report), []string(nil)
	for _, c := range o.report.Changes {
		if !o.applied && c.Blocked == "" {
			changes = append(changes, c.Op+" "+c.Ref)
		}
	}
	key, text := "lines of "+o.payer, strings.Join(slices.Concat(blocked, changes), "\n")
	if t.told[key] == text {
		return
	}
	t.told[key] = text
	log := func(level slog.Level, what string, lines []string) {
		for i, line := range lines {
			if i == linesLogged {
				t.log.Log(context.Background(), level, what, "payer", o.payer, "more", len(lines)-i)
				return
			}
			t.log.Log(context.Background(), level, what, "payer", o.payer, "line", line)
		}
	}
	log(slog.LevelWarn, "blocked", blocked)
	log(slog.LevelInfo, "differs", changes)
}

func guardLines(r *report.Payer) []string {
	var lines []string
	for _, g := range r.Guards {
		lines = append(lines, fmt.Sprintf("%s: %d planned, %s allowed; %s lifts it", g.Name, g.Planned, g.Limit, g.Lift))
	}
	return lines
}

func blockedLines(r *report.Payer) []string {
	var lines []string
	for _, c := range r.Changes {
		if c.Blocked != "" {
			lines = append(lines, fmt.Sprintf("%s %s: %s", c.Op, c.Ref, c.Blocked))
		}
	}
	return lines
}

// logOutcome logs a pass in one line, and each line of what went wrong.
func (t *teller) logOutcome(o outcome) {
	log := t.log.With("payer", o.payer, "trigger", o.why, "commit", words.Commit(o.commit), "took", o.took.Round(time.Millisecond))
	attrs := []any{"state", o.state}
	if o.report != nil {
		s := o.report.Summary
		attrs = append(attrs, "create", s.Create, "update", s.Update, "delete", s.Delete, "blocked", s.Blocked, "waiting", s.Waiting, "drift", o.drift)
	}
	switch {
	case o.interrupted:
		log.Info("pass interrupted")
	case o.halted != nil:
		log.Info("pass ended before its end", append(attrs, "because", o.halted)...)
	case o.err != nil:
		for _, line := range lines(o.err, o.payer) {
			t.log.Error("pass failed", "payer", o.payer, "cause", line)
		}
		log.Error("pass ended", attrs...)
	case o.state == status.Paused:
		log.Info("paused: nothing is written", "by", o.pause.By, "reason", o.pause.Reason, "until", o.pause.Until)
	case o.state == status.Standby:
		log.Info("standby: another holds the lock", "holder", o.lease.Holder, "expires", o.lease.Expires)
	case o.state == status.Guarded:
		for _, g := range guardLines(o.report) {
			t.log.Warn("the plan breaks a limit of safety and is not applied", "payer", o.payer, "guard", g)
		}
		log.Warn("pass ended", attrs...)
	case o.state == status.FirstApply && o.noBucket:
		log.Warn("the bucket of the lease comes with the first apply, which is an operator's then: run reconciler apply once", attrs...)
	case o.state == status.FirstApply:
		log.Warn("the first apply of a payer is an operator's: run reconciler apply once, or set firstApply: auto", attrs...)
	default:
		log.Info("pass ended", attrs...)
	}
}
