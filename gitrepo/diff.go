package gitrepo

import (
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// OnlyCSV is true where nothing but regular files named *.csv differs between
// two commits.
func (r *Repo) OnlyCSV(from, to string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, err := r.named(from)
	if err != nil {
		return false, err
	}
	b, err := r.named(to)
	if err != nil {
		return false, err
	}
	return r.onlyCSV(a, b)
}

func (r *Repo) onlyCSV(a, b *object.Commit) (bool, error) {
	only, err := csvOnly(r.store, a.TreeHash, b.TreeHash)
	if err != nil {
		return false, fmt.Errorf("compare %s with %s: %w", a.Hash, b.Hash, r.broken(err))
	}
	return only, nil
}

// csvOnly compares two trees. The zero hash is a tree without entries.
func csvOnly(s storer.EncodedObjectStorer, a, b plumbing.Hash) (bool, error) {
	if a == b {
		return true, nil
	}
	was, err := entries(s, a)
	if err != nil {
		return false, err
	}
	is, err := entries(s, b)
	if err != nil {
		return false, err
	}
	for name := range is {
		if _, ok := was[name]; !ok {
			was[name] = object.TreeEntry{}
		}
	}
	for name, x := range was {
		if y := is[name]; x == y {
			continue
		} else if only, err := csvEntry(s, x, y); err != nil || !only {
			return false, err
		}
	}
	return true, nil
}

// csvEntry compares two entries of one name, of which one may be none.
func csvEntry(s storer.EncodedObjectStorer, x, y object.TreeEntry) (bool, error) {
	for _, e := range []object.TreeEntry{x, y} {
		if e.Mode != 0 && !isFolder(e.Mode) && !(isFile(e.Mode) && strings.HasSuffix(e.Name, ".csv")) {
			return false, nil
		}
	}
	below := func(e object.TreeEntry) plumbing.Hash {
		if isFolder(e.Mode) {
			return e.Hash
		}
		return plumbing.ZeroHash
	}
	return csvOnly(s, below(x), below(y))
}

// entries are those of a tree by name. Two of one name are an error: what they
// mean depends on who reads them.
func entries(s storer.EncodedObjectStorer, tree plumbing.Hash) (map[string]object.TreeEntry, error) {
	if tree.IsZero() {
		return map[string]object.TreeEntry{}, nil
	}
	t, err := object.GetTree(s, tree)
	if err != nil {
		return nil, err
	}
	all := make(map[string]object.TreeEntry, len(t.Entries))
	for _, e := range t.Entries {
		if _, twice := all[e.Name]; twice {
			return nil, fmt.Errorf("tree %s names %q twice", tree, e.Name)
		}
		all[e.Name] = e
	}
	return all, nil
}
