package spec_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

func TestRoot(t *testing.T) {
	dir := t.TempDir()
	repo := filepath.Join(dir, "repo")
	payer := filepath.Join(repo, "a", "payers", "acme.yaml")
	write(t, payer, head)
	check := func(path, want string) {
		t.Helper()
		got, err := spec.Root(path)
		if err != nil || got != want {
			t.Errorf("Root(%s) = %s, %v; want %s", path, got, err, want)
		}
	}
	// Without .git it is the folder given; of a file, the one that payers/ lies in.
	check(repo, repo)
	check(payer, filepath.Join(repo, "a"))
	write(t, filepath.Join(repo, ".git"), "gitdir: elsewhere\n") // as in a worktree
	check(payer, repo)
	check(filepath.Join(repo, "a"), repo)
	if _, err := spec.Root(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("no error for what is not there")
	}
}

func TestPaths(t *testing.T) {
	repo := repository(t, head)
	for _, path := range []string{"acme.yaml", "sub/payers/beta.yaml"} {
		write(t, filepath.Join(repo, path), head)
	}
	write(t, filepath.Join(repo, "sub/payers/beta.yaml"), "apiVersion: reconciler/v1\nkind: Payer\nname: beta\naccountId: 222233334444\n")
	t.Chdir(filepath.Join(repo, "sub"))
	for _, tt := range []struct {
		paths []string
		want  string
	}{
		{nil, "ok beta\n"},
		{[]string{"."}, "ok beta\n"},
		{[]string{"payers"}, "ok beta\n"},
		{[]string{"payers/beta.yaml", "payers", "."}, "ok beta\n"},
		{[]string{"..", "payers/../payers"}, "ok acme\nok beta\n"},
	} {
		if got := report(spec.Load(tt.paths, spec.Options{})); got != tt.want {
			t.Errorf("Load(%v) says %s, want %s", tt.paths, got, tt.want)
		}
	}
	payers, err := spec.Load([]string{"payers/beta.yaml"}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(repo)
	if err != nil {
		t.Fatal(err)
	}
	p := payers[0]
	if root, _ := filepath.EvalSymlinks(p.Root); root != real || p.Pos.File != "sub/payers/beta.yaml" || filepath.Base(p.Dir) != "sub" {
		t.Errorf("root %s, dir %s, file %s", p.Root, p.Dir, p.Pos.File)
	}
	if _, err := os.Stat(p.Path); err != nil {
		t.Error(err)
	}
}
