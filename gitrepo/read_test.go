package gitrepo

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

// TestRead asks for files, ids, times and the history of commits.
func TestRead(t *testing.T) {
	repo := gitserver.Init(t)
	var commits []string
	for i := 1; i <= 150; i++ {
		files := map[string]string{"a.csv": fmt.Sprint(i)}
		if i == 1 || i == 100 {
			files["payers/a.yaml"] = fmt.Sprint("a", i)
		}
		if i == 1 {
			files["link"], files["empty"] = "payers", ""
		}
		commits = append(commits, repo.Commit(gitserver.Commit{Files: files, Modes: map[string]string{"link": "120000"}, Time: day(1).Add(time.Duration(i) * time.Hour)}))
	}
	r := open(t, options(t, repo))
	last := r.Head()
	for path, want := range map[string]string{"payers/a.yaml": "a100", "empty": "", "none": "nil", "payers/none": "nil", "a.csv/x": "nil", "link/a.yaml": "nil"} {
		got, err := r.File(last, path)
		text := string(got)
		if got == nil {
			text = "nil"
		}
		if err != nil || text != want {
			t.Errorf("%s: %q, %v; want %q", path, text, err, want)
		}
	}
	for _, path := range []string{"payers", "link"} {
		_, err := r.File(last, path)
		refuse(t, err, "it is no regular file")
	}
	for _, commit := range []string{strings.Repeat("1", 40), "", "main", last[:8], last + "-dirty"} {
		_, err := r.File(commit, "payers/a.yaml")
		refuse(t, err, "the repository has no commit")
		_, _, err = r.Blob(commit, "payers/a.yaml")
		refuse(t, err, "the repository has no commit")
		_, err = r.Changed(commit, "payers/a.yaml")
		refuse(t, err, "the repository has no commit")
		_, err = r.OnlyCSV(last, commit)
		refuse(t, err, "the repository has no commit")
		refuse(t, r.History(commit, func(string) bool { return true }), "the repository has no commit")
		refuse(t, r.Export(t.Context(), commit, filepath.Join(t.TempDir(), "x")), "the repository has no commit")
	}
	if r.suspect {
		t.Error("who asks for what was never there makes the clone look broken")
	}

	for _, path := range []string{"payers/a.yaml", "payers", "link"} {
		was, ok1, err1 := r.Blob(commits[98], path)
		is, ok2, err2 := r.Blob(last, path)
		if !ok1 || !ok2 || err1 != nil || err2 != nil || (was == is) != (path == "link") {
			t.Errorf("%s: %s and %s, %v %v", path, was, is, err1, err2)
		}
	}
	if id, ok, err := r.Blob(last, "none"); id != "" || ok || err != nil {
		t.Errorf("none: %q, %v, %v", id, ok, err)
	}

	for _, tt := range []struct {
		at   int
		path string
		want int
	}{{98, "payers/a.yaml", 1}, {99, "payers/a.yaml", 100}, {120, "payers/a.yaml", 100}, {149, "payers/a.yaml", 100}, {110, "payers/a.yaml", 100}, {50, "payers/a.yaml", 1}, {149, "a.csv", 150}, {149, "link", 1}} {
		got, err := r.Changed(commits[tt.at], tt.path)
		if want := day(1).Add(time.Duration(tt.want) * time.Hour); err != nil || !got.Equal(want) {
			t.Errorf("%s at %d changed %s, %v; want %s", tt.path, tt.at, got, err, want)
		}
	}
	if got, err := r.Changed(last, "none"); err != nil || !got.IsZero() {
		t.Errorf("none changed %s, %v", got, err)
	}

	var got []string
	if err := r.History(last, func(c string) bool { r.Head(); got = append(got, c); return true }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields(repo.Git("rev-list", "--first-parent", "main")), got); diff != "" {
		t.Errorf("the history (-git +ours):\n%s", diff)
	}
	n := 0
	if err := r.History(last, func(string) bool { n++; return n < 70 }); err != nil || n != 70 {
		t.Errorf("the history stops after %d, %v", n, err)
	}
}

