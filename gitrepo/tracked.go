package gitrepo

import (
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Tracked gives the bytes that a file has where [Repo.Publish] would put it, as
// of the last fetch; nil where there is none.
func (r *Repo) Tracked(path string) ([]byte, error) {
	if r.keys != nil && r.o.PushBranch == r.o.Branch { // a tip that nobody signed says nothing
		return r.File(r.Head(), path)
	}
	return r.File(r.base().String(), path)
}

// base is the commit that a publication would stand upon.
func (r *Repo) base() plumbing.Hash {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.baseOf()
}

// baseOf is base for who holds mu.
func (r *Repo) baseOf() plumbing.Hash {
	if r.push.IsZero() || r.o.PushBranch != r.o.Branch && (r.descends(r.tip, r.push) || r.push != r.goesOn && r.contained()) {
		return r.tip
	}
	return r.push
}

// beginsAnew says that the push branch is to be put on the branch's head, which
// takes a forced push.
func (r *Repo) beginsAnew() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.push.IsZero() && r.baseOf() != r.push && !r.descends(r.tip, r.push)
}

// setContinues notes a head of the push branch that the remote lets nobody leave.
func (r *Repo) setContinues(at plumbing.Hash) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.goesOn = at
	r.o.Log.Warn("the remote takes no forced push: delete the push branch behind a squash merge, or its next pull request has conflicts", "branch", r.o.PushBranch)
}

// contained says that the branch has all that the push branch would bring, as
// after its commits were squashed into one: continued where it is, the push branch
// would conflict for ever. What it brings is what differs between its commits and
// the one they began at.
func (r *Repo) contained() bool {
	if at := [2]plumbing.Hash{r.tip, r.push}; r.squashed.at != at { // a walk through history
		r.squashed.at, r.squashed.is = at, r.brings()
	}
	return r.squashed.is
}

// brings is contained without what is known of it.
func (r *Repo) brings() bool {
	tip, err := r.commit(r.tip)
	if err != nil {
		return false
	}
	push, err := r.commit(r.push)
	if err != nil {
		return false
	}
	from, err := tip.MergeBase(push)
	if err != nil || len(from) != 1 {
		return false
	}
	was, err := from[0].Tree()
	if err != nil {
		return false
	}
	now, err := push.Tree()
	if err != nil {
		return false
	}
	main, err := tip.Tree()
	if err != nil {
		return false
	}
	changes, err := was.Diff(now)
	if err != nil {
		return false
	}
	for _, c := range changes {
		name := c.To.Name
		if name == "" || !strings.HasSuffix(name, ".csv") { // not only ours
			return false
		}
		e, err := main.FindEntry(name)
		if err != nil || e.Hash != c.To.TreeEntry.Hash {
			return false
		}
	}
	return true
}
