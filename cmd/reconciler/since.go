package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// A change touches a payer where a file that it is read from differs: one that
// it is read from now, or one that it was read from before, so that a document
// which is not named any more counts too. A payer that had no sound form before
// is touched, and so is one that has none now, unless it had none before and no
// file of its mistakes differs: a pull request does not answer for those.

// loadFor reads the payer files that the call is about; none where nothing is touched.
func (c *cli) loadFor(ctx context.Context, paths []string) ([]*spec.Payer, error) {
	if c.since == "" {
		return c.load(paths)
	}
	return c.loadTouched(ctx, c.since, paths)
}

// sayUntouched says in words that there is no plan to make, where there is none.
func (c *cli) sayUntouched(r *report.Report) (said bool, err error) {
	if c.since == "" || len(r.Payers) > 0 || c.format != "text" {
		return false, nil
	}
	_, err = fmt.Fprintf(c.stdout, "No payer is touched by what changed since %s.\n", report.Clean(c.since))
	return true, err
}

// loadTouched reads the payer files, and gives the payers that are touched by
// what the work tree changed since it parted from the commit ref.
func (c *cli) loadTouched(ctx context.Context, ref string, paths []string) ([]*spec.Payer, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	payers, err := spec.Load(paths, spec.Options{Only: c.payers, Presets: presets.FS})
	if err != nil {
		err = hintAtPath(err)
	}
	changes := map[string]*changes{} // by root
	for _, path := range paths {
		root, lost := spec.Root(path)
		switch {
		case lost != nil:
			return nil, errors.Join(err, lost)
		case changes[root] != nil:
			continue
		}
		if changes[root], lost = changesIn(ctx, root, ref, paths); lost != nil {
			return nil, hintAtRef(lost)
		}
	}
	if err := c.oursOf(err, changes); err != nil {
		return nil, err
	}
	var kept []*spec.Payer
	var all *multierror.Error
	for _, p := range payers {
		touched, err := changes[p.Root].touch(p)
		if err != nil {
			return nil, err
		}
		if touched {
			kept = append(kept, p)
			all = multierror.Append(all, reconcile.CheckCSVs(p))
		}
	}
	c.tellGone(payers, err, changes)
	return kept, all.ErrorOrNil()
}

// changes are those of one repository.
type changes struct {
	past   *gitrepo.Past
	before map[string]*spec.Payer // the sound ones at the commit, by name
}

// changesIn finds out what a repository was like at the commit.
func changesIn(ctx context.Context, root, ref string, paths []string) (*changes, error) {
	past, err := gitrepo.LocalHistory(root).Since(ref)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "reconciler-")
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", past.Commit(), err)
	}
	defer os.RemoveAll(temp)
	base := filepath.Join(temp, "base")
	if err := past.Export(ctx, base); err != nil {
		return nil, err
	}
	var there []string
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", path, err)
		}
		rel, err := filepath.Rel(root, abs)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			continue // in another repository
		}
		if _, err := os.Stat(filepath.Join(base, rel)); err == nil {
			there = append(there, filepath.Join(base, rel))
		}
	}
	out := &changes{past: past, before: map[string]*spec.Payer{}}
	if len(there) == 0 {
		return out, nil
	}
	sound, _ := spec.Load(there, spec.Options{Root: base, Presets: presets.FS}) // what was broken then is not among them
	for _, p := range sound {
		out.before[p.Name] = p
	}
	return out, nil
}

// touch says whether a payer is touched.
func (ch *changes) touch(p *spec.Payer) (bool, error) {
	was := ch.before[p.Name]
	if was == nil {
		return true, nil
	}
	return ch.differs(append(slices.Clone(p.Sources), was.Sources...)...)
}

func (ch *changes) differs(paths ...string) (bool, error) {
	for _, path := range paths {
		if differs, err := ch.past.Differs(path); differs || err != nil {
			return differs, err
		}
	}
	return false, nil
}

// oursOf leaves of the mistakes those that the change has to answer for, and
// warns of the others.
func (c *cli) oursOf(err error, all map[string]*changes) error {
	if err == nil {
		return nil
	}
	old := map[*spec.Error]bool{}
	for _, b := range spec.Broken(err) {
		inherited, lost := inheritedIn(b, all)
		if lost != nil {
			return lost
		}
		if inherited {
			c.say("warning: %s was broken before, and is left out; `reconciler validate` says why", b.File)
			for _, e := range b.Errors {
				old[e] = true
			}
		}
	}
	var m *multierror.Error
	if len(old) == 0 || !errors.As(err, &m) {
		return err
	}
	for _, e := range m.Errors {
		var mistake *spec.Error
		if !errors.As(e, &mistake) || !old[mistake] {
			return err
		}
	}
	return nil
}

// inheritedIn says that a file was as broken before, in every repository that it
// may be of.
func inheritedIn(b spec.BrokenFile, all map[string]*changes) (bool, error) {
	files := []string{b.File}
	for _, e := range b.Errors {
		files = append(files, e.File)
	}
	for _, ch := range all {
		for _, was := range ch.before {
			if was.Name == b.Payer || was.Pos.File == b.File {
				return false, nil
			}
		}
		if differs, err := ch.differs(files...); differs || err != nil {
			return false, err
		}
	}
	return true, nil
}

// tellGone names the payers that are in no file any more: a plan does not have
// them, and an apply leaves what they have in AWS as it is.
func (c *cli) tellGone(payers []*spec.Payer, err error, all map[string]*changes) {
	var gone []string
	for _, ch := range all {
		for name := range ch.before {
			still := slices.ContainsFunc(payers, func(p *spec.Payer) bool { return p.Name == name }) ||
				slices.ContainsFunc(spec.Broken(err), func(b spec.BrokenFile) bool { return b.Payer == name || b.Payer == "" })
			if !still && (len(c.payers) == 0 || slices.Contains(c.payers, name)) {
				gone = append(gone, name)
			}
		}
	}
	slices.Sort(gone)
	for _, name := range gone {
		c.say("warning: the payer %s is in no payer file any more: nothing is planned for it, and what it has in AWS stays", name)
	}
}

// hintAtRef says what to do where a clone lacks the commit.
func hintAtRef(err error) error {
	var e *gitrepo.UnknownError
	switch {
	case errors.Is(err, gitrepo.ErrNoGit):
		return hinted{fmt.Errorf("--changed-since: %w", err), "give --changed-since in a clone; without it every payer is planned"}
	case !errors.As(err, &e):
		return err
	case e.Meant != "":
		return hinted{fmt.Errorf("--changed-since: %w", err), "say " + e.Meant}
	}
	return hinted{fmt.Errorf("--changed-since: %w", err),
		"fetch it, with all that leads to it: fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 in GitLab CI, `git fetch --unshallow` by hand"}
}
