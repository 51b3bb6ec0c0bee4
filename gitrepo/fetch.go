package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

const (
	// maxHaves is how many commits of ours are named to the remote, so that it
	// sends what is new alone. A branch that was rewritten further back is sent
	// whole.
	maxHaves = 256
	// maxPacks is how many fetches a clone gathers before it is made afresh.
	maxPacks = 200
	// maxLoose is the same for objects of pushes, by folders in use.
	maxLoose = 255
)

// tips are the heads of the two branches at the remote; push is zero where it is
// missing.
type tips struct{ branch, push plumbing.Hash }

// Fetch brings what is new on the branch and on the push branch, and decides
// which commit is in force. After an error all is as it was.
func (r *Repo) Fetch(ctx context.Context) (Head, error) {
	r.net.Lock()
	defer r.net.Unlock()
	r.mu.Lock()
	from, tip := r.head, r.tip
	r.mu.Unlock()
	if err := r.pull(ctx); err != nil {
		return Head{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h := Head{Commit: r.head.String()}
	if !from.IsZero() {
		h.From = from.String()
	}
	if !r.newer.IsZero() {
		h.Unverified = r.newer.String()
	}
	c, err := r.commit(r.head)
	if err != nil {
		return Head{}, err
	}
	h.Time = c.Committer.When
	if r.tip != tip {
		h.Rewritten = !r.descends(r.tip, tip)
		r.o.Log.Info("fetch branch", "branch", r.o.Branch, "from", tip.String(), "to", r.tip.String())
	}
	if h.Rewritten {
		r.o.Log.Warn("the branch was rewritten, and is followed", "branch", r.o.Branch, "from", tip.String(), "to", r.tip.String())
	}
	return h, nil
}

// pull fetches, and makes the clone anew where it turns out to be broken or has
// grown many packs. net is held.
func (r *Repo) pull(ctx context.Context) error {
	err := r.update(ctx)
	if errors.Is(err, errBroken) {
		r.o.Log.Warn("the clone is broken, and is made anew", "err", err)
		return r.clone(ctx)
	}
	if err != nil || !r.crowded() {
		return err
	}
	r.o.Log.Info("the clone has gathered many packs, and is made anew")
	if err := r.clone(ctx); err != nil {
		r.o.Log.Warn("the clone stays as it is", "err", err)
	}
	return nil
}

// update brings the clone to where the remote is.
func (r *Repo) update(ctx context.Context) (err error) {
	defer r.observe("fetch", &err)()
	r.mu.Lock()
	haves, err := r.haves()
	s := r.store
	if err == nil && r.suspect {
		if found := checkStore(r.o.Dir, s, r.tip); found != nil {
			err = r.broken(found)
		}
		r.suspect = false
	}
	r.mu.Unlock()
	if err != nil {
		return err
	}
	now, err := r.download(ctx, r.o.Dir, haves, func(h plumbing.Hash) bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return s.HasEncodedObject(h) == nil
	})
	if err != nil {
		return err
	}
	fresh := openStore(r.o.Dir)
	if err := readable(fresh, now); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.move(fresh, now)
}

// clone makes the clone anew beside the one that is there, if any, and puts it
// in its place when it is whole.
func (r *Repo) clone(ctx context.Context) (err error) {
	defer r.observe("clone", &err)()
	temp, old := r.o.Dir+".new", r.o.Dir+".old"
	for _, left := range []string{temp, old} { // by one that was killed
		if err := removeClone(left); err != nil {
			return err
		}
	}
	defer func() { _ = removeClone(temp) }()
	if err := r.initStore(temp); err != nil {
		return fmt.Errorf("make the clone: %w", err)
	}
	now, err := r.download(ctx, temp, nil, func(plumbing.Hash) bool { return false })
	if err != nil {
		return err
	}
	s := openStore(temp)
	if err := readable(s, now); err != nil {
		return err
	}
	if err := setRefs(s, r.o, now); err != nil {
		return fmt.Errorf("make the clone: %w", err)
	}
	r.swap.Lock()
	defer r.swap.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.carry(s)
	if err := exchange(r.o.Dir, temp, old); err != nil {
		return fmt.Errorf("make the clone: %w", err)
	}
	r.suspect = false
	return r.move(openStore(r.o.Dir), now)
}

// exchange puts a new folder in the place of another.
func exchange(dir, fresh, old string) error {
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return err
	}
	return os.RemoveAll(old)
}

