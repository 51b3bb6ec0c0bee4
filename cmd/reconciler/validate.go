package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

func (c *cli) validateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate [PATH…]",
		Short: "Checks payer files offline, every mistake at once",
		Long: `validate checks payer files without a call to AWS and prints every mistake as
file:line:column. What is right and may still be wrong is a warning, on standard
error; it leaves the exit code as it is. PATH is a payer file or a folder that
holds them.`,
		RunE: func(_ *cobra.Command, args []string) error {
			payers, err := c.load(args)
			if err := withPresets(args, err); err != nil {
				return err
			}
			c.warn(payers)
			for _, p := range payers {
				n := len(p.Accounts)
				for _, pool := range p.Pools {
					n += len(pool.Accounts)
				}
				ous := 0
				for range p.AllOUs() {
					ous++
				}
				fmt.Fprintf(c.stdout, "%s: %s (%s): %s, %s, %s\n", p.Pos.File, p.Name, p.AccountID,
					count(len(p.Policies), "policy", "policies"), count(ous, "OU", "OUs"), count(n, "account", "accounts"))
			}
			return nil
		},
	}
	c.payerFlags(cmd)
	return cmd
}

// warn prints what is right in the files and may still be wrong.
func (c *cli) warn(payers []*spec.Payer) {
	for _, p := range payers {
		for _, w := range p.Warnings {
			fmt.Fprintln(c.stderr, report.Clean(w.Warning()))
		}
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
