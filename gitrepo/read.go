package gitrepo

import (
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/payer-reconciler/reconciler/words"
)

// File gives the bytes of a file as of a commit; nil where it has none of that
// path. What is not a regular file is an error, and links are not followed.
func (r *Repo) File(commit, path string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok, err := r.entry(commit, path)
	if err != nil || !ok {
		return nil, err
	}
	if !isFile(e.Mode) {
		return nil, fmt.Errorf("read %s at %s: it is no regular file", path, words.Commit(commit))
	}
	b, err := readBlob(r.store, e.Hash)
	if err != nil {
		return nil, fmt.Errorf("read %s at %s: %w", path, words.Commit(commit), r.broken(err))
	}
	return b, nil
}

// Blob names what a commit has at a path, a file or a folder: equal ids mean
// equal content. It says false where there is nothing.
func (r *Repo) Blob(commit, path string) (string, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok, err := r.entry(commit, path)
	if err != nil || !ok {
		return "", false, err
	}
	if !isFile(e.Mode) {
		return fmt.Sprintf("%o %s", uint32(e.Mode), e.Hash), true, nil
	}
	return e.Hash.String(), true, nil
}

// commit reads a commit of the clone. mu is held.
func (r *Repo) commit(h plumbing.Hash) (*object.Commit, error) {
	c, err := object.GetCommit(r.store, h)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", h, r.broken(err))
	}
	return c, nil
}

// named reads a commit that a caller names. One that is not there is no sign of
// a broken clone: branches are rewritten. mu is held.
func (r *Repo) named(commit string) (*object.Commit, error) {
	h := plumbing.NewHash(commit)
	if !plumbing.IsHash(commit) || h != r.tip && h != r.push && h != r.head && r.store.HasEncodedObject(h) != nil {
		return nil, fmt.Errorf("the repository has no commit %q", commit)
	}
	return r.commit(h)
}

// broken notes that something could not be read from the clone. The next fetch
// finds out whether it was asked for in vain, or the clone must be made anew.
// mu is held.
func (r *Repo) broken(err error) error {
	r.suspect = true
	return fmt.Errorf("%w: %w", errBroken, err)
}

// entry finds what a commit has at a path. mu is held.
func (r *Repo) entry(commit, path string) (object.TreeEntry, bool, error) {
	c, err := r.named(commit)
	if err != nil {
		return object.TreeEntry{}, false, err
	}
	e, ok, err := lookup(r.store, c.TreeHash, path)
	if err != nil {
		return e, false, fmt.Errorf("read %s at %s: %w", path, words.Commit(commit), r.broken(err))
	}
	return e, ok, nil
}

// lookup finds a path below a tree. A tree that cannot be read is an error, and
// not a path that is not there.
func lookup(s storer.EncodedObjectStorer, tree plumbing.Hash, path string) (object.TreeEntry, bool, error) {
	var found object.TreeEntry
	for {
		name, rest, deeper := strings.Cut(path, "/")
		t, err := object.GetTree(s, tree)
		if err != nil {
			return found, false, err
		}
		found = object.TreeEntry{}
		for _, e := range t.Entries {
			if e.Name == name {
				found = e
				break
			}
		}
		if found.Name == "" {
			return found, false, nil
		}
		if !deeper {
			return found, true, nil
		}
		if !isFolder(found.Mode) {
			return found, false, nil
		}
		tree, path = found.Hash, rest
	}
}

func readBlob(s storer.EncodedObjectStorer, h plumbing.Hash) ([]byte, error) {
	blob, err := object.GetBlob(s, h)
	if err != nil {
		return nil, err
	}
	in, err := blob.Reader()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

// The sorts of entries of a tree, by the bits that git itself looks at.

func isFile(m filemode.FileMode) bool   { return m&0o170000 == 0o100000 }
func isFolder(m filemode.FileMode) bool { return m&0o170000 == 0o040000 }
func isLink(m filemode.FileMode) bool   { return m&0o170000 == 0o120000 }
