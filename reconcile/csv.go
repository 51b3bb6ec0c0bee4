package reconcile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/inventory"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// File is one CSV of a payer: as it is, and as it will be.
type File struct {
	CSV         spec.CSV
	Add, Remove int  // rows
	Changed     bool // a byte differs
	Err         error
}

// csvs are the CSVs of a payer as they are on disk, by path; nil where there is none.
type csvs map[string][]byte

// readCSVs reads the CSVs. One that is there and is not ours is an error: it
// would be written over.
func readCSVs(p *spec.Payer) (csvs, error) {
	old := csvs{}
	for _, f := range p.CSVs() {
		b, err := os.ReadFile(filepath.Join(p.Root, filepath.FromSlash(f.Path)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", f.Path, err)
		}
		if _, err := inventory.IDs(file(f), b); err != nil {
			return nil, fmt.Errorf("%s: %s is there and is not a CSV of ours: %w; name another file, or remove it", f.Pos, f.Path, err)
		}
		old[f.Path] = b
	}
	return old, nil
}

func file(f spec.CSV) inventory.File {
	return inventory.File{Path: f.Path, Columns: f.Columns, Header: f.Header}
}

// KnownIDs gives the account ids in the payer's CSVs.
func KnownIDs(p *spec.Payer) ([]string, error) {
	old, err := readCSVs(p)
	if err != nil {
		return nil, err
	}
	return old.knownIDs(p), nil
}

func (c csvs) knownIDs(p *spec.Payer) []string {
	seen := map[string]bool{}
	var ids []string
	for _, f := range p.CSVs() {
		some, err := inventory.IDs(file(f), c[f.Path])
		if err != nil || c[f.Path] == nil {
			continue // readCSVs has refused such a file
		}
		for _, id := range some {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// previewCSVs counts the rows that an apply would add and remove.
func previewCSVs(p *Planned, old csvs) ([]File, error) {
	after := afterPlan(p.Plan, p.Live)
	var files []File
	for _, f := range p.Payer.CSVs() {
		b, err := content(p.Payer, f, after, old[f.Path])
		if err != nil {
			return nil, err
		}
		out := File{CSV: f, Changed: !bytes.Equal(b, old[f.Path])}
		if out.Add, out.Remove, err = inventory.Diff(old[f.Path], b, file(f)); err != nil {
			return nil, fmt.Errorf("compare %s: %w", f.Path, err)
		}
		files = append(files, out)
	}
	return files, nil
}

// writeCSVs writes those CSVs of which a byte differs.
func writeCSVs(p *Planned, have *resource.State) ([]File, error) {
	old, err := readCSVs(p.Payer)
	if err != nil {
		return nil, err
	}
	var files []File
	var all *multierror.Error
	for _, f := range p.Payer.CSVs() {
		out := File{CSV: f}
		b, err := content(p.Payer, f, have, old[f.Path])
		if err == nil {
			out.Add, out.Remove, err = inventory.Diff(old[f.Path], b, file(f))
		}
		out.Changed = !bytes.Equal(b, old[f.Path])
		if err == nil && out.Changed {
			err = inventory.Write(p.Payer.Root, f.Path, b)
		}
		if err != nil {
			out.Err = err
			all = multierror.Append(all, fmt.Errorf("write %s: %w", f.Path, err))
		}
		files = append(files, out)
	}
	return files, all.ErrorOrNil()
}

// afterPlan is the live state as it will be if every change that is not
// blocked is done. What has no id yet gets one that no account has.
func afterPlan(plan *planner.Plan, have *resource.State) *resource.State {
	after := have.Clone()
	for i := range plan.Changes {
		c := &plan.Changes[i]
		if c.Ref.Kind != "account" || c.Blocked != "" || c.Want == nil {
			continue
		}
		var o resource.Object
		if c.Have != nil {
			o = *c.Have
		} else {
			o = resource.Object{Ref: c.Ref}
		}
		attrs := resource.Attrs{}
		for k, v := range o.Attrs {
			attrs[k] = v
		}
		for k, v := range c.Want.Attrs {
			attrs[k] = v
		}
		o.Attrs = attrs
		if o.ID() == "" {
			o.Outputs = map[string]string{"id": fmt.Sprintf("%012d", i)}
		}
		after.Put(o)
	}
	return after
}
