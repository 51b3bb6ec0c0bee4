package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/payer-reconciler/reconciler/words"
)

// ErrNoGit is the error of a question about the history of a folder outside git.
var ErrNoGit = errors.New("it is in no git repository, or in one without a commit")

// UnknownError says that a clone does not have what a name of a commit leads to.
type UnknownError struct {
	Ref string
	// Shallow says that the clone has only the end of its history.
	Shallow bool
	// Meant is a name that the clone has, and that may be meant; "" is none.
	Meant string
	// Unrelated says that the commit is there, and that no commit before it is
	// before HEAD too.
	Unrelated bool
}

// Error names what is not there.
func (e *UnknownError) Error() string {
	switch {
	case e.Unrelated:
		return fmt.Sprintf("%s and HEAD have no commit in common", e.Ref)
	case e.Shallow:
		return fmt.Sprintf("there is no commit %q, or not all that leads to it: the clone is shallow", e.Ref)
	}
	return fmt.Sprintf("there is no commit %q", e.Ref)
}

// Past is where the work tree and another line of commits parted, and what
// either has changed since.
type Past struct {
	base, tip Point
	h         History
}

// Point is one commit, with what it has.
type Point struct {
	commit *object.Commit
	tree   *object.Tree
	store  storer.EncodedObjectStorer
}

// Since gives the commit at which the work tree parted from a commit, which is
// named as git does (origin/main, a tag, a hash): what others have done there
// since is not a change of ours. Where the name leads nowhere, or the history
// is cut off before the two meet, it gives an [*UnknownError].
func (h History) Since(ref string) (*Past, error) {
	if h.head == nil {
		return nil, ErrNoGit
	}
	hash, err := h.repo.ResolveRevision(plumbing.Revision(ref))
	if err != nil {
		return nil, h.unknown(ref)
	}
	other, err := h.repo.CommitObject(*hash)
	if err != nil {
		return nil, h.unknown(ref)
	}
	bases, err := h.head.MergeBase(other)
	switch {
	case errors.Is(err, plumbing.ErrObjectNotFound):
		return nil, &UnknownError{Ref: ref, Shallow: true}
	case err != nil:
		return nil, fmt.Errorf("find where HEAD parted from %s: %w", ref, err)
	case len(bases) == 0:
		return nil, &UnknownError{Ref: ref, Shallow: h.shallow(), Unrelated: !h.shallow()}
	}
	base, err := h.point(bases[0])
	if err != nil {
		return nil, err
	}
	tip, err := h.point(other)
	if err != nil {
		return nil, err
	}
	return &Past{base, tip, h}, nil
}

func (h History) point(c *object.Commit) (Point, error) {
	tree, err := c.Tree()
	if err != nil {
		return Point{}, fmt.Errorf("read commit %s: %w", words.Commit(c.Hash.String()), err)
	}
	return Point{c, tree, h.repo.Storer}, nil
}

func (h History) unknown(ref string) error {
	e := &UnknownError{Ref: ref, Shallow: h.shallow()}
	if remote := "origin/" + ref; ref != "" {
		if _, err := h.repo.ResolveRevision(plumbing.Revision(remote)); err == nil {
			e.Meant = remote
		}
	}
	return e
}

func (h History) shallow() bool {
	cut, err := h.repo.Storer.Shallow()
	return err == nil && len(cut) > 0
}

// Base is the commit at which the work tree parted.
func (p *Past) Base() Point { return p.base }

// Tip is the commit that was named; it is Base where nothing happened there
// since, as where it was merged.
func (p *Past) Tip() Point { return p.tip }