// TestMultiACK: servers that ask for it, as Azure DevOps does, get what they
// ask for, and what they then say more is understood.
func TestMultiACK(t *testing.T) {
	for _, remote := range remotes[1:3] {
		repo := gitserver.Init(t)
		var first string
		for i := range 20 {
			c := repo.Commit(gitserver.Commit{Files: map[string]string{"a": fmt.Sprint(i)}})
			if i == 5 {
				first = c
			}
		}
		o := options(t, repo)
		remote.set(t, repo, &o)
		r := open(t, o)
		r.remote.multiACK = true
		for _, onto := range []string{"", first, "none"} {
			want := repo.Commit(gitserver.Commit{Onto: onto, Files: map[string]string{"b": "b" + onto}})
			if h := fetch(t, r); h.Commit != want {
				t.Errorf("%s: head %+v, want %s", remote.name, h, want)
			}
			// Haves that the remote does not know are left unanswered.
			publish(t, r, csv("a.csv", onto))
		}
		r.net <- struct{}{}
		err := r.clone(t.Context())
		<-r.net
		if err != nil {
			t.Errorf("%s: clone: %v", remote.name, err)
		}
	}
	r, err := newRemote(Options{URL: "https://dev.azure.com/acme/p/_git/payers"})
	if err != nil || !r.multiACK {
		t.Errorf("Azure DevOps: %+v, %v", r, err)
	}
}

// TestRewrittenFar: a branch that goes on elsewhere, further back than what we
// tell the remote, is fetched too.
func TestRewrittenFar(t *testing.T) {
	repo := gitserver.Init(t)
	first := repo.Commit(gitserver.Commit{Files: map[string]string{"a": "0"}})
	for i := range maxHaves + 20 {
		repo.Commit(gitserver.Commit{Files: map[string]string{"a": fmt.Sprint(i)}})
	}
	r := open(t, options(t, repo))
	other := repo.Commit(gitserver.Commit{Onto: first, Files: map[string]string{"a": "other"}})
	if h := fetch(t, r); h.Commit != other || !h.Rewritten {
		t.Errorf("head %+v, want %s", h, other)
	}
	alone := repo.Commit(gitserver.Commit{Onto: "none", Files: map[string]string{"b": "alone"}})
	if h := fetch(t, r); h.Commit != alone || !h.Rewritten {
		t.Errorf("head %+v, want %s", h, alone)
	}
}

// listing is what a folder has, by path: mode and text, or where a link leads.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		switch info, _ := d.Info(); {
		case d.Type()&fs.ModeSymlink != 0:
			all[rel], err = os.Readlink(path)
			all[rel] = "link " + all[rel]
		case d.IsDir():
			all[rel] = "folder"
		default:
			var b []byte
			b, err = os.ReadFile(path)
			all[rel] = fmt.Sprintf("%o %s", info.Mode().Perm(), b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestExport writes the tree as it is, in the place of what was there.
func TestExport(t *testing.T) {
	repo := gitserver.Init(t)
	outside := write(t, filepath.Join(t.TempDir(), "outside"), "as it was")
	head := repo.Commit(gitserver.Commit{
		Files: map[string]string{"payers/a.yaml": "a", "bin/run": "#!", "link": "payers/a.yaml", "out": outside, "dir": "..", "sub": strings.Repeat("1", 40), "ü b\\c": "x", ".gitignore": "*"},
		Modes: map[string]string{"bin/run": "100755", "link": "120000", "out": "120000", "dir": "120000", "sub": "160000"},
	})
	r := open(t, options(t, repo))
	base := t.TempDir()
	dir := filepath.Join(base, "trees", head)
	put(t, filepath.Join(dir, "left", "over"), "x")
	want := map[string]string{
		"payers": "folder", "payers/a.yaml": "644 a", "bin": "folder", "bin/run": "755 #!", "link": "link payers/a.yaml",
		"out": "link " + outside, "dir": "link ..", "ü b\\c": "644 x", ".gitignore": "644 *",
	}
	for range 2 {
		if err := r.Export(t.Context(), head, dir); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, listing(t, dir)); diff != "" {
			t.Errorf("the folder (-want +got):\n%s", diff)
		}
	}
	err := r.Export(t.Context(), strings.Repeat("1", 40), dir)
	refuse(t, err, "export 11111111")
	if diff := cmp.Diff(want, listing(t, dir)); diff != "" {
		t.Errorf("after an error (-want +got):\n%s", diff)
	}
	if around, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(around) != 1 {
		t.Errorf("beside the folder is something left: %v, %v", around, err)
	}
}

