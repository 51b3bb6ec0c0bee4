package gitrepo

import (
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// maxWalk is how far back a signed commit is looked for. A daemon that fills a
// payer makes a commit a minute at most, which is two weeks.
const maxWalk = 20_000

// errUnsigned is the error of a branch without any signed commit.
var errUnsigned = errors.New("no commit of the branch is signed by a key of git.verify.keys")

// decide finds the commit in force. mu is held.
//
// It is the newest that is signed by one of our keys, together with commits
// upon it that change nothing but CSVs. Where the branch has none, as after
// somebody rewrote it, the last one that was in force stays so.
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
	if head.IsZero() {
		head = good
	}
	if head.IsZero() {
		return fmt.Errorf("branch %s: %w", r.o.Branch, errUnsigned)
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

// good is the commit that was in force last, as far as these keys decided that;
// zero where there is none. mu is held.
func (r *Repo) good() plumbing.Hash {
	ref, err := r.store.Reference(r.keys.ref)
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