// Older goes back from Base along first parents, newest first, until yield says
// false. It begins behind Base, and leaves out commits that a newer one differs
// from in CSVs alone. Where the clone lacks what came before, it ends with an
// [*UnknownError].
func (p *Past) Older(yield func(Point) bool) error {
	for newer := p.base; len(newer.commit.ParentHashes) > 0; {
		hash := newer.commit.ParentHashes[0]
		c, err := p.h.repo.CommitObject(hash)
		switch {
		case errors.Is(err, plumbing.ErrObjectNotFound):
			return &UnknownError{Ref: words.Commit(hash.String()), Shallow: p.h.shallow()}
		case err != nil:
			return fmt.Errorf("read commit %s: %w", words.Commit(hash.String()), err)
		}
		older, err := p.h.point(c)
		if err != nil {
			return err
		}
		same, err := csvOnly(p.h.repo.Storer, c.TreeHash, newer.commit.TreeHash)
		if err != nil {
			return fmt.Errorf("compare %s with %s: %w", words.Commit(older.Commit()), words.Commit(newer.Commit()), err)
		}
		if !same && !yield(older) {
			return nil
		}
		newer = older
	}
	return nil
}

// Commit is its hash.
func (s Point) Commit() string { return s.commit.Hash.String() }

// Export writes the whole tree of the commit into a folder, which must not be
// there yet.
func (s Point) Export(ctx context.Context, dir string) error {
	if err := exportTo(ctx, s.store, s.commit.TreeHash, dir); err != nil {
		return fmt.Errorf("export %s: %w", words.Commit(s.Commit()), err)
	}
	return nil
}

// Differs says whether a file, which is named from the root with slashes, is
// another in the work tree than in the commit: new, gone, a link by now, or of
// other bytes. Whether it is committed does not matter, and neither does how its
// lines end: git may have converted that. What a filter of git's made, such as
// LFS, is another.
func (p *Past) Differs(path string) (bool, error) { return p.differsFrom(p.base, path) }

// Moved says whether a file became another on the way from Base to Tip, and is
// in the work tree not what it became there: what was done there is missing
// here.
func (p *Past) Moved(path string) (bool, error) {
	mode, was, err := p.base.file(path)
	if err != nil {
		return false, err
	}
	now, is, err := p.tip.file(path)
	if err != nil || isLink(mode) == isLink(now) && (was == nil) == (is == nil) && bytes.Equal(was, is) {
		return false, err
	}
	return p.differsFrom(p.tip, path)
}

func (p *Past) differsFrom(s Point, path string) (bool, error) {
	mode, was, err := s.file(path)
	if err != nil {
		return false, err
	}
	file := filepath.Join(p.h.root, filepath.FromSlash(path))
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return was != nil, nil
	case err != nil:
		return false, fmt.Errorf("read %s: %w", path, err)
	case was == nil:
		return true, nil
	case info.Mode()&fs.ModeSymlink != 0:
		to, err := os.Readlink(file)
		if err != nil {
			return false, fmt.Errorf("read %s: %w", path, err)
		}
		return !isLink(mode) || filepath.ToSlash(to) != string(was), nil
	case !info.Mode().IsRegular() || isLink(mode):
		return true, nil
	}
	is, err := os.ReadFile(file)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	return !sameText(is, was), nil
}

// sameText says that two files are the same but for the ends of their lines: a
// checkout by eol=crlf or core.autocrlf has others than the commit, and nothing
// that is read here has another meaning by them.
func sameText(a, b []byte) bool {
	return bytes.Equal(a, b) || bytes.Equal(lines(a), lines(b))
}

func lines(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// Read gives the bytes of a file at the commit, of a link where it leads; nil
// where it has none.
func (s Point) Read(path string) ([]byte, error) {
	_, b, err := s.file(path)
	return b, err
}

func (s Point) file(path string) (filemode.FileMode, []byte, error) {
	for i := range path {
		if path[i] != '/' {
			continue
		}
		if e, err := s.tree.FindEntry(path[:i]); err == nil && !isFolder(e.Mode) {
			return 0, nil, nil // go-git would look for a folder there
		}
	}
	e, err := s.tree.FindEntry(path)
	if errors.Is(err, object.ErrEntryNotFound) || errors.Is(err, object.ErrDirectoryNotFound) {
		return 0, nil, nil
	}
	if err == nil && !isFile(e.Mode) && !isLink(e.Mode) {
		return 0, nil, nil // a folder, or a submodule
	}
	var b []byte
	if err == nil {
		b, err = readBlob(s.store, e.Hash)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read %s at %s: %w", path, words.Commit(s.Commit()), err)
	}
	return e.Mode, notNil(b), nil
}

// notNil keeps an empty file apart from one that is not there.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