// TestDanger22Export: a tree that was made to leave its folder, or to write
// through a link of its own, is not written.
func TestDanger22Export(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"x": "evil"}})
	r := open(t, options(t, repo))
	outside := t.TempDir()
	w := newRewriter(r.store, nil)
	blob := func(text string) plumbing.Hash {
		o := &plumbing.MemoryObject{}
		o.SetType(plumbing.BlobObject)
		_, _ = o.Write([]byte(text))
		h, err := r.store.SetEncodedObject(o)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	tree := func(entries ...object.TreeEntry) plumbing.Hash {
		o := &plumbing.MemoryObject{}
		if err := (&object.Tree{Entries: entries}).Encode(o); err != nil {
			t.Fatal(err)
		}
		h, err := r.store.SetEncodedObject(o)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	evil, link := blob("evil"), blob(outside)
	file := func(name string) object.TreeEntry {
		return object.TreeEntry{Name: name, Mode: filemode.Regular, Hash: evil}
	}
	for name, h := range map[string]plumbing.Hash{
		"..":               tree(object.TreeEntry{Name: "..", Mode: filemode.Dir, Hash: tree(file("x"))}),
		".":                tree(file(".")),
		".git":             tree(object.TreeEntry{Name: ".git", Mode: filemode.Dir, Hash: tree(file("config"))}),
		".GIT":             tree(object.TreeEntry{Name: ".GIT", Mode: filemode.Dir, Hash: tree(file("config"))}),
		".git. ":           tree(file(".git. ")),
		"git~1":            tree(file("git~1")),
		"a/b":              tree(file("a/b")),
		"../x":             tree(file("../x")),
		"link and folder":  tree(object.TreeEntry{Name: "a", Mode: filemode.Symlink, Hash: link}, object.TreeEntry{Name: "a", Mode: filemode.Dir, Hash: tree(file("x"))}),
		"link and file":    tree(object.TreeEntry{Name: "a", Mode: filemode.Symlink, Hash: blob(filepath.Join(outside, "x"))}, object.TreeEntry{Name: "a", Mode: filemode.Regular, Hash: evil}),
		"missing contents": tree(object.TreeEntry{Name: "a", Mode: filemode.Regular, Hash: plumbing.NewHash(strings.Repeat("1", 40))}),
	} {
		c, err := w.add(&object.Commit{TreeHash: h, Message: "evil"})
		if err != nil {
			t.Fatal(err)
		}
		o, err := w.made.EncodedObject(plumbing.CommitObject, c)
		if err == nil {
			_, err = r.store.SetEncodedObject(o)
		}
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "tree")
		if err := r.Export(t.Context(), c.String(), dir); err == nil {
			t.Errorf("%s: it was written: %v", name, listing(t, dir))
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s: half a folder is left", name)
		}
	}
	if left := listing(t, outside); len(left) != 0 {
		t.Errorf("it wrote outside: %v", left)
	}
}

// TestClonePlain: git itself finds nothing wrong with a clone.
func TestClonePlain(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "a"}})
	repo.Commit(gitserver.Commit{Branch: "other", Files: map[string]string{"huge": "not wanted"}})
	o := options(t, repo)
	r := open(t, o)
	for i := range 3 {
		publish(t, r, csv("a.csv", fmt.Sprint(i)))
		repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": fmt.Sprint(i)}})
		fetch(t, r)
	}
	for _, args := range [][]string{{"fsck", "--strict", "--full"}, {"log", "--oneline", "main"}, {"for-each-ref", "--format=%(refname)"}} {
		cmd := exec.Command("git", append([]string{"-C", o.Dir}, args...)...)
		cmd.Env = gitserver.Env()
		out, err := cmd.CombinedOutput()
		if err != nil || args[0] == "for-each-ref" && string(out) != "refs/heads/main\n" {
			t.Errorf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
