package gitrepo

import "github.com/go-git/go-git/v5/plumbing"

// Tracked gives the bytes that a file has where [Repo.Publish] would put it, as
// of the last fetch; nil where there is none.
func (r *Repo) Tracked(path string) ([]byte, error) {
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
	if r.push.IsZero() || r.o.PushBranch != r.o.Branch && r.descends(r.tip, r.push) {
		return r.tip
	}
	return r.push
}
