package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/outfile"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/snapshot"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

func (c *cli) snapshotCommand() *cobra.Command {
	var dir, out string
	cmd := &cobra.Command{
		Use:   "snapshot PAYER",
		Short: "Keeps what AWS has of a payer in a file, for plans without AWS",
		Long: `snapshot asks AWS what any plan of a payer may ask, and writes the answers as one
JSON file; plan --snapshot plans from it, without a call and without credentials.
It changes nothing in AWS. PAYER is a payer file, or the name of a payer under -C
DIR; of members it keeps the contacts and roles that the payer file names.

No credentials are in the file. All documents of policies are, with the external
ids in trust policies, and so are addresses of accounts and contacts: keep it from
whom you would not show these.

It only reads: --role takes the role for that, such as reconciler-plan, whose policy
reconciler bootstrap prints.`,
		Example: `  reconciler snapshot acme-labs --role reconciler-plan --out snapshots/
  reconciler plan --snapshot snapshots/`,
		Args: exactlyOnePayer,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noEmpty(cmd, "out", "role"); err != nil {
				return err
			}
			p, err := c.loadOne(dir, args[0])
			if err != nil {
				return err
			}
			path, err := placeSnapshot(out, p)
			if err != nil {
				return err
			}
			f, err := c.take(cmd.Context(), p)
			if err != nil {
				return interrupted(cmd.Context(), err)
			}
			return c.keepSnapshot(f, path)
		},
	}
	c.awsFlags(cmd)
	c.roleFlag(cmd)
	f := cmd.Flags()
	f.StringVarP(&dir, "dir", "C", ".", "the folder `DIR` whose payer files have the name PAYER")
	f.StringVar(&out, "out", "", "write to `FILE`, or to NAME.json in a folder, for its owner alone; an older snapshot there is replaced (default standard output)")
	return cmd
}

// take takes a snapshot of a payer.
func (c *cli) take(ctx context.Context, p *spec.Payer) (*snapshot.File, error) {
	c.warn([]*spec.Payer{p})
	a, err := c.connect([]*spec.Payer{p})
	if err != nil {
		return nil, err
	}
	h := gitrepo.LocalHistory(p.Root)
	p.Run.Commit, p.Run.Changed = h.Commit(), h.Changed(p.Path)
	var half *reconcile.HalfReadError
	return snapshot.Take(ctx, snapshot.Options{
		Payer: p.Name, AccountID: p.AccountID, Tool: version(),
		Open: func(ctx context.Context, answer snapshot.Answerer) (*cloud.Session, error) {
			o := a.sessionOptions(p)
			o.Answer = answer
			return cloud.Open(ctx, o)
		},
		Plan: func(ctx context.Context, s *cloud.Session) error {
			o := a.options()
			o.Open = func(context.Context, *spec.Payer) (*cloud.Session, error) { return s, nil }
			_, err := reconcile.Plan(ctx, p, o)
			return err
		},
		Settle: reconcile.Unsettled,
		Refuse: func(err error) bool { return errors.As(err, &half) },
		Told: func(err error) {
			c.say("the payer file cannot be planned as it is; the snapshot holds what AWS has all the same: %s", tell.Line(err))
		},
	})
}

// placeSnapshot finds the file that --out names, "" where there is none, before
// AWS is asked for minutes. A file that is there and is no snapshot stays: it may
// be a payer file, or a list of accounts.
func placeSnapshot(out string, p *spec.Payer) (path string, err error) {
	if out == "" {
		return "", nil
	}
	path = out
	if info, err := os.Stat(out); strings.HasSuffix(out, "/") || err == nil && info.IsDir() {
		path = filepath.Join(out, p.Name+".json")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		if _, err := snapshot.Read(path); err != nil {
			return "", hinted{fmt.Errorf("--out %s: what is there is no snapshot, and stays: %w", path, err), "another name, or remove it first"}
		}
	}
	return path, outfile.Check(path)
}

// keepSnapshot writes a snapshot to a path, or to standard output where it is "".
func (c *cli) keepSnapshot(f *snapshot.File, path string) error {
	for _, what := range f.Refused {
		c.say("AWS does not let %s %s; a plan that needs it fails", f.Caller, what)
	}
	if path == "" {
		return f.Write(c.stdout)
	}
	if err := f.Save(path); err != nil {
		return err
	}
	c.say("wrote %s: %s of %s (%s)", path, words.Count(len(f.Answers), "answer", "answers"), f.Payer, f.AccountID)
	return nil
}

// snapshotFlag is the flag of plan that leaves AWS out.
func (c *cli) snapshotFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&c.snapshots, "snapshot", nil,
		"plan from this `FILE` of reconciler snapshot, or from NAME.json in a folder, and call nothing (repeatable)")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		given := func(flag string) bool { return len(c.snapshots) > 0 && cmd.Flags().Changed(flag) }
		switch {
		case given("out"):
			return hinted{errors.New("--out with --snapshot: what is saved to be applied is what AWS itself shows"), "plan --out without --snapshot asks AWS"}
		case given("sandbox"), given("sandbox-state"), given("sandbox-quota"), given("role"), given("api-rate") && !c.ratesInFile():
			return hinted{errors.New("--snapshot calls nothing: neither AWS nor a simulated one"), "leave out --sandbox, --api-rate and --role"}
		}
		return nil
	}
}

// noSnapshot tells who applies to a snapshot that it cannot be.
func (c *cli) noSnapshot(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&c.snapshots, "snapshot", nil, "")
	_ = cmd.Flags().MarkHidden("snapshot")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if len(c.snapshots) > 0 {
			return hinted{errors.New("a snapshot cannot be applied to"), "plan --snapshot shows what an apply would do; apply asks AWS itself"}
		}
		return nil
	}
}
