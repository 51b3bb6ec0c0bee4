package gitrepo

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// checkout is a git repository with a payer file that changed in the first of
// three commits, a day apart, and a CSV that changed in each.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "payers", "acme.yaml"), "name: acme\n")
	for day := 1; day <= 3; day++ {
		put(t, filepath.Join(dir, "accounts", "acme.csv"), fmt.Sprintf("%012d,1,a@acme.example\n", day))
		if err := tree.AddGlob("."); err != nil {
			t.Fatal(err)
		}
		who := &object.Signature{Name: "a", Email: "a@acme.example", When: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)}
		if _, err := tree.Commit("change", &git.CommitOptions{Author: who, Committer: who}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestDanger16ShallowClone is the checkout of most CI systems, whose files are
// all as young as the clone: what AWS refused would be tried again in every run.
func TestDanger16ShallowClone(t *testing.T) {
	origin := checkout(t)
	for depth, want := range map[int]string{0: "2026-01-01", 1: "2026-01-03", 2: "2026-01-02"} {
		dir := t.TempDir()
		if _, err := git.PlainClone(dir, false, &git.CloneOptions{URL: "file://" + origin, Depth: depth, Progress: io.Discard}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "payers", "acme.yaml")
		h := LocalHistory(dir)
		if got := h.Changed(file)().UTC().Format(time.DateOnly); got != want {
			t.Errorf("depth %d: changed on %s, want %s", depth, got, want)
		}

		edited := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		put(t, file, "name: other\n")
		if err := os.Chtimes(file, edited, edited); err != nil {
			t.Fatal(err)
		}
		if got := h.Changed(file)(); !got.Equal(edited) {
			t.Errorf("depth %d: an edited file changed at %s, want %s", depth, got, edited)
		}
	}
}

func TestLocalHistory(t *testing.T) {
	dir := checkout(t)
	h := LocalHistory(dir)
	if len(h.Commit()) != 40 {
		t.Errorf("commit %q", h.Commit())
	}
	put(t, filepath.Join(dir, "accounts", "acme.csv"), "")
	for path, want := range map[string]string{"accounts/acme.csv": "000000000003,1,a@acme.example\n", "accounts/none.csv": ""} {
		if got, err := h.Committed(path); err != nil || string(got) != want {
			t.Errorf("%s at HEAD: %q, %v; want %q", path, got, err, want)
		}
	}

	outside := LocalHistory(t.TempDir())
	if got, err := outside.Committed("accounts/acme.csv"); outside.Commit() != "" || got != nil || err != nil {
		t.Errorf("outside git: commit %q, file %q, %v", outside.Commit(), got, err)
	}
	info, err := os.Stat(filepath.Join(dir, "payers", "acme.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if got := outside.Changed(filepath.Join(dir, "payers", "acme.yaml"))(); !got.Equal(info.ModTime()) {
		t.Errorf("outside git: changed at %s, want the file's own %s", got, info.ModTime())
	}
}

// TestLocalClean: what is changed, new or gone since HEAD is not clean.
func TestLocalClean(t *testing.T) {
	dir := checkout(t)
	h := LocalHistory(dir)
	for _, tt := range []struct {
		do   func()
		want bool
	}{
		{func() {}, true},
		{func() { put(t, filepath.Join(dir, "payers", "acme.yaml"), "name: other\n") }, false},
		{func() { put(t, filepath.Join(dir, "payers", "acme.yaml"), "name: acme\n") }, true},
		{func() { put(t, filepath.Join(dir, "payers", "new.yaml"), "") }, false},
		{func() { _ = os.Remove(filepath.Join(dir, "payers", "new.yaml")) }, true},
		{func() { _ = os.Remove(filepath.Join(dir, "payers", "acme.yaml")) }, false},
	} {
		tt.do()
		got, err := h.Clean("payers/acme.yaml", "payers/new.yaml", "accounts/acme.csv")
		if err != nil || got != tt.want {
			t.Errorf("clean: %v, %v; want %v", got, err, tt.want)
		}
	}
	if got, err := LocalHistory(t.TempDir()).Clean("a.yaml"); got || err != nil {
		t.Errorf("outside git: clean %v, %v", got, err)
	}
}
