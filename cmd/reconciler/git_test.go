package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/spec"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestPassesKnowWhatIsCommitted, but for those of a simulated AWS, which may be
// younger than the repository.
func TestPassesKnowWhatIsCommitted(t *testing.T) {
	dir := t.TempDir()
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "accounts", "acme.csv"), "1\n")
	if err := tree.AddGlob("."); err != nil {
		t.Fatal(err)
	}
	who := &object.Signature{Name: "a", Email: "a@acme.example"}
	if _, err := tree.Commit("change", &git.CommitOptions{Author: who, Committer: who}); err != nil {
		t.Fatal(err)
	}
	p := &spec.Payer{Root: dir}
	a := &aws{c: &cli{}}
	if b, err := a.options().Committed(p, "accounts/acme.csv"); err != nil || len(b) == 0 {
		t.Errorf("the CSV at HEAD is %q, %v", b, err)
	}
	a.sim = awssim.New(awssim.Options{})
	if a.options().Committed != nil {
		t.Error("a simulated AWS is held against HEAD")
	}
}
