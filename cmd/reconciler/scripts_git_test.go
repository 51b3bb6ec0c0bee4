package main

import (
	"errors"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/rogpeppe/go-internal/testscript"
)

func scriptGit(ts *testscript.TestScript, args []string) {
	const usage = "git init|branch|commit DIR [NAME]"
	want(ts, args, 2, usage)
	dir, name := ts.MkAbs(args[1]), ""
	if len(args) > 2 {
		name = args[2]
	}
	if args[0] == "init" {
		_, err := git.PlainInitWithOptions(dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: "refs/heads/main"}})
		ts.Check(err)
		return
	}
	repo, err := git.PlainOpen(dir)
	ts.Check(err)
	tree, err := repo.Worktree()
	ts.Check(err)
	switch args[0] {
	case "branch":
		branch := plumbing.NewBranchReferenceName(name)
		_, err := repo.Reference(branch, true)
		ts.Check(tree.Checkout(&git.CheckoutOptions{Branch: branch, Create: errors.Is(err, plumbing.ErrReferenceNotFound)}))
	case "commit":
		ts.Check(tree.AddWithOptions(&git.AddOptions{All: true}))
		who := &object.Signature{Name: "a", Email: "a@acme.example", When: time.Now()}
		o := &git.CommitOptions{Author: who, Committer: who, AllowEmptyCommits: true}
		if name != "" {
			head, err := repo.Head()
			ts.Check(err)
			other, err := repo.ResolveRevision(plumbing.Revision(name))
			ts.Check(err)
			o.Parents = []plumbing.Hash{head.Hash(), *other}
		}
		made, err := tree.Commit("change", o)
		ts.Check(err)
		ts.Setenv("COMMIT", made.String())
	default:
		ts.Fatalf("usage: %s", usage)
	}
}
