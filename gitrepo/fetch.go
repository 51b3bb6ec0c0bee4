package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// maxHaves is how many commits of ours are named to the remote, so that it
// sends what is new alone. A branch that was rewritten further back is sent
// whole.
const maxHaves = 256

// tips are the heads of the two branches at the remote; push is zero where it is
// missing.
type tips struct{ branch, push plumbing.Hash }

// Fetch brings what is new on the branch and on the push branch, and decides
// which commit is in force. After an error all is as it was.
func (r *Repo) Fetch(ctx context.Context) (Head, error) {
	if err := r.net.lock(ctx); err != nil {
		return Head{}, fmt.Errorf("fetch: %w", err)
	}
	defer r.net.unlock()
	r.mu.Lock()
	from, tip := r.head, r.tip
	r.mu.Unlock()
	asked := time.Now()
	if err := r.pull(ctx); err != nil {
		return Head{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h := Head{Commit: r.head.String(), Time: asked}
	if !from.IsZero() {
		h.From = from.String()
	}
	if !r.newer.IsZero() {
		h.Unverified = r.newer.String()
	}
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
	carried, shallowErr := s.Shallow()
	if err == nil && shallowErr != nil {
		err = r.broken(shallowErr)
	}
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
		return s.HasEncodedObject(h) == nil && !slices.Contains(carried, h)
	})
	if err != nil {
		return err
	}
	fresh := openStore(r.o.Dir)
	if err := readable(fresh, now); err != nil {
		return err
	}
	if slices.Contains(carried, now.branch) || slices.Contains(carried, now.push) { // its history is here by now
		if err := os.Remove(filepath.Join(r.o.Dir, "shallow")); err != nil {
			return fmt.Errorf("write the clone: %w", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.move(fresh, now)
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
	path, isPath := errors.AsType[*os.PathError](err)
	_, isLink := errors.AsType[*os.LinkError](err)
	return isPath && path.Op != "read" || isLink // a pipe is read from, too
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
