package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/payer-reconciler/reconciler/spec"
)

// history is what git has of a repository at HEAD and before. The zero one is
// that of a folder outside git.
type history struct {
	head *object.Commit
	root string
}

// historyOf opens the repository of a payer file. Where there is none, or none
// with a commit, the history is empty.
func historyOf(p *spec.Payer) history {
	repo, err := git.PlainOpenWithOptions(p.Root, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if err != nil {
		return history{}
	}
	head, err := repo.Head()
	if err != nil {
		return history{}
	}
	commit, err := repo.CommitObject(head.Hash())
	if err != nil {
		return history{}
	}
	return history{commit, p.Root}
}

// commit is the commit that the payer is read from, "" outside git.
func (h history) commit() string {
	if h.head == nil {
		return ""
	}
	return h.head.Hash.String()
}

// committed gives the bytes that HEAD has of a file, which is named from the
// root with slashes; nil where it has none.
func (h history) committed(path string) ([]byte, error) {
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

// changed gives the time at which a file of the disk last changed: that of the
// last commit that touched it, or the file's own where it is changed or not
// committed. The history is read once, at the first call.
func (h history) changed(file string) func() time.Time {
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
		text, err := h.committed(rel)
		if err != nil || text == nil || string(text) != string(disk) {
			return modified(file)
		}
		return lastTouched(h.head, rel).Committer.When
	})
}

// lastTouched is the commit that made the file what it is at c: it goes back as
// long as a parent has the file alike. Where the history ends before that, as
// in a shallow clone, it is the oldest commit there: the file is no younger.
func lastTouched(c *object.Commit, path string) *object.Commit {
	is, ok := blob(c, path)
next:
	for ok {
		for i := range c.ParentHashes {
			parent, err := c.Parent(i)
			if err != nil {
				continue // not in a shallow clone
			}
			if was, there := blob(parent, path); there && was == is {
				c = parent
				continue next
			}
		}
		break
	}
	return c
}

// blob names the content that a commit has of a file.
func blob(c *object.Commit, path string) (plumbing.Hash, bool) {
	tree, err := c.Tree()
	if err != nil {
		return plumbing.ZeroHash, false
	}
	e, err := tree.FindEntry(path)
	if err != nil {
		return plumbing.ZeroHash, false
	}
	return e.Hash, true
}

func modified(file string) time.Time {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
