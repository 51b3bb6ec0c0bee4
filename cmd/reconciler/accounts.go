package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
)

func (c *cli) accountsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accounts [PATH…]",
		Short: "Lists the accounts of the payer files as AWS has them",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.checkFormat("text", "json", "csv"); err != nil {
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
			var rows []report.AccountRow
			for _, p := range payers {
				some, err := reconcile.Accounts(cmd.Context(), p, a.options())
				if err != nil {
					return err
				}
				for _, r := range some {
					rows = append(rows, report.AccountRow{Payer: p.Name, MyID: r.MyID, Name: r.Name, AccountID: r.ID,
						Email: r.Email, OU: strings.TrimPrefix(r.OU, "ou/"), State: r.State, Pool: r.Pool})
				}
			}
			return report.WriteAccounts(c.stdout, rows, c.format)
		},
	}
	c.payerFlags(cmd)
	c.awsFlags(cmd)
	c.formatFlags(cmd, "text, json or csv")
	return cmd
}
