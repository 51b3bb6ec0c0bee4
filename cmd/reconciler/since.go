package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// A change touches a payer where a file that it is read from differs, or a CSV
// of it: one that it has now, or one that it had before, so that a document which
// is not named any more counts too. A payer that had no sound form before is
// touched, and so is one that has none now, unless it had none before and no
// file of its mistakes differs: a pull request does not answer for those.

// scope is what a plan is about: payers, and what there is to say beside them.
type scope struct {
	payers  []*spec.Payer
	notices []report.Notice            // of no payer that can be planned
	of      map[string][]report.Notice // by the payers that can
	was     map[string]*spec.Payer     // what those were before, as far as they were sound
	// beside are payers that the change touches and that cannot be planned: gone
	// by now, or with mistakes. The comment of a pull request is of them too.
	beside []string
	root   string // of the first repository
}

// loadFor reads the payer files that the call is about; none where nothing is
// touched. With an error the scope has what there is to say all the same.
func (c *cli) loadFor(ctx context.Context, paths []string) (*scope, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	load := c.loadTouched
	if c.since == "" {
		load = c.loadWhole
	}
	s, err := load(ctx, paths)
	if root, lost := rootOf(paths[0]); lost == nil {
		s.root = root
	}
	return s, err
}

func (c *cli) loadWhole(_ context.Context, paths []string) (*scope, error) {
	payers, err := c.load(paths)
	return &scope{payers: payers, beside: namesOf(spec.Broken(err))}, err
}

// namesOf are the names that broken files bear, as far as these can be told.
func namesOf(broken []spec.BrokenFile) []string {
	var names []string
	for _, b := range broken {
		if b.Payer != "" {
			names = append(names, b.Payer)
		}
	}
	return names
}

// loadTouched reads the payer files, and gives the payers that are touched by
// what the work tree changed since it parted from the commit of --changed-since.
func (c *cli) loadTouched(ctx context.Context, paths []string) (*scope, error) {
	t := &touched{ref: c.since, only: c.payers, paths: paths}
	t.payers, t.err = spec.Load(paths, spec.Options{Only: c.payers, Presets: presets.FS})
	for _, path := range paths {
		root, err := rootOf(path)
		switch {
		case err != nil:
			return &scope{beside: namesOf(spec.Broken(t.err))}, errors.Join(t.err, err)
		case slices.ContainsFunc(t.all, func(ch *changes) bool { return ch.root == root }):
			continue
		}
		ch, err := changesIn(ctx, root, c.since, paths)
		if err != nil {
			return &scope{beside: namesOf(spec.Broken(t.err))}, hintAtRef(err)
		}
		t.all = append(t.all, ch)
	}
	s, err := t.scope(ctx)
	if c.format != "text" || err != nil { // the report may have gone to a file
		c.sayNotices(s)
	}
	return s, err
}

// touched finds out what a change touches.
type touched struct {
	ref    string
	only   []string // --payer
	paths  []string
	payers []*spec.Payer
	err    error // of the files
	all    []*changes

	s        *scope
	ours     []spec.BrokenFile   // that the change has to answer for
	old      map[spec.Error]bool // mistakes of the others,
	oldFiles []string            // which are these,
	oldNames []string            // and bear these names, "" where it cannot be told
}

// scope gives the payers that are touched, or else the mistakes that the change
// has to answer for.
func (t *touched) scope(ctx context.Context) (*scope, error) {
	t.s, t.old = &scope{of: map[string][]report.Notice{}, was: map[string]*spec.Payer{}}, map[spec.Error]bool{}
	broken, err := t.brokenFiles()
	if err != nil {
		return t.s, err
	}
	if err := t.findSound(ctx); err != nil {
		return t.s, err
	}
	gone, err := t.tellGone()
	if err != nil {
		return t.s, err
	}
	t.s.notices = append(t.s.notices, broken...)
	var all *multierror.Error
	for _, p := range t.payers {
		ch := t.changesOf(p)
		was := ch.before.payers[p.Name]
		is, err := ch.touch(p, was)
		switch {
		case err != nil:
			return t.s, err
		case !is:
			continue
		}
		t.s.payers, t.s.was[p.Name] = append(t.s.payers, p), ch.wasOf(p)
		all = multierror.Append(all, reconcile.CheckCSVs(p))
		moved, err := ch.baseMoved(p, t.ref)
		if err != nil {
			return t.s, err
		}
		t.s.of[p.Name] = append(t.s.of[p.Name], moved...)
	}
	return t.s, multierror.Append(t.mistakes(gone), all.WrappedErrors()...).ErrorOrNil()
}

