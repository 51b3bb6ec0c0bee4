package planfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Of takes up the plan of a payer, as it was made of the live objects. Its CSVs
// are the caller's to add.
func Of(p *spec.Payer, plan *planner.Plan, live *resource.State) (Payer, error) {
	out := Payer{Name: p.Name, AccountID: p.AccountID, Commit: p.Run.Commit}
	var err error
	if out.Sources, err = sources(p); err != nil {
		return Payer{}, err
	}
	saved := *plan
	saved.Changes = slices.Clone(plan.Changes)
	for i := range saved.Changes {
		saved.Changes[i].Needs = nil
	}
	out.Plan = &saved
	out.Refers = refers(&saved, live)
	return out, nil
}

// sources are the payer's files with their digests.
func sources(p *spec.Payer) ([]Source, error) {
	all := make([]Source, 0, len(p.Sources))
	for _, name := range p.Sources {
		s, err := FileNow(p.Root, name)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// FileNow gives a file below root as it is now; one that is not there has no digest.
func FileNow(root, name string) (Source, error) {
	s := Source{Path: name}
	path := filepath.Join(root, filepath.FromSlash(name))
	info, err := os.Lstat(path)
	var b []byte
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		var to string
		to, err = os.Readlink(path)
		b = []byte("link " + to)
	case err == nil:
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return Source{}, fmt.Errorf("read %s: %w", name, err)
	}
	s.SHA256 = sum(b)
	return s, nil
}

// CheckSources says whether the payer, read now, is read from the same files
// with the same bytes, and is the same payer. It gives a [*StaleError] where not.
func (p *Payer) CheckSources(now *spec.Payer) error {
	stale := &StaleError{Payer: p.Name}
	if now.AccountID != p.AccountID {
		stale.add(Moved{Where: now.Pos.File, Field: "accountId", Was: p.AccountID, Is: now.AccountID})
	}
	have, err := sources(now)
	if err != nil {
		return err
	}
	stale.files(p.Sources, have)
	return stale.orNil()
}

// CheckFiles says the same of files whose payer could not be read any more.
func (p *Payer) CheckFiles(root string) error {
	stale := &StaleError{Payer: p.Name}
	var have []Source
	for _, was := range p.Sources {
		now, err := FileNow(root, was.Path)
		if err != nil {
			return err
		}
		have = append(have, now)
	}
	stale.files(p.Sources, have)
	return stale.orNil()
}

// files compares two lists of files, each sorted.
func (e *StaleError) files(was, is []Source) {
	byName := func(s Source, name string) int { return strings.Compare(s.Path, name) }
	for _, w := range was {
		i, there := slices.BinarySearchFunc(is, w.Path, byName)
		switch {
		case !there:
			e.add(Moved{Where: w.Path, Text: "the payer is not read from it any more"})
		case is[i].SHA256 == "" && w.SHA256 != "":
			e.add(Moved{Where: w.Path, Text: "is gone"})
		case is[i].SHA256 != w.SHA256:
			e.add(Moved{Where: w.Path, Text: "is not as it was when the plan was made"})
		}
	}
	for _, now := range is {
		if _, there := slices.BinarySearchFunc(was, now.Path, byName); !there {
			e.add(Moved{Where: now.Path, Text: "the payer was not read from it when the plan was made"})
		}
	}
}
