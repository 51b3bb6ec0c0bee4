package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/preflight"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

func (c *cli) preflightCommand() *cobra.Command {
	var dir string
	var detailed bool
	cmd := &cobra.Command{
		Use:   "preflight PAYER",
		Short: "Says what stands in the way of a first apply",
		Long: `preflight enters the payer and says what stands in the way of a first apply:
access, management account, features, policy types, account quota, policy slots,
Control Tower, foreign objects, guards, and what only a person can do. It reads
and changes nothing. PAYER is a payer file, or the name of a payer under -C DIR.

Exit codes: 0 done, 1 an error or a payer that cannot be entered; with
--detailed-exitcode 2 where a problem stands in the way.`,
		Args: exactlyOnePayer,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noEmpty(cmd, "role"); err != nil {
				return err
			}
			return c.preflight(cmd.Context(), dir, args[0], detailed)
		},
	}
	c.awsFlags(cmd)
	c.roleFlag(cmd)
	c.formatFlags(cmd, "text", "json")
	f := cmd.Flags()
	f.StringVarP(&dir, "dir", "C", ".", "the folder `DIR` whose payer files have the name PAYER")
	f.BoolVar(&detailed, "detailed-exitcode", false, "exit 2 where a problem stands in the way")
	return cmd
}

func (c *cli) preflight(ctx context.Context, dir, payer string, detailed bool) error {
	if err := c.checkFormat("text", "json"); err != nil {
		return err
	}
	p, err := c.loadOne(dir, payer)
	if err != nil {
		return err
	}
	a, err := c.connect([]*spec.Payer{p})
	if err != nil {
		return err
	}
	h := gitrepo.LocalHistory(p.Root)
	p.Run.Commit, p.Run.Changed = h.Commit(), h.Changed(p.Path)
	r, err := preflight.Run(ctx, p, a.options())
	if err != nil {
		return interrupted(ctx, err)
	}
	if err := c.writePreflight(r); err != nil {
		return err
	}
	switch {
	case r.Checks[0].State == preflight.Problem:
		return exit(1)
	case detailed && !r.Ready():
		return exit(2)
	}
	return nil
}

func (c *cli) writePreflight(r *preflight.Result) error {
	if c.format != "json" {
		return r.WriteText(c.stdout, preflight.TextOptions{Color: c.text(c.stdout).Color})
	}
	return report.EncodeJSON(c.stdout, r)
}
