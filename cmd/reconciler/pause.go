package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// A pause stands where the right to write stands: beside the payer's lease in
// its bucket, else in the state folder that the daemon has, too. Who can write
// there can pause.

// where says which payer is meant, and where its state folder is.
type where struct {
	dir, config, state string
	replace            bool // a pause of somebody's
}

func (c *cli) whereFlags(cmd *cobra.Command, w *where) {
	f := cmd.Flags()
	f.StringVarP(&w.dir, "dir", "C", ".", "the folder, `DIR`, that holds the payer files")
	f.StringVar(&w.config, "config", "", "the daemon's config `FILE`: it says where the payer files and the state folder are")
	c.stateFlag(cmd, &w.state)
	c.awsFlags(cmd)
}

// stateFlag is the flag of commands that write to payers, or stop who does.
func (c *cli) stateFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "state-dir", "", "the `DIR` of locks and pauses of payers without a lease (default $RECONCILER_STATE_DIR, else .reconciler under the repository's root)")
}

func (c *cli) pauseCommand() *cobra.Command {
	var w where
	var length time.Duration
	var reason string
	cmd := &cobra.Command{
		Use:   "pause PAYER",
		Short: "Stops every daemon and apply from writing to a payer",
		Long: `pause stops every daemon, and every apply, from writing to a payer until --for is
over or somebody resumes it. An apply that runs starts no new change within half
a minute. A daemon that is paused goes on planning and says who paused it and why;
it lets go of the payer's lease.

The pause stands beside the payer's lease, as KEY.pause in its bucket, else in the
state folder: then say which one the daemon has, by --config or --state-dir.
PAYER is a payer file, or the name of a payer in the folder -C DIR.`,
		Example: `  reconciler pause acme-labs --for 2h --reason "SCP detached by hand, see INC-42"
  sudo reconciler pause acme-labs --config /etc/reconciler/reconciler.yaml`,
		Args: exactlyOnePayer,
		RunE: func(cmd *cobra.Command, args []string) error {
			if length < 0 || cmd.Flags().Changed("for") && length < time.Minute {
				return hinted{fmt.Errorf("--for %s is too short to be a pause", length), "a minute at least, such as 30m or 2h; without --for it lasts until somebody resumes"}
			}
			return c.pause(cmd.Context(), w, args[0], lease.Pause{By: whoami(), Reason: strings.TrimSpace(reason), For: length})
		},
	}
	f := cmd.Flags()
	f.DurationVar(&length, "for", 0, "how long, a `TIME` such as 30m or 2h (default until somebody resumes)")
	f.StringVar(&reason, "reason", "", "why, a `TEXT` for whoever finds it paused")
	f.BoolVar(&w.replace, "replace", false, "put this pause in the place of one that there is")
	c.whereFlags(cmd, &w)
	return cmd
}

func (c *cli) resumeCommand() *cobra.Command {
	var w where
	cmd := &cobra.Command{
		Use:   "resume PAYER",
		Short: "Lets daemons and applies write to a paused payer again",
		Long: `resume ends the pause of a payer, whoever began it. A daemon sees it at its next
pass, within its interval; SIGHUP makes it look at once. A pause that stands in the
payer file itself (paused:) ends with a commit.`,
		Example: `  reconciler resume acme-labs
  sudo reconciler resume acme-labs --config /etc/reconciler/reconciler.yaml`,
		Args: exactlyOnePayer,
		RunE: func(cmd *cobra.Command, args []string) error { return c.resume(cmd.Context(), w, args[0]) },
	}
	c.whereFlags(cmd, &w)
	return cmd
}

func (c *cli) pause(ctx context.Context, w where, name string, p lease.Pause) error {
	return c.atPause(ctx, w, name, func(ctx context.Context, payer *spec.Payer, s lease.Store, at string) error {
		was, err := lease.ReadPause(ctx, s)
		switch {
		case err != nil:
			return err
		case was != nil && !w.replace:
			return hinted{fmt.Errorf("%s is %s", payer.Name, was), "--replace puts this pause in the place of that one"}
		case was != nil:
			c.say("%s was %s", payer.Name, was)
		}
		if err := lease.SetPause(ctx, s, p); err != nil {
			return err
		}
		now, err := lease.ReadPause(ctx, s)
		switch {
		case err != nil:
			return err
		case now == nil:
			return errors.New("it was paused, and somebody resumed it at once")
		}
		until := "until somebody resumes it"
		if !now.Until.IsZero() {
			until = "until " + clock(now.Until)
		}
		fmt.Fprintf(c.stdout, "%s is paused %s. A daemon that writes to it now stops within half a minute.\n", payer.Name, until)
		if at != "" {
			fmt.Fprintf(c.stdout, "It stands in the state folder %s:\na daemon or an apply that has another one does not see it (--config FILE of the daemon names its).\n", at)
		}
		fmt.Fprintf(c.stdout, "Go on with: reconciler resume %s\n", payer.Name)
		return nil
	})
}

