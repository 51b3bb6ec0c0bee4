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

// File is one CSV of a payer: as it is, and as it will be. One with an error is
// not written, and stays as it is.
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
		b, err := readCSV(p, f)
		if err != nil {
			return nil, err
		}
		old[f.Path] = b
	}
	return old, nil
}

func readCSV(p *spec.Payer, f spec.CSV) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(p.Root, filepath.FromSlash(f.Path)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", f.Path, err)
	}
	if _, err := inventory.IDs(file(f), b); err != nil {
		return nil, &spec.Error{Pos: f.Pos, Path: keyOf(p, f), Msg: fmt.Sprintf("%s is there and is not a CSV of ours: %v; name another file, "+
			"or, where only its columns changed, remove it by hand: it is written anew", f.Path, err)}
	}
	return b, nil
}

// keyOf is the key in the payer file that names a CSV.
func keyOf(p *spec.Payer, f spec.CSV) string {
	for i, pool := range p.Pools {
		if pool.CSV != nil && pool.CSV.Path == f.Path {
			return fmt.Sprintf("pools[%d].csv", i)
		}
	}
	return "pools"
}

// CheckCSVs says of every CSV that is on disk whether it is one of ours: a
// mistake in the payer file that needs no call to be found.
func CheckCSVs(p *spec.Payer) error {
	var all *multierror.Error
	for _, f := range p.CSVs() {
		if _, err := readCSV(p, f); err != nil {
			all = multierror.Append(all, err)
		}
	}
	return all.ErrorOrNil()
}

func file(f spec.CSV) inventory.File {
	return inventory.File{Path: f.Path, Columns: f.Columns, Header: f.Header}
}

// AccountsIn counts the accounts that the CSVs of a payer name, as read gives
// these by their path; one that is not of ours names none.
func AccountsIn(p *spec.Payer, read func(path string) ([]byte, error)) (int, error) {
	ids, err := knownIDs(p, nil, func(_ *spec.Payer, path string) ([]byte, error) { return read(path) })
	return len(ids), err
}

// knownIDs gives the account ids in the payer's CSVs, as they are and as they
// are committed: one that was emptied or removed by mistake knows them still.
func knownIDs(p *spec.Payer, old csvs, committed func(*spec.Payer, string) ([]byte, error)) ([]string, error) {
	seen := map[string]bool{}
	var ids []string
	add := func(f spec.CSV, b []byte) {
		some, err := inventory.IDs(file(f), b)
		if err != nil {
			return // committed, and not ours; readCSVs has refused such a file on disk
		}
		for _, id := range some {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	for _, f := range p.CSVs() {
		add(f, old[f.Path])
		if committed == nil {
			continue
		}
		b, err := committed(p, f.Path)
		if err != nil {
			return nil, err
		}
		add(f, b)
	}
	return ids, nil
}

// previewCSVs counts the rows that an apply would add and remove.
func previewCSVs(p *Planned, old csvs) []File {
	after := afterPlan(p.Plan, p.Live)
	var files []File
	for _, f := range p.Payer.CSVs() {
		out, _ := newCSV(p.Payer, f, after, old[f.Path])
		files = append(files, out)
	}
	return files
}

// newCSV gives the bytes of one CSV, and what differs from those of old.
func newCSV(p *spec.Payer, f spec.CSV, have *resource.State, old []byte) (File, []byte) {
	b, err := content(p, f, have, old)
	if err != nil {
		return File{CSV: f, Err: err}, nil
	}
	return compareCSV(f, old, b), b
}

// compareCSV says what differs in one CSV.
func compareCSV(f spec.CSV, old, b []byte) (out File) {
	var err error
	if bytes.Equal(b, old) {
		return File{CSV: f}
	}
	out = File{CSV: f, Changed: true}
	if out.Add, out.Remove, err = inventory.Diff(old, b, file(f)); err != nil {
		return File{CSV: f, Err: fmt.Errorf("compare %s: %w", f.Path, err)}
	}
	return out
}

// afterPlan is the live state as it will be if every change that is not
// held is done. What has no id yet gets one that no account has.
func afterPlan(plan *planner.Plan, have *resource.State) *resource.State {
	after := have
	for i := range plan.Changes {
		c := &plan.Changes[i]
		if c.Ref.Kind != "account" || c.Held() || c.Want == nil {
			continue
		}
		if after == have {
			after = have.Clone()
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
