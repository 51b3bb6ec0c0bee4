package gitrepo

import (
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/payer-reconciler/reconciler/words"
)

// maxWalk is how far back a signed commit is looked for. A daemon that fills a
// payer makes a commit a minute at most, which is two weeks.
const maxWalk = 20_000

// errUnsigned is the error of a branch without any signed commit.
var errUnsigned = errors.New("no commit of the branch is signed by a key of git.verify.keys")

// decide finds the commit in force. mu is held.
//
// It is the newest that is signed by one of our keys, together with commits
// upon it that change nothing but CSVs. Where the branch has none, or one that
// does not stand upon the last that was in force, as after somebody rewrote it,
// that one stays in force.
func (r *Repo) decide() error {
	if r.keys == nil {
		r.head, r.newer = r.tip, plumbing.ZeroHash
		return nil
	}
	good := r.good()
	head, err := r.signed(good)
	if err != nil {
		return err
	}
	// Who may push and has no key could else bring back any commit that was ever
	// signed; and a key that is taken away would take back what it had signed.
	last := r.last()
	stands := func(c plumbing.Hash) bool { return !c.IsZero() && (last.IsZero() || c == last || r.descends(c, last)) }
	switch {
	case stands(head):
	case stands(good):
		if !head.IsZero() && head != good {
			r.o.Log.Error("the branch was rewritten to a signed commit that does not stand upon the one in force: it is not followed; "+
				"to follow it, stop the daemon and remove the clone", "branch", r.o.Branch, "commit", head.String(), "inForce", good.String(), "clone", r.o.Dir)
		}
		head = good
	case !last.IsZero() && (!head.IsZero() || !good.IsZero()):
		newest := head
		if newest.IsZero() {
			newest = good
		}
		return &RolledBackError{Branch: r.o.Branch, Commit: newest.String(), InForce: last.String(), Clone: r.o.Dir}
	default:
		return fmt.Errorf("branch %s: %w", r.o.Branch, errUnsigned)
	}
	if head != last {
		if err := r.store.SetReference(plumbing.NewHashReference(lastRef, head)); err != nil {
			return fmt.Errorf("write the clone: %w", err)
		}
	}
	if head != good {
		if err := r.store.SetReference(plumbing.NewHashReference(r.keys.ref, head)); err != nil {
			return fmt.Errorf("write the clone: %w", err)
		}
	}
	newer := plumbing.ZeroHash
	if head != r.tip {
		newer = r.tip
	}
	if newer != r.newer && !newer.IsZero() {
		r.o.Log.Warn("a commit that none of our keys signed is not followed", "branch", r.o.Branch, "commit", newer.String(), "inForce", head.String())
	}
	r.head, r.newer = head, newer
	return nil
}

// lastRef is the commit that was in force last, whichever keys decided that.
const lastRef = plumbing.ReferenceName("refs/reconciler/last")

// RolledBackError says that the keys, as they are now, signed nothing that stands
// upon the commit in force: a key was taken away, and what it signed is not taken
// back by that.
type RolledBackError struct{ Branch, Commit, InForce, Clone string }

// Error names both commits, and the ways out.
func (e *RolledBackError) Error() string {
	return fmt.Sprintf("branch %s: none of the keys signed %s, which was in force; the newest that they signed is %s, which does not stand upon it, "+
		"and nothing is rolled back to it: push a commit that one of them signs, or, to go back to that one, stop the daemon and remove %s",
		e.Branch, words.Commit(e.InForce), words.Commit(e.Commit), e.Clone)
}

// good is the commit that was in force last, as far as these keys decided that;
// zero where there is none. mu is held.
func (r *Repo) good() plumbing.Hash { return r.noted(r.keys.ref) }

// last is the commit that was in force last; zero where there is none. mu is held.
func (r *Repo) last() plumbing.Hash { return r.noted(lastRef) }

// noted reads a ref of ours.
func (r *Repo) noted(name plumbing.ReferenceName) plumbing.Hash {
	ref, err := r.store.Reference(name)
	if err != nil {
		return plumbing.ZeroHash
	}
	c, err := object.GetCommit(r.store, ref.Hash())
	if err != nil {
		return plumbing.ZeroHash
	}
	return c.Hash
}

// signed goes back from the tip to a commit that is signed, or that is known to
// be good, and gives the newest that stands on it by CSVs alone; zero where
// there is none. mu is held.
func (r *Repo) signed(good plumbing.Hash) (plumbing.Hash, error) {
	head, above, found, n := plumbing.ZeroHash, (*object.Commit)(nil), false, 0
	var failed error
	err := r.history(r.tip, func(c *object.Commit) bool {
		only := false
		if above != nil {
			only, failed = r.onlyCSV(c, above)
		}
		if failed != nil {
			return false
		}
		if !only {
			head = c.Hash
		}
		found = c.Hash == good || r.keys.signed(r.store, c)
		above = c
		n++
		return !found && n < maxWalk
	})
	if err == nil {
		err = failed
	}
	if err != nil || !found {
		return plumbing.ZeroHash, err
	}
	return head, nil
}

// carry brings the commit in force into a clone that is made anew, where the
// branch does not have it any more. Its history stays behind. mu is held.
func (r *Repo) carry(to *filesystem.Storage) {
	if r.keys == nil || r.store == nil {
		return
	}
	good := r.good()
	if good.IsZero() {
		return
	}
	c, err := object.GetCommit(r.store, good)
	if err == nil && to.HasEncodedObject(good) != nil {
		err = copyTree(to, r.store, c.TreeHash)
		if err == nil {
			err = copyObject(to, r.store, good)
		}
		if err == nil {
			err = to.SetShallow([]plumbing.Hash{good})
		}
	}
	if err == nil {
		err = to.SetReference(plumbing.NewHashReference(r.keys.ref, good))
	}
	if err == nil {
		err = to.SetReference(plumbing.NewHashReference(lastRef, good))
	}
	if err != nil {
		r.o.Log.Warn("the commit in force is not in the new clone", "commit", good.String(), "err", err)
	}
}

func copyTree(to, from *filesystem.Storage, tree plumbing.Hash) error {
	t, err := object.GetTree(from, tree)
	if err != nil {
		return err
	}
	for _, e := range t.Entries {
		switch {
		case isFolder(e.Mode):
			err = copyTree(to, from, e.Hash)
		case isFile(e.Mode), isLink(e.Mode):
			err = copyObject(to, from, e.Hash)
		}
		if err != nil {
			return err
		}
	}
	return copyObject(to, from, tree)
}

func copyObject(to, from *filesystem.Storage, h plumbing.Hash) error {
	if to.HasEncodedObject(h) == nil {
		return nil
	}
	o, err := from.EncodedObject(plumbing.AnyObject, h)
	if err != nil {
		return err
	}
	_, err = to.SetEncodedObject(o)
	return err
}
