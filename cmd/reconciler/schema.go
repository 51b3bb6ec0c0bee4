package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/schema"
)

func (c *cli) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "schema [payer|plan]",
		Short:     "Prints the JSON Schema of the payer file, or of the JSON report",
		ValidArgs: []string{"payer", "plan"},
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		RunE: func(_ *cobra.Command, args []string) error {
			text := schema.Payer()
			if len(args) == 1 && args[0] == "plan" {
				text = schema.Plan()
			}
			_, err := fmt.Fprintf(c.stdout, "%s", text)
			return err
		},
	}
}
