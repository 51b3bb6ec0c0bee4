package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (c *cli) validateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate [PATH…]",
		Short: "Checks payer files offline, every mistake at once",
		Long: `validate checks payer files without a call to AWS and prints every mistake as
file:line:column. PATH is a payer file or a folder that holds them.`,
		RunE: func(_ *cobra.Command, args []string) error {
			payers, err := c.load(args)
			if err != nil {
				return err
			}
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

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
