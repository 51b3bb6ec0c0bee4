package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

func (c *cli) accountsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accounts [PATH…]",
		Short: "Lists the accounts of the payer files as AWS has them",
		Long: `accounts lists the accounts that the payer files name, in file order, with the
id, the unit and the state that AWS has for them: "missing" where there is none
yet, "creating" where AWS is at it. It writes nothing. PATH is a payer file or a
folder that holds them; without it, the current folder.

Exit codes: 0 done, 1 an error; the accounts of the other payers are listed all
the same.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(c.checkFormat("text", "json", "csv"), noEmpty(cmd, "role")); err != nil {
				return err
			}
			payers, err := c.load(args)
			if err != nil {
				return err
			}
			a, err := c.connect(payers)
			if err != nil {
				return err
			}
			rows, failed := c.accountRows(cmd.Context(), payers, a)
			if err := report.WriteAccounts(c.stdout, rows, c.format, len(payers) > 1); err != nil {
				return err
			}
			if failed {
				return exit(1)
			}
			return nil
		},
	}
	c.payerFlags(cmd)
	c.awsFlags(cmd)
	c.roleFlag(cmd)
	c.formatFlags(cmd, "text", "json", "csv")
	return cmd
}

// accountRows reads one payer behind the other. What cannot be read is said,
// and does not stop the next.
func (c *cli) accountRows(ctx context.Context, payers []*spec.Payer, a *aws) (rows []report.AccountRow, failed bool) {
	for _, p := range payers {
		h := gitrepo.LocalHistory(p.Root)
		p.Run.Commit, p.Run.Changed = h.Commit(), h.Changed(p.Path)
		accounts, err := reconcile.Accounts(ctx, p, a.options())
		if err != nil {
			failed = true
			c.complainOf(p.Name, interrupted(ctx, err))
			continue
		}
		for _, r := range accounts {
			rows = append(rows, report.AccountRow{Payer: p.Name, MyID: r.MyID, Name: r.Name, AccountID: r.ID,
				Email: r.Email, OU: strings.TrimPrefix(r.OU, "ou/"), State: r.State, Pool: r.Pool})
		}
	}
	return rows, failed
}