func (t *touched) changesOf(p *spec.Payer) *changes {
	return t.all[slices.IndexFunc(t.all, func(ch *changes) bool { return ch.root == p.Root })]
}

// brokenFiles finds those that the change has to answer for, and gives the
// notices of the others.
func (t *touched) brokenFiles() (notices []report.Notice, err error) {
	for _, b := range spec.Broken(t.err) {
		if !slices.ContainsFunc(b.Errors, func(e *spec.Error) bool { return !e.None }) {
			continue
		}
		inherited, err := inheritedIn(b, t.all)
		switch {
		case err != nil:
			return nil, err
		case inherited:
			notices = append(notices, brokenBefore(b))
			for _, e := range b.Errors {
				t.old[*e] = true
			}
			t.oldFiles, t.oldNames = append(t.oldFiles, b.File), append(t.oldNames, b.Payer)
			continue
		}
		b.Payer = t.bears(b)
		t.ours = append(t.ours, b)
		if !t.byAnother(b) {
			t.s.beside = append(t.s.beside, namesOf([]spec.BrokenFile{b})...)
		}
	}
	for _, b := range t.ours {
		for _, e := range b.Errors {
			delete(t.old, *e)
		}
	}
	return notices, nil
}

// bears gives the name of the payer that a broken file is of, or was of before.
func (t *touched) bears(b spec.BrokenFile) string {
	if b.Payer != "" {
		return b.Payer
	}
	return t.wasOf(b.File)
}

// wasOf gives the payer that a file was of before, "" where it was of none.
func (t *touched) wasOf(file string) string {
	for _, ch := range t.all {
		for name, was := range ch.before.payers {
			if was.Pos.File == file {
				return name
			}
		}
	}
	return ""
}

// byAnother says that only the payer files of others hold a file back: the
// change touches those.
func (t *touched) byAnother(b spec.BrokenFile) bool {
	return !slices.ContainsFunc(b.Errors, func(e *spec.Error) bool { return e.File == b.File || t.wasOf(e.File) == "" })
}

// mistakes are those that the change has to answer for, and what was asked for
// and is neither there nor was before.
func (t *touched) mistakes(gone []string) *multierror.Error {
	var m, kept *multierror.Error
	if !errors.As(t.err, &m) {
		return nil
	}
	for _, err := range m.Errors {
		var e *spec.Error
		if errors.As(err, &e) {
			switch {
			case e.None && t.left(e, gone),
				t.old[*e], e.More > 0 && slices.Contains(t.oldFiles, e.File):
				continue
			case e.Line == 0 && e.Path == "":
				err = hintAtPath(err)
			}
		}
		kept = multierror.Append(kept, err)
	}
	return kept
}

// left says that what is not there was there before, and is told as gone.
func (t *touched) left(e *spec.Error, gone []string) bool {
	if e.File != "--payer" {
		return len(gone) > 0 && slices.ContainsFunc(t.all, func(ch *changes) bool { return ch.was[e.File] })
	}
	return !slices.ContainsFunc(t.only, func(name string) bool {
		return !slices.Contains(gone, name) && !slices.Contains(t.s.beside, name) &&
			!slices.ContainsFunc(t.payers, func(p *spec.Payer) bool { return p.Name == name })
	})
}

// hintAtRef says what to do where a clone lacks the commit.
func hintAtRef(err error) error {
	var e *gitrepo.UnknownError
	said := fmt.Errorf("--changed-since: %w", err)
	switch {
	case errors.Is(err, gitrepo.ErrNoGit):
		return hinted{said, "give --changed-since in a clone; without it every payer is planned"}
	case !errors.As(err, &e):
		return err
	case e.Meant != "":
		return hinted{said, "say " + e.Meant}
	case e.Unrelated:
		return hinted{said, "name the branch that this one came from; where there is none, plan without --changed-since"}
	}
	return hinted{said,
		"fetch it, with all that leads to it: fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 in GitLab CI, `git fetch --unshallow` by hand"}
}
