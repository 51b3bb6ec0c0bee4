package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/spec"
)

// changes are those of one repository.
type changes struct {
	root   string
	past   *gitrepo.Past
	before side // where the work tree parted
	there  side // where the other line is by now
	// was are the paths of the call at which payer files stood before, as a
	// mistake names them.
	was map[string]bool
	// inside are the paths of the call, relative to the root.
	inside map[string]string
	// sound are older forms of payers, by their name now, where before has none.
	sound map[string]*soundForm
}

// side is what the payer files said at a commit.
type side struct {
	gitrepo.Point
	payers map[string]*spec.Payer // the sound ones by name
	broken []string               // the names of the others
	files  []spec.BrokenFile      // and what these are
	none   map[string]bool        // paths without payer files
}

// changesIn finds out what a repository was like at the commit.
func changesIn(ctx context.Context, root, ref string, paths []string) (*changes, error) {
	past, err := gitrepo.LocalHistory(root).Since(ref)
	if err != nil {
		return nil, err
	}
	inside := map[string]string{}
	ch := &changes{root: root, past: past, was: map[string]bool{}, inside: inside, sound: map[string]*soundForm{}}
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", path, err)
		}
		rel, err := filepath.Rel(root, abs)
		if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) { // else it is in another repository
			inside[path] = rel
		}
	}
	if ch.before, err = sideAt(ctx, past.Base(), inside); err != nil {
		return nil, err
	}
	for path, rel := range inside {
		if rel = filepath.ToSlash(rel); !ch.before.none[rel] {
			ch.was[rel], ch.was[filepath.ToSlash(path)] = true, true
		}
	}
	if ch.there = ch.before; past.Tip().Commit() != past.Base().Commit() {
		ch.there, err = sideAt(ctx, past.Tip(), inside)
	}
	return ch, err
}

// sideAt reads the payer files of a commit at some paths. What is broken there
// is not among its payers.
func sideAt(ctx context.Context, at gitrepo.Point, paths map[string]string) (side, error) {
	s := side{Point: at, payers: map[string]*spec.Payer{}, none: map[string]bool{}}
	temp, err := os.MkdirTemp("", "reconciler-")
	if err != nil {
		return s, fmt.Errorf("read commit %s: %w", at.Commit(), err)
	}
	defer os.RemoveAll(temp)
	dir := filepath.Join(temp, "tree")
	if err := at.Export(ctx, dir); err != nil {
		return s, err
	}
	var there []string
	for _, rel := range paths {
		path := filepath.Join(dir, rel)
		if _, err := os.Stat(path); err == nil {
			there = append(there, path)
		} else {
			s.none[filepath.ToSlash(rel)] = true
		}
	}
	if len(there) == 0 {
		return s, nil
	}
	slices.Sort(there)
	payers, err := spec.Load(there, spec.Options{Root: dir, Presets: presets.FS})
	for _, p := range payers {
		s.payers[p.Name] = p
	}
	s.files = spec.Broken(err)
	s.broken = namesOf(s.files)
	for _, e := range mistakesIn(err) {
		if e.None {
			s.none[e.File] = true
		}
	}
	return s, nil
}

// rootOf gives the root of the repository that a path lies in, or lay in before
// it was taken away.
func rootOf(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find repository of %s: %w", path, err)
	}
	for dir := abs; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return spec.Root(dir)
		}
	}
}

// touch says whether a payer is touched; was is what it was before, nil where it
// was not there or not sound.
func (ch *changes) touch(p, was *spec.Payer) (bool, error) {
	if was == nil {
		return true, nil
	}
	return some(ch.past.Differs, append(filesOf(p), filesOf(was)...)...)
}

// filesOf are the files that a payer is read from, and those that it writes.
func filesOf(p *spec.Payer) []string {
	return append(slices.Clone(p.Sources), csvsNamed(p)...)
}

func csvsNamed(p *spec.Payer) []string {
	var paths []string
	for _, f := range p.CSVs() {
		paths = append(paths, f.Path)
	}
	return paths
}

// some says whether it is so of one of the paths.
func some(is func(path string) (bool, error), paths ...string) (bool, error) {
	for _, path := range paths {
		if yes, err := is(path); yes || err != nil {
			return yes, err
		}
	}
	return false, nil
}

// inheritedIn says that a file was as broken before, in every repository that it
// may be of.
func inheritedIn(b spec.BrokenFile, all []*changes) (bool, error) {
	files := []string{b.File}
	for _, e := range b.Errors {
		files = append(files, e.File)
	}
	for _, ch := range all {
		for _, was := range ch.before.payers {
			if was.Name == b.Payer || was.Pos.File == b.File {
				return false, nil
			}
		}
		if differs, err := some(ch.past.Differs, files...); differs || err != nil {
			return false, err
		}
	}
	return true, nil
}
