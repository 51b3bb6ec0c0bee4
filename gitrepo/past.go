package gitrepo

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// History goes back from a commit along first parents, newest first, until
// yield says false.
func (r *Repo) History(commit string, yield func(commit string) bool) error {
	r.mu.Lock()
	_, err := r.named(commit)
	r.mu.Unlock()
	if err != nil {
		return err
	}
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

// Changed is when the file was made what it is at a commit; zero where that
// commit does not have it.
func (r *Repo) Changed(commit, path string) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok, err := r.entry(commit, path)
	if err != nil || !ok {
		return time.Time{}, err
	}
	start, err := r.named(commit)
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
