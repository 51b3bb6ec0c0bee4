package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	// maxPacks is how many fetches a clone gathers before it is made afresh.
	maxPacks = 200
	// maxLoose is the same for objects of pushes, by folders in use.
	maxLoose = 255
)

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
	return discard(old)
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
	return discard(dir)
}

// discard removes a clone, its marker last: what is left where the process is
// killed meanwhile is known for ours.
func discard(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the clone: %w", err)
	}
	for _, e := range entries {
		if e.Name() == marker {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("remove the clone: %w", err)
		}
	}
	return os.RemoveAll(dir)
}

// crowded is true of a clone that has gathered so many packs and objects that
// reading from it gets slow.
func (r *Repo) crowded() bool {
	packs, _ := filepath.Glob(filepath.Join(r.o.Dir, "objects", "pack", "*.idx"))
	loose, _ := filepath.Glob(filepath.Join(r.o.Dir, "objects", "[0-9a-f][0-9a-f]"))
	return len(packs) > maxPacks || len(loose) > maxLoose
}
