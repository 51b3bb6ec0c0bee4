package gitrepo

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// fork is a checkout of the branch work, which parted from main; both went on.
// main changed theirs.yaml, work changed ours.yaml.
func fork(t *testing.T) (dir string, repo *git.Repository) {
	t.Helper()
	dir = t.TempDir()
	repo, err := git.PlainInitWithOptions(dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: "refs/heads/main"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"same.yaml", "theirs.yaml", "ours.yaml", "edited.yaml", "gone.yaml", "policies/doc.json", "empty"} {
		text := "1\n"
		if name == "empty" {
			text = ""
		}
		put(t, filepath.Join(dir, name), text)
	}
	if err := os.Symlink("policies", filepath.Join(dir, "link")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	commit(t, repo)
	branch(t, repo, "work", true)
	branch(t, repo, "main", false)
	put(t, filepath.Join(dir, "theirs.yaml"), "2\n")
	commit(t, repo)
	branch(t, repo, "work", false)
	put(t, filepath.Join(dir, "ours.yaml"), "2\n")
	commit(t, repo)
	return dir, repo
}

func commit(t *testing.T, repo *git.Repository) {
	t.Helper()
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.AddGlob("."); err != nil {
		t.Fatal(err)
	}
	who := &object.Signature{Name: "a", Email: "a@acme.example", When: time.Now()}
	if _, err := tree.Commit("change", &git.CommitOptions{Author: who, Committer: who}); err != nil {
		t.Fatal(err)
	}
}

func branch(t *testing.T, repo *git.Repository, name string, create bool) {
	t.Helper()
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Checkout(&git.CheckoutOptions{Branch: plumbing.NewBranchReferenceName(name), Create: create}); err != nil {
		t.Fatal(err)
	}
}

// TestSince: what the branch changed and what is not committed yet, and nothing
// that happened on main meanwhile.
func TestSince(t *testing.T) {
	dir, _ := fork(t)
	put(t, filepath.Join(dir, "edited.yaml"), "2\n")
	put(t, filepath.Join(dir, "new.yaml"), "1\n")
	if err := os.Remove(filepath.Join(dir, "gone.yaml")); err != nil {
		t.Fatal(err)
	}
	past, err := LocalHistory(dir).Since("main")
	if err != nil {
		t.Fatal(err)
	}
	differs := func(path string, want bool) {
		t.Helper()
		if got, err := past.Differs(path); got != want || err != nil {
			t.Errorf("%s differs: %v, %v; want %v", path, got, err, want)
		}
	}
	for path, want := range map[string]bool{"same.yaml": false, "theirs.yaml": false, "ours.yaml": true, "edited.yaml": true, "new.yaml": true,
		"gone.yaml": true, "never.yaml": false, "policies/doc.json": false, "link": false, "empty": false, "same.yaml/below": false} {
		differs(path, want)
	}
	for _, l := range []struct{ name, to string }{{"link", "elsewhere"}, {"same.yaml", "ours.yaml"}} { // another link, and a file that is one by now
		path := filepath.Join(dir, l.name)
		if err := errors.Join(os.Remove(path), os.Symlink(l.to, path)); err != nil {
			t.Fatal(err)
		}
		differs(l.name, true)
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, "link")), os.Mkdir(filepath.Join(dir, "link"), 0o755), os.Remove(filepath.Join(dir, "empty"))); err != nil {
		t.Fatal(err)
	}
	differs("link", true)
	differs("empty", true)

	out := filepath.Join(t.TempDir(), "base")
	if err := past.Base().Export(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(out, "ours.yaml")); string(b) != "1\n" || err != nil {
		t.Errorf("ours.yaml at the base: %q, %v", b, err)
	}
	if to, err := os.Readlink(filepath.Join(out, "link")); to != "policies" || err != nil {
		t.Errorf("link at the base: %q, %v", to, err)
	}
}

