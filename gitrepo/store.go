package gitrepo

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// marker is a file in the folder of a clone that says that it is ours. What has
// no such file is never thrown away.
const marker = "reconciler-clone"

const markerText = "A clone that reconciler keeps. It may be deleted at any time; it is then made anew.\n"

// openStore opens the objects of a clone. The cache is small: what a pass reads
// is read once.
func openStore(dir string) *filesystem.Storage {
	return filesystem.NewStorage(osfs.New(dir), cache.NewObjectLRU(4*cache.MiByte))
}

// initStore makes an empty clone. Its config has the URL, which holds no secret.
func (r *Repo) initStore(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, marker), []byte(markerText), 0o600); err != nil {
		return err
	}
	s := openStore(dir)
	if err := s.Init(); err != nil {
		return err
	}
	c := config.NewConfig()
	c.Core.IsBare = true
	c.Remotes["origin"] = &config.RemoteConfig{Name: "origin", URLs: []string{r.remote.shown}}
	if err := s.SetConfig(c); err != nil {
		return err
	}
	return s.SetReference(plumbing.NewSymbolicReference(plumbing.HEAD, plumbing.NewBranchReferenceName(r.o.Branch)))
}

// load opens the clone that is there. It says why there must be a new one, ""
// where this one is good. A folder with something else in it is an error.
func (r *Repo) load() (why string, err error) {
	entries, err := os.ReadDir(r.o.Dir)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return "there is none", nil
	}
	if err != nil {
		return "", fmt.Errorf("open the clone: %w", err)
	}
	if _, err := os.Stat(filepath.Join(r.o.Dir, marker)); err != nil {
		return "", fmt.Errorf("%s holds something else than a clone of ours: name an empty folder, or one that is not there", r.o.Dir)
	}
	s := openStore(r.o.Dir)
	c, err := s.Config()
	if err != nil {
		return "its config cannot be read", nil
	}
	if o := c.Remotes["origin"]; o == nil || len(o.URLs) != 1 || o.URLs[0] != r.remote.shown {
		return "it is one of another URL", nil
	}
	tip, err := s.Reference(plumbing.NewBranchReferenceName(r.o.Branch))
	if err != nil {
		return "it does not have the branch", nil
	}
	if err := checkStore(r.o.Dir, s, tip.Hash()); err != nil {
		return "it is broken: " + err.Error(), nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.store, r.tip, r.push = s, tip.Hash(), tip.Hash()
	if r.o.PushBranch != r.o.Branch {
		r.push = plumbing.ZeroHash
		if p, err := s.Reference(plumbing.NewBranchReferenceName(r.o.PushBranch)); err == nil {
			r.push = p.Hash()
		}
	}
	return "", nil
}

// checkStore finds what a kill or a full disk leaves behind: packs that are cut
// off, and a head whose trees are not all there. Half-written packs are removed.
func checkStore(dir string, s *filesystem.Storage, tip plumbing.Hash) error {
	packs, err := os.ReadDir(filepath.Join(dir, "objects", "pack"))
	if err != nil {
		return err
	}
	for _, p := range packs {
		path := filepath.Join(dir, "objects", "pack", p.Name())
		switch {
		case strings.HasPrefix(p.Name(), tmpPack):
			_ = os.Remove(path)
		case strings.HasSuffix(p.Name(), ".pack"), strings.HasSuffix(p.Name(), ".idx"):
			if err := checkSum(path); err != nil {
				return err
			}
		}
	}
	c, err := object.GetCommit(s, tip)
	if err != nil {
		return err
	}
	tree, err := c.Tree()
	if err != nil {
		return err
	}
	return checkTree(s, tree)
}

// checkSum holds a pack or an index against the checksum at its end.
func checkSum(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum, tail := sha1.New(), make([]byte, sha1.Size)
	if _, err := io.CopyN(sum, f, info.Size()-sha1.Size); err != nil {
		return fmt.Errorf("%s is cut off", filepath.Base(path))
	}
	if _, err := io.ReadFull(f, tail); err != nil || !bytes.Equal(tail, sum.Sum(nil)) {
		return fmt.Errorf("%s is cut off", filepath.Base(path))
	}
	return nil
}

// checkTree looks whether all that a tree names is there.
func checkTree(s *filesystem.Storage, t *object.Tree) error {
	for _, e := range t.Entries {
		switch {
		case isFolder(e.Mode):
			sub, err := object.GetTree(s, e.Hash)
			if err != nil {
				return fmt.Errorf("folder %s: %w", e.Name, err)
			}
			if err := checkTree(s, sub); err != nil {
				return err
			}
		case isFile(e.Mode) || isLink(e.Mode):
			if err := s.HasEncodedObject(e.Hash); err != nil {
				return fmt.Errorf("file %s: %w", e.Name, err)
			}
		}
	}
	return nil
}
