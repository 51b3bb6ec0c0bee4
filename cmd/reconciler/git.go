package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/go-git/go-git/v5"

	"github.com/payer-reconciler/reconciler/spec"
)

// lastChange gives the commit that the payer is read from and the time at
// which its file last changed: that of the last commit that touched it, or the
// file's own where it is changed or not committed. Outside git there is no commit.
func lastChange(p *spec.Payer) (commit string, changed time.Time) {
	if info, err := os.Stat(p.Path); err == nil {
		changed = info.ModTime()
	}
	repo, err := git.PlainOpenWithOptions(p.Root, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if err != nil {
		return "", changed
	}
	head, err := repo.Head()
	if err != nil {
		return "", changed
	}
	commit = head.Hash().String()
	rel, err := filepath.Rel(p.Root, p.Path)
	if err != nil {
		return commit, changed
	}
	rel = filepath.ToSlash(rel)
	if !sameAsHead(repo, p.Path, rel) {
		return commit, changed
	}
	log, err := repo.Log(&git.LogOptions{From: head.Hash(), FileName: &rel})
	if err != nil {
		return commit, changed
	}
	defer log.Close()
	if last, err := log.Next(); err == nil {
		changed = last.Committer.When
	}
	return commit, changed
}

// sameAsHead says whether the file on disk is the one that HEAD has.
func sameAsHead(repo *git.Repository, path, rel string) bool {
	head, err := repo.Head()
	if err != nil {
		return false
	}
	commit, err := repo.CommitObject(head.Hash())
	if err != nil {
		return false
	}
	f, err := commit.File(rel)
	if err != nil {
		return false
	}
	committed, err := f.Contents()
	if err != nil {
		return false
	}
	disk, err := os.ReadFile(path)
	return err == nil && string(disk) == committed
}