// TestOlder: what came before, but for commits of CSVs, and an error where the
// clone is cut off.
func TestOlder(t *testing.T) {
	dir, repo := fork(t)
	branch(t, repo, "main", false)
	var want []string
	for _, change := range []struct{ name, text string }{{"a.yaml", "1\n"}, {"a.csv", "1\n"}, {"a.yaml", "2\n"}} {
		head, err := repo.Head()
		if err != nil {
			t.Fatal(err)
		}
		want = append([]string{head.Hash().String()}, want...)
		put(t, filepath.Join(dir, change.name), change.text)
		commit(t, repo)
	}
	want = slices.Delete(want, 1, 2) // the next one differs from it in a CSV alone
	older := func(dir string, most int) (got []string, err error) {
		past, err := LocalHistory(dir).Since("HEAD")
		if err != nil {
			t.Fatal(err)
		}
		err = past.Older(func(p Point) bool {
			got = append(got, p.Commit())
			return len(got) < most
		})
		return got, err
	}
	got, err := older(dir, 100)
	if first, err := repo.ResolveRevision("HEAD~4"); err != nil || !slices.Equal(got, append(slices.Clone(want), first.String())) {
		t.Errorf("older commits: %v, want %v and %s, %v", got, want, first, err)
	}
	if err != nil {
		t.Error(err)
	}
	if got, err := older(dir, 1); err != nil || !slices.Equal(got, want[:1]) {
		t.Errorf("the first older commit: %v, %v", got, err)
	}
	cut := t.TempDir()
	if _, err := git.PlainClone(cut, false, &git.CloneOptions{URL: "file://" + dir, Depth: 2, Progress: io.Discard}); err != nil {
		t.Fatal(err)
	}
	got, err = older(cut, 100)
	var unknown *UnknownError
	if !errors.As(err, &unknown) || !unknown.Shallow || !slices.Equal(got, want[:1]) {
		t.Errorf("in a shallow clone: %v, %v", got, err)
	}
}

// TestMoved: what main did since, and the branch has not.
func TestMoved(t *testing.T) {
	dir, repo := fork(t)
	branch(t, repo, "main", false)
	put(t, filepath.Join(dir, "ours.yaml"), "2\n")   // alike on both
	put(t, filepath.Join(dir, "same.yaml"), "2\n")   // put right in the work tree
	put(t, filepath.Join(dir, "edited.yaml"), "2\n") // another there than here
	put(t, filepath.Join(dir, "added.yaml"), "1\n")  // new there
	if err := os.Remove(filepath.Join(dir, "gone.yaml")); err != nil {
		t.Fatal(err)
	}
	commit(t, repo)
	branch(t, repo, "work", false)
	put(t, filepath.Join(dir, "same.yaml"), "2\n")
	put(t, filepath.Join(dir, "edited.yaml"), "3\n")
	moved := func(when string, want map[string]bool) *Past {
		t.Helper()
		past, err := LocalHistory(dir).Since("main")
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range want {
			if got, err := past.Moved(path); got != want || err != nil {
				t.Errorf("%s: %s moved: %v, %v; want %v", when, path, got, err, want)
			}
		}
		return past
	}
	past := moved("apart", map[string]bool{"theirs.yaml": true, "edited.yaml": true, "added.yaml": true, "gone.yaml": true,
		"ours.yaml": false, "same.yaml": false, "policies/doc.json": false, "link": false, "never.yaml": false})
	if past.Tip().Commit() == past.Base().Commit() {
		t.Error("main is where it parted")
	}
	if b, err := past.Tip().Read("added.yaml"); string(b) != "1\n" || err != nil {
		t.Errorf("added.yaml at the tip: %q, %v", b, err)
	}
	if b, err := past.Base().Read("added.yaml"); b != nil || err != nil {
		t.Errorf("added.yaml at the base: %q, %v", b, err)
	}

	tip, work := past.Tip().Commit(), LocalHistory(dir).Commit()
	who := &object.Signature{Name: "a", Email: "a@acme.example", When: time.Now()}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Commit("merge", &git.CommitOptions{Author: who, Committer: who, AllowEmptyCommits: true,
		Parents: []plumbing.Hash{plumbing.NewHash(tip), plumbing.NewHash(work)}}); err != nil {
		t.Fatal(err)
	}
	moved("merged", map[string]bool{"theirs.yaml": false, "edited.yaml": false, "added.yaml": false, "gone.yaml": false})
	for of, want := range map[string]string{work: tip, work[:12]: tip, tip: work, "": "", LocalHistory(dir).Commit(): ""} {
		if got := LocalHistory(dir).MergedInto(of); got != want {
			t.Errorf("%q was merged into %q, want %q", of, got, want)
		}
	}
	if got := LocalHistory(t.TempDir()).MergedInto(work); got != "" {
		t.Errorf("outside git: merged into %s", got)
	}
}

