package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/payer-reconciler/reconciler/words"
)

// Export writes the whole tree of a commit into a folder, which is there
// afterwards either whole or as it was before. Links are written as links;
// submodules are left out. What the folder held is replaced.
func (r *Repo) Export(ctx context.Context, commit, dir string) (err error) {
	defer r.observe("export", &err)()
	r.swap.RLock()
	defer r.swap.RUnlock()
	// A store of its own, so that nobody waits for it, with the packs held open.
	s := filesystem.NewStorageWithOptions(osfs.New(r.o.Dir), cache.NewObjectLRU(4*cache.MiByte), filesystem.Options{KeepDescriptors: true})
	defer s.Close()
	r.mu.Lock()
	c, err := r.named(commit)
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("export %s: %w", words.Commit(commit), err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("export %s: %w", words.Commit(commit), err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".export-")
	if err != nil {
		return fmt.Errorf("export %s: %w", words.Commit(commit), err)
	}
	defer os.RemoveAll(temp)
	fresh := filepath.Join(temp, "new")
	if err := exportTo(ctx, s, c.TreeHash, fresh); err != nil {
		r.doubt()
		return fmt.Errorf("export %s: %w", words.Commit(commit), err)
	}
	if err := exchange(dir, fresh, filepath.Join(temp, "old")); err != nil {
		return fmt.Errorf("export %s: %w", words.Commit(commit), err)
	}
	return nil
}

// doubt has the next fetch look through the clone.
func (r *Repo) doubt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.suspect = true
}

// exporter writes trees below a folder that it cannot leave.
type exporter struct {
	ctx  context.Context
	s    storer.EncodedObjectStorer
	root *os.Root
}

func exportTo(ctx context.Context, s storer.EncodedObjectStorer, tree plumbing.Hash, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return (&exporter{ctx, s, root}).tree(tree, "")
}

func (x *exporter) tree(h plumbing.Hash, at string) error {
	t, err := object.GetTree(x.s, h)
	if err != nil {
		return fmt.Errorf("read folder %q: %w", at, err)
	}
	for _, e := range t.Entries {
		if err := x.ctx.Err(); err != nil {
			return context.Cause(x.ctx)
		}
		if err := checkName(e.Name); err != nil {
			return fmt.Errorf("in folder %q: %w", at, err)
		}
		if err := x.entry(e, path.Join(at, e.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) entry(e object.TreeEntry, name string) error {
	switch {
	case isFolder(e.Mode):
		if err := x.root.Mkdir(name, 0o755); err != nil {
			return err
		}
		return x.tree(e.Hash, name)
	case isFile(e.Mode):
		return x.file(e, name)
	case isLink(e.Mode):
		to, err := readBlob(x.s, e.Hash)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		return x.root.Symlink(string(to), name)
	}
	return nil
}

func (x *exporter) file(e object.TreeEntry, name string) error {
	blob, err := object.GetBlob(x.s, e.Hash)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	in, err := blob.Reader()
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer in.Close()
	mode := os.FileMode(0o644)
	if e.Mode&0o100 != 0 {
		mode = 0o755
	}
	out, err := x.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Chmod(mode)
	}
	return errors.Join(err, out.Close())
}

// checkName refuses names of entries that would leave the folder or reach into
// git's own, in the ways that some file systems read them.
func checkName(name string) error {
	low := strings.ToLower(strings.TrimRight(name, " ."))
	if name == "" || name == "." || name == ".." || low == ".git" || low == "git~1" || strings.ContainsAny(name, "/\x00") {
		return fmt.Errorf("the name %q is not allowed", name)
	}
	return nil
}
