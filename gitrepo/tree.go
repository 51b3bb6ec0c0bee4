package gitrepo

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"
)

// maxPath is more than any file system takes.
const maxPath = 4096

// checkPath refuses what a Publish must not write.
func checkPath(p string) error {
	if !strings.HasSuffix(p, ".csv") || path.Base(p) == ".csv" {
		return fmt.Errorf("publish %q: only *.csv is published", p)
	}
	for c := range strings.SplitSeq(p, "/") {
		if err := checkName(c); err != nil {
			return fmt.Errorf("publish %q: %w", p, err)
		}
	}
	if len(p) > maxPath || strings.ContainsFunc(p, func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }) {
		return fmt.Errorf("publish %q: the path is not allowed", p)
	}
	return nil
}

// rewriter puts files into a tree. It reads only the folders on the way to them,
// and keeps what it makes in memory.
type rewriter struct {
	from  storer.EncodedObjectStorer
	made  *memory.Storage
	order []plumbing.Hash // of what was made, without repeats
	check func(path string, tracked []byte) error
}

func newRewriter(from storer.EncodedObjectStorer, check func(string, []byte) error) *rewriter {
	if check == nil {
		check = func(string, []byte) error { return nil }
	}
	return &rewriter{from: from, made: memory.NewStorage(), check: check}
}

// rewrite gives the tree with the files in it; the same one where it has them
// all alike. The zero hash is a tree that is not there yet.
func (w *rewriter) rewrite(tree plumbing.Hash, at string, files map[string][]byte) (plumbing.Hash, error) {
	all, err := entries(w.from, tree)
	if err != nil {
		return tree, fmt.Errorf("%w: read folder %q: %w", errBroken, at, err)
	}
	changed := false
	here, below := split(files)
	for _, name := range slices.Sorted(maps.Keys(below)) {
		e, err := w.folder(all[name], path.Join(at, name), below[name])
		if err != nil {
			return tree, err
		}
		if e.Name = name; e != all[name] {
			all[name], changed = e, true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(here)) {
		if _, both := below[name]; both {
			return tree, fmt.Errorf("publish %q: it is wanted both as a file and as a folder", path.Join(at, name))
		}
		e, err := w.file(all[name], path.Join(at, name), here[name])
		if err != nil {
			return tree, err
		}
		if e.Name = name; e != all[name] {
			all[name], changed = e, true
		}
	}
	if !changed {
		return tree, nil
	}
	t := &object.Tree{Entries: slices.Collect(maps.Values(all))}
	sort.Sort(object.TreeEntrySorter(t.Entries))
	return w.add(t)
}

// split sorts files by whether they are in this folder or in which one below.
func split(files map[string][]byte) (here map[string][]byte, below map[string]map[string][]byte) {
	here, below = map[string][]byte{}, map[string]map[string][]byte{}
	for p, b := range files {
		name, rest, deeper := strings.Cut(p, "/")
		if !deeper {
			here[name] = b
			continue
		}
		if below[name] == nil {
			below[name] = map[string][]byte{}
		}
		below[name][rest] = b
	}
	return here, below
}

func (w *rewriter) folder(is object.TreeEntry, at string, files map[string][]byte) (object.TreeEntry, error) {
	if is.Mode != 0 && !isFolder(is.Mode) {
		return is, fmt.Errorf("publish below %q: it is %s in the repository", at, what(is.Mode))
	}
	h, err := w.rewrite(is.Hash, at, files)
	if err != nil || h == is.Hash {
		return is, err
	}
	return object.TreeEntry{Mode: filemode.Dir, Hash: h}, nil
}

func (w *rewriter) file(is object.TreeEntry, at string, b []byte) (object.TreeEntry, error) {
	if is.Mode != 0 && !isFile(is.Mode) {
		return is, fmt.Errorf("publish %q: it is %s in the repository", at, what(is.Mode))
	}
	h := plumbing.ComputeHash(plumbing.BlobObject, b)
	if is.Mode != 0 && is.Hash == h {
		return is, nil
	}
	mode := filemode.Regular
	if is.Mode != 0 {
		mode = is.Mode
		tracked, err := readBlob(w.from, is.Hash)
		if err != nil {
			return is, fmt.Errorf("%w: read %s: %w", errBroken, at, err)
		}
		if err := w.check(at, tracked); err != nil {
			return is, fmt.Errorf("publish %q: %w", at, err)
		}
	}
	o := &plumbing.MemoryObject{}
	o.SetType(plumbing.BlobObject)
	if _, err := o.Write(bytes.Clone(b)); err != nil {
		return is, err
	}
	_, err := w.keep(o)
	return object.TreeEntry{Mode: mode, Hash: h}, err
}

// add encodes a tree or a commit.
func (w *rewriter) add(x interface {
	Encode(plumbing.EncodedObject) error
}) (plumbing.Hash, error) {
	o := &plumbing.MemoryObject{}
	if err := x.Encode(o); err != nil {
		return plumbing.ZeroHash, err
	}
	return w.keep(o)
}

func (w *rewriter) keep(o plumbing.EncodedObject) (plumbing.Hash, error) {
	h := o.Hash()
	if !slices.Contains(w.order, h) {
		w.order = append(w.order, h)
	}
	return w.made.SetEncodedObject(o)
}

// what names a sort of entry.
func what(m filemode.FileMode) string {
	switch {
	case isFolder(m):
		return "a folder"
	case isLink(m):
		return "a symbolic link"
	case isFile(m):
		return "a file"
	}
	return "a submodule"
}