// removeClone removes what an earlier try has left, and nothing else.
func removeClone(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the clone: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, marker)); err != nil && len(entries) > 0 {
		return fmt.Errorf("make the clone: %s is in the way, and is not ours", dir)
	}
	return os.RemoveAll(dir)
}

// download asks the remote where the branches are, and saves what is new into a
// folder of a clone.
func (r *Repo) download(ctx context.Context, dir string, haves []plumbing.Hash, has func(plumbing.Hash) bool) (now tips, err error) {
	err = r.remote.talk(ctx, uploadPack, func(ctx context.Context, s session, refs *packp.AdvRefs) error {
		now = tips{branchOf(refs, r.o.Branch), branchOf(refs, r.o.PushBranch)}
		if now.branch.IsZero() {
			return &ownError{noBranch(r.remote.shown, r.o.Branch, refs)}
		}
		var wants []plumbing.Hash
		for _, h := range []plumbing.Hash{now.branch, now.push} {
			if !h.IsZero() && !has(h) && (len(wants) == 0 || wants[0] != h) {
				wants = append(wants, h)
			}
		}
		if len(wants) == 0 {
			return nil
		}
		req := r.remote.request(refs, wants, haves)
		pack, err := s.upload(ctx, req)
		if err != nil {
			return err
		}
		defer pack.Close()
		err = savePack(dir, unmix(req.Capabilities, pack, io.Discard))
		if onDisk(err) {
			return &ownError{fmt.Errorf("write the clone: %w", err)}
		}
		return err
	})
	return now, err
}

// onDisk tells a full disk from a broken line.
func onDisk(err error) bool {
	_, path := errors.AsType[*os.PathError](err)
	_, link := errors.AsType[*os.LinkError](err)
	return path || link
}

func noBranch(shown, branch string, refs *packp.AdvRefs) error {
	if len(refs.References) == 0 {
		return fmt.Errorf("%s has no branch %q: it is empty", shown, branch)
	}
	return fmt.Errorf("%s has no branch %q", shown, branch)
}

// readable looks whether the commits of both branches can be read.
func readable(s *filesystem.Storage, now tips) error {
	for _, h := range []plumbing.Hash{now.branch, now.push} {
		if h.IsZero() {
			continue
		}
		c, err := object.GetCommit(s, h)
		if err == nil {
			_, err = c.Tree()
		}
		if err != nil {
			return fmt.Errorf("%w: read commit %s: %w", errBroken, h, err)
		}
	}
	return nil
}

// setRefs writes where the branches are.
func setRefs(s *filesystem.Storage, o Options, now tips) error {
	if err := s.SetReference(plumbing.NewHashReference(plumbing.NewBranchReferenceName(o.Branch), now.branch)); err != nil {
		return err
	}
	push := plumbing.NewBranchReferenceName(o.PushBranch)
	if now.push.IsZero() {
		return s.RemoveReference(push)
	}
	return s.SetReference(plumbing.NewHashReference(push, now.push))
}

// move takes a store and its tips over as what is there now. mu is held.
func (r *Repo) move(s *filesystem.Storage, now tips) error {
	if now.branch != r.tip || now.push != r.push {
		if err := setRefs(s, r.o, now); err != nil {
			return fmt.Errorf("write the clone: %w", err)
		}
	}
	r.store, r.tip, r.push = s, now.branch, now.push
	return r.decide()
}

// haves are commits that we have, the newest of both branches.
func (r *Repo) haves() ([]plumbing.Hash, error) {
	var have []plumbing.Hash
	for _, h := range []plumbing.Hash{r.tip, r.push} {
		if h.IsZero() {
			continue
		}
		n := 0
		err := r.history(h, func(c *object.Commit) bool {
			have = append(have, c.Hash)
			n++
			return n < maxHaves
		})
		if err != nil {
			return nil, err
		}
	}
	return have, nil
}

// crowded is true of a clone that has gathered so many packs and objects that
// reading from it gets slow.
func (r *Repo) crowded() bool {
	packs, _ := filepath.Glob(filepath.Join(r.o.Dir, "objects", "pack", "*.idx"))
	loose, _ := filepath.Glob(filepath.Join(r.o.Dir, "objects", "[0-9a-f][0-9a-f]"))
	return len(packs) > maxPacks || len(loose) > maxLoose
}
