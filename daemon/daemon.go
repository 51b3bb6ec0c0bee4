package daemon

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/metrics"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/words"
)

// Run keeps the payers equal to the repository until ctx ends, or, with
// Options.Once, for one pass over each. When ctx ends no new change starts;
// those under way come to their end, or are left to AWS, and CSVs are committed.
// What takes longer than Options.Grace, or than Options.Abort waits, is cut short.
//
// The error says why the daemon cannot run, or, with Once, that a payer failed.
// A payer that fails in a daemon that runs on is no error of Run.
func Run(ctx context.Context, o Options) error {
	cfg := o.Config
	if err := cfg.Check(); err != nil {
		return err
	}
	if err := os.MkdirAll(cfg.StateDir, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	slot, err := takeSlot(cfg.StateDir)
	if err != nil {
		return err
	}
	defer func() {
		if err := slot.free(); err != nil {
			o.Log.Warn("the state folder is not tidy", "error", err)
		}
	}()
	d := &deps{opts: o, log: o.Log, slot: slot, board: status.NewBoard(o.Version, cfg.Mode), metrics: metrics.New(o.Version)}
	t := &teller{log: o.Log, board: d.board, metrics: d.metrics, version: o.Version, systemd: &systemd{log: o.Log}, told: map[string]string{}}
	if err := t.configure(cfg); err != nil {
		return err
	}
	defer func() { closeNotifier(context.WithoutCancel(ctx), t.notifier) }()
	t.config(cfg, nil)
	d.board.Git(func(g *status.Git) { g.URL, g.Branch = cfg.Git.URL, cfg.Git.Branch })
	abort, stopAbort := cutShort(ctx, o)
	defer stopAbort()
	d.abort = abort
	d.source = d.newSource(cfg)
	l := newLoop(d, cfg, t)
	defer l.releaseAll(ctx)
	if o.Once {
		return l.once(ctx)
	}
	return l.serve(ctx)
}

// newSource gives the source of a config. Nothing of it is read yet.
func (d *deps) newSource(cfg *config.Config) source {
	if cfg.Local() {
		d.board.Git(func(g *status.Git) { g.URL = cfg.Git.Path })
		return &localSource{folder: cfg.Git.Path, presets: d.opts.Presets}
	}
	g := &gitSource{
		trees: d.slot.trees, folder: cfg.Git.Path, presets: d.opts.Presets, log: d.log,
		options: d.repoOptions,
	}
	g.configure(cfg)
	return g
}

// repoOptions are how the clone is made and kept.
func (d *deps) repoOptions(cfg *config.Config) (gitrepo.Options, error) {
	g := cfg.Git
	o := gitrepo.Options{
		URL: g.URL, Branch: g.Branch, PushBranch: g.Push.Branch, Dir: d.slot.clone,
		TokenFile: g.TokenFile, UserName: g.UserName, SSHKeyFile: g.SSHKeyFile, KnownHostsFile: g.KnownHostsFile,
		AuthorName: g.Author.Name, AuthorEmail: g.Author.Email, Log: d.log, Observe: d.metrics.Git,
	}
	for _, file := range g.Verify.Keys {
		key, err := os.ReadFile(file)
		if err != nil {
			return o, fmt.Errorf("read a key of git.verify: %w", err)
		}
		o.VerifyKeys = append(o.VerifyKeys, key)
	}
	return o, nil
}

// cutShort gives the channel that cuts short what is under way: when the user
// says so, or when the end of the daemon has taken long enough.
func cutShort(ctx context.Context, o Options) (abort chan struct{}, stop func()) {
	grace := o.Grace
	if grace == 0 {
		grace = 45 * time.Second
	}
	abort = make(chan struct{})
	over := make(chan struct{})
	var waiter sync.WaitGroup
	waiter.Go(func() {
		stopped := ctx.Done()
		var late <-chan time.Time
		for {
			select {
			case <-over:
				return
			case <-stopped:
				stopped, late = nil, time.After(grace)
				continue
			case <-o.Abort:
			case <-late:
				o.Log.Warn("changes under way take too long: they are cut short, and the next start goes on with them")
			}
			close(abort)
			return
		}
	})
	return abort, func() {
		close(over)
		waiter.Wait()
	}
}

// releaseAll lets others take the locks.
func (l *loop) releaseAll(ctx context.Context) {
	var all sync.WaitGroup
	for _, p := range l.payers {
		all.Go(func() {
			if err := p.runner.writer.Release(ctx); err != nil {
				l.log.Warn("the lock is not released; it runs out", "payer", p.runner.name, "error", err)
			}
		})
	}
	all.Wait()
}

// serve runs the loop with all that is around it.
func (l *loop) serve(ctx context.Context) error {
	started := time.Now()
	var beat atomic.Int64 // since started, so that a wall clock that jumps does not count
	l.beat = func() {
		beat.Store(int64(time.Since(started)))
		l.teller.systemd.status(l.line())
	}
	l.beat()
	alive := func() time.Time { return started.Add(time.Duration(beat.Load())) }
	around, cancel := context.WithCancel(context.WithoutCancel(ctx)) // until the last pass has ended
	defer cancel()
	server, err := l.listen(around, alive)
	if err != nil {
		return err
	}
	var helpers sync.WaitGroup
	helpers.Go(func() { l.teller.systemd.watch(around, alive) })
	helpers.Go(func() { l.watchFiles(around) })
	l.teller.systemd.ready()
	l.log.Info("daemon runs", "mode", l.cfg.Mode, "version", l.opts.Version, "listen", server.address())
	l.run(ctx)
	cancel()
	server.close()
	helpers.Wait()
	l.log.Info("daemon ends")
	return nil
}

// stopping tells of the end; what is under way goes on a while.
func (l *loop) stopping() {
	l.teller.systemd.stopping()
	running := 0
	for _, p := range l.payers {
		if p.running {
			running++
		}
	}
	l.log.Info("stopping: no new change starts, those under way end; a second signal cuts them short", "passesUnderWay", running)
}

// line is the state of the daemon in one line, for systemctl status.
func (l *loop) line() string {
	counts := map[string]int{}
	for _, p := range l.payers {
		state := "waiting"
		if p.outcome != nil {
			state = p.outcome.state
		}
		counts[state]++
	}
	s := fmt.Sprintf("%d payers", len(l.payers))
	if len(l.payers) == 1 {
		s = "1 payer"
	}
	for _, state := range []string{status.OK, status.Failed, status.Blocked, status.Guarded, status.FirstApply, status.Paused, status.Standby, "waiting"} {
		if counts[state] > 0 {
			s += fmt.Sprintf(", %d %s", counts[state], state)
		}
	}
	if l.view != nil && l.view.commit != "" {
		s += ", at " + words.Commit(l.view.commit)
	}
	return s
}

// rest gives memory back when nothing runs: a pass makes much garbage, and then
// there is nothing for minutes.
func (l *loop) rest() {
	for _, p := range l.payers {
		if p.running {
			return
		}
	}
	debug.FreeOSMemory()
}
