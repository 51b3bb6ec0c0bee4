package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/schema"
)

// schemas are the JSON Schemas by name.
var schemas = map[string]func() []byte{
	"payer": schema.Payer, "preset": schema.Preset, "config": schema.Config, "plan": schema.Plan, "handoff": schema.Handoff, "preflight": schema.Preflight,
	"status": schema.Status, "explain": schema.Explain, "planfile": schema.Planfile, "snapshot": schema.Snapshot,
}

func (c *cli) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "schema [payer|preset|config|plan|handoff|preflight|status|explain|planfile|snapshot]",
		Short:     "Prints the JSON Schema of a file that the tool reads or writes, or of a JSON report",
		ValidArgs: []string{"payer", "preset", "config", "plan", "handoff", "preflight", "status", "explain", "planfile", "snapshot"},
		Args:      oneSchema,
		Long: `schema prints a JSON Schema: that of the payer file, of a preset file or of the
daemon's config file, for an editor with yaml-language-server, or that of what
plan and apply, handoff, preflight, status or explain print with --format json,
or that of the file which plan --out, or snapshot, writes. Without a name it is the
payer file's.`,
		RunE: func(_ *cobra.Command, args []string) error {
			name := "payer"
			if len(args) == 1 {
				name = args[0]
			}
			_, err := fmt.Fprintf(c.stdout, "%s", schemas[name]())
			return err
		},
	}
}

// oneSchema takes the name of a schema, or nothing.
func oneSchema(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return hinted{errors.New("schema takes one name"), choice(cmd.ValidArgs)}
	}
	for _, a := range args {
		if !slices.Contains(cmd.ValidArgs, a) {
			return hinted{fmt.Errorf("there is no schema %q", a), choice(cmd.ValidArgs)}
		}
	}
	return nil
}
