package reconcile

import (
	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/inventory"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// pages writes the CSVs of one apply, while it runs and at its end. One
// goroutine owns it.
type pages struct {
	payer *spec.Payer
	began csvs // as they were before this apply wrote them
}

func (p *Planned) pages() *pages { return &pages{payer: p.Payer, began: csvs{}} }

// checkpoint writes the CSVs by the accounts that are ready so far, and tells
// of those that were written or could not be.
func (w *pages) checkpoint(have *resource.State, tell func([]File)) {
	var told []File
	for _, f := range w.payer.CSVs() {
		if out, _ := w.write(f, have); out.Changed || out.Err != nil {
			told = append(told, out)
		}
	}
	if len(told) > 0 && tell != nil {
		tell(told)
	}
}

// finish writes the CSVs for the last time, and says of each what the whole
// apply made of it. One that cannot be written does not stop the others; the
// error holds all that is wrong.
func (w *pages) finish(have *resource.State) ([]File, error) {
	var files []File
	var all *multierror.Error
	for _, f := range w.payer.CSVs() {
		out, b := w.write(f, have)
		if began, wrote := w.began[f.Path]; wrote && out.Err == nil {
			out = compareCSV(f, began, b)
		}
		if out.Err != nil {
			all = multierror.Append(all, out.Err)
		}
		files = append(files, out)
	}
	return files, all.ErrorOrNil()
}

// write writes one CSV where a byte of it differs from what is on disk, and
// gives the bytes that it has then.
func (w *pages) write(f spec.CSV, have *resource.State) (File, []byte) {
	old, err := readCSV(w.payer, f)
	if err != nil {
		return File{CSV: f, Err: err}, nil
	}
	out, b := newCSV(w.payer, f, have, old)
	if out.Err != nil || !out.Changed {
		return out, b
	}
	if out.Err = inventory.Write(w.payer.Root, f.Path, b); out.Err != nil {
		return out, nil
	}
	if _, wrote := w.began[f.Path]; !wrote {
		w.began[f.Path] = old
	}
	return out, b
}