func (c *cli) resume(ctx context.Context, w where, name string) error {
	return c.atPause(ctx, w, name, func(ctx context.Context, payer *spec.Payer, s lease.Store, at string) error {
		was, err := lease.ClearPause(ctx, s)
		switch {
		case err != nil:
			return err
		case was == nil && at != "":
			fmt.Fprintf(c.stdout, "%s was not paused in the state folder %s.\n", payer.Name, at)
		case was == nil:
			fmt.Fprintf(c.stdout, "%s was not paused.\n", payer.Name)
		default:
			fmt.Fprintf(c.stdout, "%s goes on; it was %s.\n", payer.Name, was)
		}
		if payer.Paused.At(time.Now()) {
			fmt.Fprintf(c.stdout, "Its file still pauses it: %s: paused: %s\n", payer.Paused.Pos, payer.Paused.Reason)
		}
		return nil
	})
}

// atPause finds the pause of a payer and does something with it. at is the state
// folder that has it, "" where it stands beside the lease.
func (c *cli) atPause(ctx context.Context, w where, name string, do func(ctx context.Context, p *spec.Payer, s lease.Store, at string) error) error {
	state := w.state
	if w.config != "" {
		cfg, err := loadServed(w.config)
		if err != nil {
			return err
		}
		if w.dir, c.root, err = payerFolder(cfg); err != nil {
			return err
		}
		if state == "" {
			state = cfg.StateDir
		}
	}
	p, err := c.loadOne(w.dir, name)
	if err != nil {
		return err
	}
	if p.Lease == nil {
		dir, err := stateDir(p, state)
		if err != nil {
			return err
		}
		return do(ctx, p, reconcile.PauseStore(nil, p, dir), dir)
	}
	a, err := c.connect([]*spec.Payer{p})
	if err != nil {
		return err
	}
	s, err := a.open(ctx, p)
	if err != nil {
		return err
	}
	return errors.Join(do(cloud.WithoutGate(ctx), p, reconcile.PauseStore(s, p, ""), ""), a.save())
}

// payerFolder is where a daemon reads payer files from: its folder, or the tree
// that it exported last, which is a repository without .git.
func payerFolder(cfg *config.Config) (dir, root string, err error) {
	if cfg.Local() {
		return cfg.Git.Path, "", nil
	}
	trees := filepath.Join(cfg.StateDir, "trees")
	all, err := os.ReadDir(trees)
	var newest string
	var at time.Time
	for _, e := range all {
		if info, err := e.Info(); err == nil && e.IsDir() && !strings.HasPrefix(e.Name(), ".") && info.ModTime().After(at) {
			newest, at = filepath.Join(trees, e.Name()), info.ModTime()
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("read what the daemon of %s has read: %w", cfg.File, err)
	}
	if newest == "" {
		return "", "", hinted{fmt.Errorf("the daemon of %s has read no payer files yet", cfg.File),
			"give the folder of the payer files by -C DIR, and the daemon's state folder by --state-dir"}
	}
	return filepath.Join(newest, filepath.FromSlash(cfg.Git.Path)), newest, nil
}

// stateDir is the folder of the locks and pauses of payers without a lease.
func stateDir(p *spec.Payer, flag string) (string, error) {
	if flag == "" {
		flag = os.Getenv("RECONCILER_STATE_DIR")
	}
	if flag != "" {
		return flag, nil
	}
	dir := filepath.Join(p.Root, ".reconciler")
	return dir, ownFolder(dir)
}

// ownFolder makes our own folder in a repository, which nobody commits.
func ownFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(ignore); err == nil {
		return nil
	}
	if err := os.WriteFile(ignore, []byte("*\n"), 0o644); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	return nil
}
