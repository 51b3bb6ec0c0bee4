package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

func (c *cli) presetsShowCommand() *cobra.Command {
	var dir, payer string
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Prints a preset, or what it says in a payer file",
		Long: `show prints a preset: its parameters as a table, in comments, then the file. With
--payer it prints what the preset expands to in that payer file, with the
parameters filled in: keys of a payer file, as they could stand there instead.
PAYER is a payer file, or the name of a payer under -C DIR.`,
		Example: `  reconciler presets show vocareum/advanced
  reconciler presets show vocareum/advanced --payer acme-labs`,
		Args: onePreset,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := c.checkFormat("text", "json"); err != nil {
				return err
			}
			if payer != "" {
				return c.showExpansion(dir, payer, args[0])
			}
			list, broken := spec.Presets(dir, spec.Options{Presets: presets.FS})
			p, err := findPreset(list, args[0])
			switch {
			case err != nil && broken != nil:
				return broken
			case err != nil:
				return err
			}
			return c.showPreset(p)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			list, _ := spec.Presets(dir, spec.Options{Presets: presets.FS})
			for _, p := range list {
				names = append(names, p.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.formatFlags(cmd, "text", "json")
	f := cmd.Flags()
	f.StringVarP(&dir, "dir", "C", ".", "the folder `DIR` whose presets/ and payer files are looked into")
	f.StringVar(&payer, "payer", "", "show what the preset says in this payer file, or in the payer of this name, `PAYER`")
	return cmd
}

// showPreset prints a preset. Its text form is YAML, the table a comment in it.
func (c *cli) showPreset(p spec.Preset) error {
	if c.format == "json" {
		out := presetOf(p)
		out.FormatVersion, out.YAML = "1.0", string(p.Text)
		return report.EncodeJSON(c.stdout, out)
	}
	fmt.Fprintf(c.stdout, "# %s (%s): %s\n#\n", report.Clean(p.Name), report.Clean(p.Vendor), report.Clean(p.Description))
	if len(p.Parameters) == 0 {
		fmt.Fprint(c.stdout, "# It has no parameters.\n")
	} else {
		var table bytes.Buffer
		w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "PARAMETER\tTYPE\tDEFAULT\tWHAT IT IS")
		for _, q := range p.Parameters {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", report.Clean(q.Name), q.Type, report.Clean(otherwise(q)), report.Clean(purpose(q)))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		for line := range strings.Lines(table.String()) {
			fmt.Fprint(c.stdout, "# "+line)
		}
	}
	return c.writeYAML("\n" + string(p.Text))
}

// writeYAML prints YAML that somebody may have written to fool a terminal.
func (c *cli) writeYAML(text string) error {
	for line := range strings.Lines(text) {
		if _, err := fmt.Fprintln(c.stdout, report.Clean(strings.TrimRight(line, "\r\n"))); err != nil {
			return err
		}
	}
	return nil
}

// otherwise is what a parameter is where nobody gives it.
func otherwise(q spec.Parameter) string {
	switch {
	case q.Required:
		return "(required)"
	case q.Default == "":
		return "(none)"
	}
	return q.Default
}

// purpose says what a parameter is for, and what it may be.
func purpose(q spec.Parameter) string {
	s := q.Description
	if len(q.Enum) > 0 {
		s += ": " + choice(q.Enum)
	}
	if q.Example != "" && q.Example != q.Default {
		s += "; such as " + q.Example
	}
	return s
}

// showExpansion prints what a preset says in a payer file. It does so beside
// mistakes in that file, which are told behind it.
func (c *cli) showExpansion(dir, payer, name string) error {
	o := spec.Options{Presets: presets.FS}
	path := dir
	if info, err := os.Stat(payer); err == nil && !info.IsDir() {
		path = payer
	} else {
		o.Only = []string{payer}
	}
	all, err := spec.Expansions([]string{path}, o)
	list := slices.DeleteFunc(slices.Clone(all), func(x spec.Expansion) bool { return x.Preset != name })
	switch {
	case len(list) == 0 && err != nil:
		return hintAtPath(err)
	case len(list) == 0:
		var used []string
		for _, x := range all {
			used = append(used, x.Preset)
		}
		hint := "it uses none"
		if len(used) > 0 {
			hint = "it uses " + strings.Join(slices.Compact(used), ", ")
		}
		return hinted{fmt.Errorf("%s does not use the preset %q", payer, name), hint}
	}
	if werr := c.writeExpansions(list); werr != nil {
		return werr
	}
	return err
}

func (c *cli) writeExpansions(list []spec.Expansion) error {
	type expansion struct {
		Use  string `json:"use"` // file:line
		YAML string `json:"yaml"`
	}
	out := struct {
		FormatVersion string      `json:"formatVersion"`
		Payer         string      `json:"payer"`
		Preset        string      `json:"preset"`
		Expansions    []expansion `json:"expansions"`
	}{"1.0", list[0].Payer, list[0].Preset, nil}
	for i, x := range list {
		out.Expansions = append(out.Expansions, expansion{x.Pos.String(), string(x.YAML)})
		if c.format == "json" {
			continue
		}
		if i > 0 {
			fmt.Fprintln(c.stdout, "---")
		}
		fmt.Fprintf(c.stdout, "# %s in %s\n", report.Clean(x.Preset), report.Clean(x.Pos.String()))
		if err := c.writeYAML(string(x.YAML)); err != nil {
			return err
		}
	}
	if c.format == "json" {
		return report.EncodeJSON(c.stdout, out)
	}
	return nil
}
