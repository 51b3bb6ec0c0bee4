package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
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
		return nil, fmt.Errorf("read %s at %s: it is no regular file", path, short(commit))
	}
	b, err := readBlob(r.store, e.Hash)
	if err != nil {
		return nil, fmt.Errorf("read %s at %s: %w", path, short(commit), r.broken(err))
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

// Changed is when the file was made what it is at a commit; zero where that
// commit does not have it.
func (r *Repo) Changed(commit, path string) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok, err := r.entry(commit, path)
	if err != nil || !ok {
		return time.Time{}, err
	}
	start, err := r.commit(plumbing.NewHash(commit))
	if err != nil {
		return time.Time{}, err
	}
	known := r.touched[path]
	last := lastTouched(start, path, func(c *object.Commit) (*object.Commit, bool) {
		if c.Hash != known.at || e.Hash != known.blob || known.last == nil {
			return nil, false
		}
		return known.last, true
	})
	r.touched[path] = touch{at: start.Hash, blob: e.Hash, last: last}
	return last.Committer.When, nil
}

// touch remembers an answer of Changed: the next question of that path is for a
// commit a few above.
type touch struct {
	at, blob plumbing.Hash
	last     *object.Commit
}

// History goes back from a commit along first parents, newest first, until
// yield says false.
func (r *Repo) History(commit string, yield func(commit string) bool) error {
	for next := plumbing.NewHash(commit); !next.IsZero(); {
		var batch []string // so that yield may call methods of r
		r.mu.Lock()
		err := r.history(next, func(c *object.Commit) bool {
			batch = append(batch, c.Hash.String())
			next = plumbing.ZeroHash
			if len(c.ParentHashes) > 0 {
				next = c.ParentHashes[0]
			}
			return len(batch) < 64
		})
		r.mu.Unlock()
		if err != nil {
			return err
		}
		for _, c := range batch {
			if !yield(c) {
				return nil
			}
		}
		if len(batch) < 64 {
			return nil
		}
	}
	return nil
}

// history goes back along first parents. It ends where a parent is not there,
// as behind a commit that was carried over from an older clone. mu is held.
func (r *Repo) history(from plumbing.Hash, yield func(*object.Commit) bool) error {
	c, err := r.commit(from)
	if err != nil {
		return err
	}
	for yield(c) && len(c.ParentHashes) > 0 {
		parent, err := object.GetCommit(r.store, c.ParentHashes[0])
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read commit %s: %w", c.ParentHashes[0], r.broken(err))
		}
		c = parent
	}
	return nil
}

// commit reads a commit of the clone. mu is held.
func (r *Repo) commit(h plumbing.Hash) (*object.Commit, error) {
	c, err := object.GetCommit(r.store, h)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", h, r.broken(err))
	}
	return c, nil
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
	c, err := r.commit(plumbing.NewHash(commit))
	if err != nil {
		return object.TreeEntry{}, false, err
	}
	e, ok, err := lookup(r.store, c.TreeHash, path)
	if err != nil {
		return e, false, fmt.Errorf("read %s at %s: %w", path, short(commit), r.broken(err))
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

// lastTouched is the commit that made the file what it is at c: it goes back as
// long as a parent has the file alike. Where the history ends before that, as
// in a shallow clone, it is the oldest commit there: the file is no younger.
// known may cut the way short.
func lastTouched(c *object.Commit, path string, known func(*object.Commit) (*object.Commit, bool)) *object.Commit {
	is, ok := blob(c, path)
next:
	for ok {
		if last, is := known(c); is {
			return last
		}
		for i := range c.ParentHashes {
			parent, err := c.Parent(i)
			if err != nil {
				continue // not in a shallow clone
			}
			if was, there := blob(parent, path); there && was == is {
				c = parent
				continue next
			}
		}
		break
	}
	return c
}

// blob names the content that a commit has of a file.
func blob(c *object.Commit, path string) (plumbing.Hash, bool) {
	tree, err := c.Tree()
	if err != nil {
		return plumbing.ZeroHash, false
	}
	e, err := tree.FindEntry(path)
	if err != nil {
		return plumbing.ZeroHash, false
	}
	return e.Hash, true
}

// descent remembers the last answer of descends, which is asked for each
// publication to a push branch.
type descent struct {
	from, to plumbing.Hash
	is       bool
}

// descends is true where a commit is another, or has it among its ancestors.
// mu is held.
func (r *Repo) descends(from, to plumbing.Hash) bool {
	if r.descent.from == from && r.descent.to == to {
		return r.descent.is
	}
	seen, is := map[plumbing.Hash]bool{from: true}, false
	for queue := []plumbing.Hash{from}; len(queue) > 0 && !is; queue = queue[1:] {
		if is = queue[0] == to; is {
			break
		}
		c, err := object.GetCommit(r.store, queue[0])
		if err != nil {
			continue // behind a commit that was carried over
		}
		for _, p := range c.ParentHashes {
			if !seen[p] {
				seen[p] = true
				queue = append(queue, p)
			}
		}
	}
	r.descent = descent{from, to, is}
	return is
}

// The sorts of entries of a tree, by the bits that git itself looks at.

func isFile(m filemode.FileMode) bool   { return m&0o170000 == 0o100000 }
func isFolder(m filemode.FileMode) bool { return m&0o170000 == 0o040000 }
func isLink(m filemode.FileMode) bool   { return m&0o170000 == 0o120000 }

// short is a commit as people name it.
func short(commit string) string { return commit[:min(len(commit), 8)] }
