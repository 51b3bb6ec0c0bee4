package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon"
	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/spec"
)

func (c *cli) daemonCommand() *cobra.Command {
	var file, mode string
	var once bool
	cmd := &cobra.Command{
		Use:   "daemon --config FILE",
		Short: "Keeps AWS equal to a git repository, for months",
		Long: `daemon keeps the payers of a git repository equal to its main branch: it makes a
pass over each on a timer, on a new commit, on a webhook and on SIGHUP, and
commits the CSVs of the accounts back. With mode: plan in the config, which is
the default, it only reports.

It is made for systemd: see "Run it under systemd" in the documentation. The log
goes to standard error, a line of JSON for each write to AWS to standard output.

SIGHUP reads the config again and looks at everything. SIGTERM or Ctrl-C: no new
change starts, those under way end or are left to AWS, the CSVs are committed; a
second one cuts these short too. Killed at any moment, it goes on at the next
start, and makes nothing twice.

Exit codes: 0 ended as it was told, 1 it cannot run, or, with --once, a payer failed.`,
		Example: `  reconciler daemon --config /etc/reconciler/reconciler.yaml
  reconciler daemon --config reconciler.yaml --once --mode plan
  reconciler daemon --config examples/daemon/local.yaml --sandbox`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return hinted{errors.New("which config?"), "reconciler daemon --config FILE; examples/daemon/reconciler.yaml is one with every key explained"}
			}
			if !cmd.Flags().Changed("log-level") {
				c.logLevel = "info"
				if err := c.setUp(); err != nil {
					return err
				}
			}
			return c.daemon(cmd.Context(), file, mode, once)
		},
	}
	f := cmd.Flags()
	f.StringVar(&file, "config", "", "the config `FILE`")
	f.StringVar(&mode, "mode", "", "plan or apply, instead of the config's `MODE`")
	f.BoolVar(&once, "once", false, "make one pass over every payer and end")
	c.awsFlags(cmd)
	f.Lookup("sandbox-state").Usage = "the `FILE` that holds the simulated AWS (default sandbox.json in the state folder)"
	return cmd
}

// daemon runs the daemon until it is told to end.
func (c *cli) daemon(ctx context.Context, file, mode string, once bool) error {
	load := func() (*config.Config, error) {
		cfg, err := config.Load(file, os.Getenv)
		if err != nil {
			return nil, err
		}
		return withMode(cfg, mode)
	}
	cfg, err := load()
	if err != nil {
		return err
	}
	if err := c.checkFlags(); err != nil {
		return err
	}
	a, err := c.connectDaemon(cfg)
	if err != nil {
		return err
	}
	defer a.keepSaving()()
	defer a.network.Close()
	trail, err := openTrail(c.stdout, cfg)
	if err != nil {
		return err
	}
	err = daemon.Run(ctx, daemon.Options{
		Config: cfg, Reload: load, Open: a.enter, Kinds: kinds.All(), Presets: presets.FS, Version: version(), Who: whoami(), Log: c.log,
		Audit: trail.add, Reopened: trail.reopen, Hangup: hangups(ctx), Abort: c.abort, Once: once,
	})
	return errors.Join(err, trail.close(), a.save())
}

// withMode puts the mode of a flag in the place of the config's.
func withMode(cfg *config.Config, mode string) (*config.Config, error) {
	switch mode {
	case "":
		return cfg, nil
	case "plan", "apply":
		other := *cfg
		other.Mode = mode
		return &other, nil
	}
	return nil, hinted{fmt.Errorf("--mode %q is none", mode), "plan or apply"}
}

// connectDaemon makes the way to AWS for whatever payers the repository has.
func (c *cli) connectDaemon(cfg *config.Config) (*aws, error) {
	a := &aws{c: c, network: cloud.NewNetwork(), limits: cloud.Limits{Rates: c.rates}}
	if !c.sandbox {
		if c.sandboxState != "" || c.sandboxQuota != 0 {
			return nil, hinted{errSandboxFlags, "add --sandbox"}
		}
		return a, nil
	}
	a.statePath = c.sandboxState
	if a.statePath == "" {
		a.statePath = filepath.Join(cfg.StateDir, "sandbox.json")
	}
	if err := os.MkdirAll(filepath.Dir(a.statePath), 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the sandbox: %w", err)
	}
	o := awssim.Options{Quota: c.sandboxQuota}
	if c.log.Enabled(context.Background(), slog.LevelDebug) { // a line for each call would bury the daemon's own
		o.Log = c.log
	}
	sim, err := awssim.Load(a.statePath, o)
	if err != nil {
		return nil, err
	}
	a.sim = sim
	return a, nil
}

// enter opens a session for a pass of the daemon.
func (a *aws) enter(ctx context.Context, p *spec.Payer, e daemon.Entry) (*cloud.Session, error) {
	a.admit(p)
	o := a.sessionOptions(p)
	o.Gate, o.Observe, o.Audit, o.WriteLevel = e.Gate, e.Observe, e.Audit, slog.LevelDebug
	return cloud.Open(ctx, o)
}

// hangups tells of every SIGHUP until ctx ends; several that come at once are one.
func hangups(ctx context.Context) <-chan struct{} {
	signals, out := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		defer signal.Stop(signals)
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
			}
			select {
			case <-ctx.Done():
				return
			case out <- struct{}{}:
			}
		}
	}()
	return out
}

// whoami is the user and the host, for whoever finds what we hold or paused.
func whoami() string {
	name := os.Getenv("SUDO_USER")
	if u, err := user.Current(); err == nil && name == "" {
		name = u.Username
	}
	if name == "" {
		name = fmt.Sprintf("uid %d", os.Getuid())
	}
	host, err := os.Hostname()
	if err != nil {
		return name
	}
	return name + "@" + host
}

// clock is a time as people read it.
func clock(t time.Time) string { return t.Local().Format("2006-01-02 15:04 MST") }
