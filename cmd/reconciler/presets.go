package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/go-multierror"
	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

func (c *cli) presetsCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "presets",
		Short: "Lists and shows the vendor presets",
		Long: `presets lists what a payer file can use under its key presets: the presets that
come with reconciler, and those of the repository, in presets/ beside its payer
files.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := c.checkFormat("text", "json"); err != nil {
				return err
			}
			list, err := spec.Presets(dir, spec.Options{Presets: presets.FS})
			if werr := c.writePresets(list); werr != nil {
				return werr
			}
			return err
		},
	}
	c.formatFlags(cmd, "text", "json")
	cmd.Flags().StringVarP(&dir, "dir", "C", ".", "the folder `DIR` whose presets/ is looked into")
	cmd.AddCommand(c.presetsShowCommand())
	return cmd
}

// presetJSON is a preset as scripts read it.
type presetJSON struct {
	FormatVersion string          `json:"formatVersion,omitempty"`
	Name          string          `json:"name"`
	Vendor        string          `json:"vendor"`
	Description   string          `json:"description"`
	File          string          `json:"file"`
	Embedded      bool            `json:"embedded"` // it comes with reconciler
	Parameters    []parameterJSON `json:"parameters"`
	YAML          string          `json:"yaml,omitempty"`
}

type parameterJSON struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Description string   `json:"description"`
	Required    bool     `json:"required,omitempty"`
	Default     string   `json:"default,omitempty"` // as YAML
	Example     string   `json:"example,omitempty"` // as YAML
	Pattern     string   `json:"pattern,omitempty"`
	Enum        []string `json:"enum,omitempty"`
	Minimum     *int     `json:"minimum,omitempty"`
	Maximum     *int     `json:"maximum,omitempty"`
}

func presetOf(p spec.Preset) presetJSON {
	out := presetJSON{Name: p.Name, Vendor: p.Vendor, Description: p.Description, File: p.File, Embedded: p.Embedded, Parameters: []parameterJSON{}}
	for _, q := range p.Parameters {
		out.Parameters = append(out.Parameters, parameterJSON(q))
	}
	return out
}

func (c *cli) writePresets(list []spec.Preset) error {
	if c.format == "json" {
		out := struct {
			FormatVersion string       `json:"formatVersion"`
			Presets       []presetJSON `json:"presets"`
		}{"1.0", []presetJSON{}}
		for _, p := range list {
			out.Presets = append(out.Presets, presetOf(p))
		}
		return report.EncodeJSON(c.stdout, out)
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVENDOR\tDESCRIPTION")
	for _, p := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", report.Clean(p.Name), report.Clean(p.Vendor), report.Clean(p.Description))
	}
	return w.Flush()
}

// withPresets adds to the mistakes of payer files those in the presets beside
// them, used or not.
func withPresets(paths []string, found error) error {
	var all []error
	if found != nil {
		all = tell.Flat(found)
	}
	told := map[string]bool{}
	for _, e := range all {
		told[e.Error()] = true
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	more := 0
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			continue // it is among what was found
		}
		if !info.IsDir() {
			path = filepath.Dir(path)
		}
		_, err = spec.Presets(path, spec.Options{Presets: presets.FS})
		if err == nil {
			continue
		}
		for _, e := range tell.Flat(err) {
			if !told[e.Error()] {
				told[e.Error()] = true
				all, more = append(all, e), more+1
			}
		}
	}
	if more == 0 {
		return found
	}
	return multierror.Append(nil, all...)
}

// findPreset gives the preset of a name.
func findPreset(list []spec.Preset, name string) (spec.Preset, error) {
	best, near := 4, ""
	for _, p := range list {
		if p.Name == name {
			return p, nil
		}
		if d := levenshtein.Distance(name, p.Name, nil); d < best {
			best, near = d, p.Name
		}
		if strings.HasPrefix(p.Name, name+"/") && near == "" {
			near = p.Name
		}
	}
	hint := "reconciler presets lists them"
	if near != "" {
		hint = "did you mean " + near + "?"
	}
	return spec.Preset{}, hinted{fmt.Errorf("there is no preset %q", name), hint}
}

// onePreset is the Args of presets show.
func onePreset(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	err := errors.New("which preset?")
	if len(args) > 1 {
		err = fmt.Errorf("%d presets are too many: %s takes one", len(args), cmd.CommandPath())
	}
	return hinted{err, "reconciler presets lists them"}
}