func TestSinceNowhere(t *testing.T) {
	origin, repo := fork(t)
	var e *UnknownError
	if _, err := LocalHistory(origin).Since("trunk"); !errors.As(err, &e) || e.Shallow || err.Error() != `there is no commit "trunk"` {
		t.Errorf("no such branch: %v", err)
	}
	if _, err := LocalHistory(t.TempDir()).Since("main"); !errors.Is(err, ErrNoGit) {
		t.Errorf("outside git: %v", err)
	}
	if err := repo.Storer.SetReference(plumbing.NewSymbolicReference(plumbing.HEAD, "refs/heads/orphan")); err != nil {
		t.Fatal(err)
	}
	commit(t, repo)
	if _, err := LocalHistory(origin).Since("main"); !errors.As(err, &e) || !e.Unrelated {
		t.Errorf("an orphan: %v", err)
	}
	branch(t, repo, "work", false)

	for _, tt := range []struct {
		depth   int
		ref     string
		shallow bool
		meant   string
	}{{1, "main", true, ""}, {1, "origin/main", true, ""}, {0, "main", false, "origin/main"}} {
		dir := t.TempDir()
		if _, err := git.PlainClone(dir, false, &git.CloneOptions{URL: "file://" + origin, Depth: tt.depth, Progress: io.Discard,
			ReferenceName: "refs/heads/work", SingleBranch: tt.depth > 0}); err != nil {
			t.Fatal(err)
		}
		_, err := LocalHistory(dir).Since(tt.ref)
		if !errors.As(err, &e) || e.Shallow != tt.shallow || e.Meant != tt.meant {
			t.Errorf("depth %d: %v", tt.depth, err)
		}
	}
}

// TestSinceInShallowClone: both branches are there, and what they have in common is not.
func TestSinceInShallowClone(t *testing.T) {
	origin, _ := fork(t)
	dir := t.TempDir()
	repo, err := git.PlainClone(dir, false, &git.CloneOptions{URL: "file://" + origin, Depth: 1, ReferenceName: "refs/heads/work", SingleBranch: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := repo.Fetch(&git.FetchOptions{Depth: 1, RefSpecs: []config.RefSpec{"+refs/heads/main:refs/remotes/origin/main"}}); err != nil {
		t.Fatal(err)
	}
	var e *UnknownError
	if _, err := LocalHistory(dir).Since("origin/main"); !errors.As(err, &e) || !e.Shallow {
		t.Errorf("got %v", err)
	}
}

// TestSinceConverted: git writes a checkout with other ends of lines than the
// commit has, by eol=crlf or core.autocrlf. That is no change, on either side.
func TestSinceConverted(t *testing.T) {
	dir, repo := fork(t)
	put(t, filepath.Join(dir, "crlf"), "1\r\n2\r\n")
	commit(t, repo)
	past, err := LocalHistory(dir).Since("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path, text string
		want       bool
	}{
		{"same.yaml", "1\r\n", false},
		{"crlf", "1\n2\n", false},
		{"crlf", "1\r\n2\n", false},
		{"same.yaml", "1\r", true},
		{"same.yaml", "1\r\n\r\n", true},
		{"same.yaml", "2\r\n", true},
		{"empty", "\r\n", true},
	} {
		put(t, filepath.Join(dir, tt.path), tt.text)
		if got, err := past.Differs(tt.path); got != tt.want || err != nil {
			t.Errorf("%s as %q differs: %v, %v; want %v", tt.path, tt.text, got, err, tt.want)
		}
	}
}
