package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// History is what git has of a checkout at HEAD and before. The zero one is that
// of a folder outside git.
type History struct {
	repo *git.Repository
	head *object.Commit
	root string
}

// LocalHistory opens the checkout whose root is named. Where there is none, or
// none with a commit, the history is empty.
func LocalHistory(root string) History {
	repo, err := git.PlainOpenWithOptions(root, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if err != nil {
		return History{}
	}
	head, err := repo.Head()
	if err != nil {
		return History{}
	}
	commit, err := repo.CommitObject(head.Hash())
	if err != nil {
		return History{}
	}
	return History{repo, commit, root}
}

// Commit is the one at HEAD, "" outside git.
func (h History) Commit() string {
	if h.head == nil {
		return ""
	}
	return h.head.Hash.String()
}

// MergedInto gives the commit that a commit was merged into by HEAD, as where a
// forge checks out what a pull request would become; "" where HEAD is no such
// merge. The commit is a hash, or the beginning of one.
func (h History) MergedInto(commit string) string {
	if h.head == nil || commit == "" || len(h.head.ParentHashes) != 2 {
		return ""
	}
	for i, p := range h.head.ParentHashes {
		if strings.HasPrefix(p.String(), strings.ToLower(commit)) {
			return h.head.ParentHashes[1-i].String()
		}
	}
	return ""
}

// Committed gives the bytes that HEAD has of a file, which is named from the
// root with slashes; nil where it has none.
func (h History) Committed(path string) ([]byte, error) {
	if h.head == nil {
		return nil, nil
	}
	f, err := h.head.File(path)
	if errors.Is(err, object.ErrFileNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s at HEAD: %w", path, err)
	}
	text, err := f.Contents()
	if err != nil {
		return nil, fmt.Errorf("read %s at HEAD: %w", path, err)
	}
	return []byte(text), nil
}

// Changed gives the time at which a file of the disk last changed: that of the
// last commit that touched it, or the file's own where it is changed or not
// committed. The history is read once, at the first call.
func (h History) Changed(file string) func() time.Time {
	return sync.OnceValue(func() time.Time {
		rel, err := filepath.Rel(h.root, file)
		if err != nil || h.head == nil {
			return modified(file)
		}
		rel = filepath.ToSlash(rel)
		disk, err := os.ReadFile(file)
		if err != nil {
			return time.Time{}
		}
		text, err := h.Committed(rel)
		if err != nil || text == nil || string(text) != string(disk) {
			return modified(file)
		}
		return lastTouched(h.head, rel, nothingKnown).Committer.When
	})
}

// Clean is true where the disk has each of the files, which are named from the
// root with slashes, as HEAD has it: those that neither has are clean too. A
// folder outside git has no clean files.
func (h History) Clean(paths ...string) (bool, error) {
	if h.head == nil {
		return false, nil
	}
	for _, p := range paths {
		disk, err := os.ReadFile(filepath.Join(h.root, filepath.FromSlash(p)))
		missing := errors.Is(err, os.ErrNotExist)
		if err != nil && !missing {
			return false, fmt.Errorf("read %s: %w", p, err)
		}
		was, err := h.Committed(p)
		if err != nil {
			return false, err
		}
		if missing != (was == nil) || !bytes.Equal(was, disk) {
			return false, nil
		}
	}
	return true, nil
}

func nothingKnown(*object.Commit) (*object.Commit, bool) { return nil, false }

func modified(file string) time.Time {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
