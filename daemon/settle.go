package daemon

import (
	"errors"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/spec"
)

// loaded is what was read of a folder of payer files at one commit.
type loaded struct {
	commit, tree string
	payers       []*spec.Payer
	err          error // of spec.Load
	// digest names the content of all that a payer was read from.
	digest func(p *spec.Payer) (string, error)
}

// settle makes the entries of a view: the sound payers as they were read, and
// those whose files are not sound as they were in old. The error within is what
// belongs to no payer in force.
func settle(l loaded, old map[string]*entry) (entries map[string]*entry, unclaimed, err error) {
	entries = map[string]*entry{}
	for _, p := range l.payers {
		digest, err := l.digest(p)
		if err != nil {
			return nil, nil, err
		}
		entries[p.Name] = &entry{name: p.Name, file: below(l.tree, p.Path), payer: p, commit: l.commit, tree: l.tree, digest: digest}
	}
	broken := spec.Broken(l.err)
	said := map[string]bool{}
	for name, was := range old {
		if entries[name] != nil {
			continue
		}
		b := find(broken, was)
		if b == nil {
			continue // it is in no file any more
		}
		said[b.File] = true
		now := *was
		now.broken = together(b.Errors)
		entries[name] = &now
	}
	var rest []*spec.Error
	for _, b := range broken {
		if !said[b.File] {
			rest = append(rest, b.Errors...)
		}
	}
	if len(rest) > 0 || l.err != nil && len(broken) == 0 {
		unclaimed = together(rest)
		if len(rest) == 0 {
			unclaimed = l.err
		}
	}
	return entries, unclaimed, nil
}

// find gives the broken file of a payer: one that bears its name, else its own
// file, or any other, that is broken so far that nobody can tell its name: then
// it may be this payer's, and it is not given up.
func find(broken []spec.BrokenFile, was *entry) *spec.BrokenFile {
	var nameless *spec.BrokenFile
	for i := range broken {
		b := &broken[i]
		switch {
		case b.Payer == was.name:
			return b
		case b.Payer == "" && (nameless == nil || b.File == was.file):
			nameless = b
		}
	}
	return nameless
}

// together makes one error of mistakes, each once, nil of none.
func together(list []*spec.Error) error {
	var all *multierror.Error
	seen := map[string]bool{}
	for _, e := range list {
		if text := e.Error(); !seen[text] {
			seen[text] = true
			all = multierror.Append(all, e)
		}
	}
	return all.ErrorOrNil()
}

// mistakes gives the mistakes that an error is made of.
func mistakes(err error) []*spec.Error {
	var many *multierror.Error
	if !errors.As(err, &many) {
		return nil
	}
	var all []*spec.Error
	for _, e := range many.Errors {
		var one *spec.Error
		if errors.As(e, &one) {
			all = append(all, one)
		}
	}
	return all
}

// pathError is the error of a folder that holds no payer files.
type pathError struct {
	folder string // as git.path names it
	err    error  // of spec.Load
}

func (e *pathError) Error() string {
	why := e.err.Error()
	if m := mistakes(e.err); len(m) == 1 {
		why = m[0].Msg
	}
	return "git.path " + e.folder + ": " + why
}

// noFile says that an error of spec.Load is not of payer files, but of the folder
// that holds them.
func noFile(err error) bool { return err != nil && len(spec.Broken(err)) == 0 }
