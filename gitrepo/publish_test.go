package gitrepo

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// TestPublish looks at a commit with git itself.
func TestPublish(t *testing.T) {
	repo := gitserver.Init(t)
	first := repo.Commit(gitserver.Commit{
		Files: map[string]string{"payers/a.yaml": "a", "bin/run": "#!", "accounts/old.csv": "old\n", "accounts/x.csv": "1\n", "link": "bin/run"},
		Modes: map[string]string{"bin/run": "100755", "link": "120000", "accounts/x.csv": "100755"},
	})
	r := open(t, options(t, repo))
	c := csv("accounts/a.csv", "1\n")
	c.Files["new/deep/b.csv"] = []byte("2\n")
	c.Files["accounts/x.csv"] = []byte("2\n")
	c.Message = "accounts: acme-labs: 37 added, 2 parked"
	c.Payer, c.Source = "acme-labs", first
	made := publish(t, r, c)
	repo.Fsck()
	want := "reconciler <reconciler@acme.example> 2026-03-01T12:00:00+00:00\nreconciler <reconciler@acme.example> 2026-03-01T12:00:00+00:00\n" + first +
		"\naccounts: acme-labs: 37 added, 2 parked\n\nReconciler-Payer: acme-labs\nReconciler-Source: " + first + "\n"
	if diff := cmp.Diff(want, repo.Git("log", "-1", "--format=%an <%ae> %aI%n%cn <%ce> %cI%n%P%n%B", made)); diff != "" {
		t.Errorf("the commit (-want +got):\n%s", diff)
	}
	if got := repo.Git("log", "-1", "--format=%(trailers:key=Reconciler-Payer,valueonly)", made); strings.TrimSpace(got) != "acme-labs" {
		t.Errorf("git finds the trailer %q", got)
	}
	want = "A\taccounts/a.csv\nM\taccounts/x.csv\nA\tnew/deep/b.csv"
	if diff := cmp.Diff(want, repo.Git("diff", "--name-status", first, made)); diff != "" {
		t.Errorf("what changed (-want +got):\n%s", diff)
	}
	if got := repo.Git("ls-tree", made, "accounts/x.csv"); !strings.HasPrefix(got, "100755 ") {
		t.Errorf("the mode changed: %s", got)
	}
}

// TestDanger13OnlyCSV: a commit of ours can touch nothing but CSVs of ours.
func TestDanger13OnlyCSV(t *testing.T) {
	repo := gitserver.Init(t)
	head := repo.Commit(gitserver.Commit{
		Files: map[string]string{
			"payers/a.yaml": "a", "file": "f", "folder.csv/x": "x", "theirs.csv": "not ours",
			"link.csv": "payers/a.yaml", "linked": "payers", "sub.csv": strings.Repeat("1", 40), "sub": strings.Repeat("1", 40),
		},
		Modes: map[string]string{"link.csv": "120000", "linked": "120000", "sub.csv": "160000", "sub": "160000"},
	})
	r := open(t, options(t, repo))
	for path, want := range map[string]string{
		"payers/a.yaml":                      "only *.csv is published",
		".github/workflows/x.yml":            "only *.csv is published",
		".csv":                               "only *.csv is published",
		"a/.csv":                             "only *.csv is published",
		"../x.csv":                           "not allowed",
		"a/../x.csv":                         "not allowed",
		"/x.csv":                             "not allowed",
		"a//x.csv":                           "not allowed",
		"./x.csv":                            "not allowed",
		".git/x.csv":                         "not allowed",
		"a/.GIT/x.csv":                       "not allowed",
		"a\\x.csv":                           "not allowed",
		"a\nx.csv":                           "not allowed",
		strings.Repeat("a/", 3000) + "x.csv": "not allowed",
		"link.csv":                           "it is a symbolic link",
		"linked/x.csv":                       "it is a symbolic link",
		"sub.csv":                            "it is a submodule",
		"sub/x.csv":                          "it is a submodule",
		"folder.csv":                         "it is a folder",
		"file/x.csv":                         "it is a file",
		"theirs.csv/x.csv":                   "it is a file",
		"theirs.csv":                         "not one of ours",
	} {
		c := csv(path, "1\n")
		c.Files["good.csv"] = []byte("1\n")
		c.Check = func(path string, tracked []byte) error {
			if path == "theirs.csv" && string(tracked) == "not ours" {
				return errors.New("not one of ours")
			}
			return nil
		}
		_, err := r.Publish(t.Context(), c)
		refuse(t, err, want)
	}
	c := csv("a.csv", "1")
	c.Files["a.csv/b.csv"] = nil
	_, err := r.Publish(t.Context(), c)
	refuse(t, err, "both as a file and as a folder")
	if got := repo.Head("main"); got != head {
		t.Errorf("the remote is at %s, want %s", got, head)
	}
}

// TestRace: two who publish at once, each with a clone of its own, both get
// through, and so does a third who changes a payer file in between.
func TestRace(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "0"}})
	server := gitserver.HTTP(t, repo.Root, "")
	var all sync.WaitGroup
	for _, who := range []string{"a", "b"} {
		o := options(t, repo)
		o.URL = server.URL + "/" + repo.Name
		r := open(t, o)
		all.Go(func() {
			for i := range 8 {
				for {
					_, err := r.Publish(t.Context(), csv("accounts/"+who+".csv", fmt.Sprint(i)))
					if err == nil {
						break
					}
					if !errors.Is(err, ErrRace) {
						t.Errorf("%s: %v", who, err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	repo.Fsck()
	if got := repo.Git("rev-list", "--count", "main"); got != "17" {
		t.Errorf("%s commits, want 17", got)
	}
	for _, who := range []string{"a", "b"} {
		if got := repo.Read("main", "accounts/"+who+".csv"); got != "7" {
			t.Errorf("%s: %q, want 7", who, got)
		}
	}
}

// TestPushedBetween: others push between our look at the branch and our push.
func TestPushedBetween(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "0"}})
	server := gitserver.HTTP(t, repo.Root, "")
	o := options(t, repo)
	o.URL = server.URL + "/" + repo.Name
	r := open(t, o)
	times, pushes := 1, 0
	server.Before(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, receivePack) {
			if pushes++; pushes <= times {
				repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": fmt.Sprint(pushes)}})
			}
		}
		return false
	})
	made := publish(t, r, csv("a.csv", "1"))
	if repo.Head("main") != made || repo.Read(made, "payers/a.yaml") != "1" || repo.Read(made, "a.csv") != "1" || pushes != 2 {
		t.Errorf("after %d pushes: %s", pushes, repo.Git("log", "--stat", "main"))
	}
	times, pushes = 1000, 0
	_, err := r.Publish(t.Context(), csv("a.csv", "2"))
	if !errors.Is(err, ErrRace) || pushes != maxTries {
		t.Errorf("after %d pushes: %v, want ErrRace after %d", pushes, err, maxTries)
	}
	times = 0
	publish(t, r, csv("a.csv", "2"))
	repo.Fsck()
}

// TestHookRefuses: the remote's words come through, without what would fool a
// terminal, and it is not asked again.
func TestHookRefuses(t *testing.T) {
	for _, remote := range remotes {
		t.Run(remote.name, func(t *testing.T) {
			repo := gitserver.Init(t)
			head := repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
			o := options(t, repo)
			remote.set(t, repo, &o)
			r := open(t, o)
			asked := filepath.Join(t.TempDir(), "asked")
			repo.Hook("pre-receive", "echo x >>"+asked+"; printf 'main is \\033[31mfrozen\\033[0m "+secret+"\\n' >&2; exit 1")
			_, err := r.Publish(t.Context(), csv("a.csv", "1"))
			refused, ok := errors.AsType[*RefusedError](err)
			if !ok || refused.Branch != "main" || !strings.Contains(refused.Reason, "pre-receive hook declined") || !strings.Contains(refused.Words, "main is [31mfrozen") || strings.Contains(err.Error(), "\033") {
				t.Errorf("%T %v", err, err)
			}
			if remote.name == "http" {
				refuse(t, err, "the remote refused")
			}
			if b, err := os.ReadFile(asked); err != nil || string(b) != "x\n" {
				t.Errorf("the hook was asked %q, %v", b, err)
			}
			repo.Hook("pre-receive", "")
			repo.Hook("update", "exit 1")
			_, err = r.Publish(t.Context(), csv("a.csv", "1"))
			refuse(t, err, "hook declined")
			repo.Hook("update", "")
			if repo.Head("main") != head || r.Head() != head {
				t.Error("a refused push left something")
			}
			// What runs after the push is waited for, and harms nothing.
			repo.Hook("post-receive", "echo welcome >&2; head -c 200000 /dev/zero >&2; echo y >>"+asked)
			publish(t, r, csv("a.csv", "1"))
			if b, err := os.ReadFile(asked); err != nil || string(b) != "x\ny\n" {
				t.Errorf("the hook after the push was cut off: %q, %v", b, err)
			}
			repo.Fsck()
		})
	}
}

// TestCheckedOut: a branch that somebody has checked out is not pushed to.
func TestCheckedOut(t *testing.T) {
	dir := checkout(t)
	repo := gitserver.Init(t)
	o := options(t, repo)
	o.URL, o.Branch = dir, "master"
	r := open(t, o)
	_, err := r.Publish(t.Context(), csv("a.csv", "1"))
	if _, ok := errors.AsType[*RefusedError](err); !ok {
		t.Errorf("%T %v, want a RefusedError", err, err)
	}
}

// TestLostAnswer: the push went through, the answer did not, or the process was
// killed right then. Publishing again makes no second commit.
func TestLostAnswer(t *testing.T) {
	repo := gitserver.Init(t)
	first := repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	server := gitserver.HTTP(t, repo.Root, "")
	o := options(t, repo)
	o.URL = server.URL + "/" + repo.Name
	r := open(t, o)
	at, old, w, err := r.build(csv("a.csv", "1")) // as Publish does
	if err != nil || old.String() != first {
		t.Fatal(at, old, err)
	}
	if err := r.send(t.Context(), old, at, w); err != nil { // and dies
		t.Fatal(err)
	}
	if repo.Head("main") != at.String() || r.Head() != first {
		t.Fatal("the push is not what was meant")
	}
	r = open(t, o)
	if h := fetch(t, r); h.Commit != at.String() || h.Rewritten {
		t.Errorf("head %+v, want %s", h, at)
	}
	if again := publish(t, r, csv("a.csv", "1")); again != "" {
		t.Errorf("the same bytes made commit %s", again)
	}

	// Without a fetch in between: the look before the push finds it.
	at, old, w, err = r.build(csv("a.csv", "2"))
	if err == nil {
		err = r.send(t.Context(), old, at, w)
	}
	if err != nil {
		t.Fatal(err)
	}
	if again := publish(t, r, csv("a.csv", "2")); again != "" || r.Head() != at.String() {
		t.Errorf("the same bytes made commit %q, head %s, want %s", again, r.Head(), at)
	}
}

// TestNotPushed: killed between the commit and the push. The clone holds nothing
// of it, and fetches go on.
func TestNotPushed(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	o := options(t, repo)
	r := open(t, o)
	if _, _, _, err := r.build(csv("a.csv", "1")); err != nil {
		t.Fatal(err)
	}
	r = open(t, o)
	second := repo.Commit(gitserver.Commit{Files: map[string]string{"b": "b"}})
	if h := fetch(t, r); h.Commit != second || h.Rewritten {
		t.Errorf("head %+v, want %s", h, second)
	}
	made := publish(t, r, csv("a.csv", "1"))
	if got := repo.Git("log", "-1", "--format=%P", made); got != second {
		t.Errorf("it stands on %s, want %s", got, second)
	}
}

// TestPushBranch: a branch of its own is made from the main branch, continued
// while it is open, and begun again when it was merged.
func TestPushBranch(t *testing.T) {
	repo := gitserver.Init(t)
	first := repo.Commit(gitserver.Commit{Files: map[string]string{"a.csv": "0", "x": "x"}})
	o := options(t, repo)
	o.PushBranch = "accounts"
	r := open(t, o)
	parent := func(c string) string { return repo.Git("log", "-1", "--format=%P", c) }

	if c := publish(t, r, csv("a.csv", "0")); c != "" || repo.Head("accounts") != "" {
		t.Errorf("what main has was published as %q", c)
	}
	one := publish(t, r, csv("a.csv", "1"))
	if parent(one) != first || repo.Head("accounts") != one || repo.Head("main") != first || r.Head() != first {
		t.Errorf("the branch was not made from main: parent %s", parent(one))
	}
	repo.Commit(gitserver.Commit{Files: map[string]string{"x": "y"}})
	if h := fetch(t, r); h.Commit != repo.Head("main") {
		t.Errorf("head %+v", h)
	}
	if c := publish(t, r, csv("a.csv", "1")); c != "" {
		t.Errorf("what the branch has was published as %q", c)
	}
	two := publish(t, r, csv("a.csv", "2"))
	if parent(two) != one {
		t.Errorf("it stands on %s, want %s", parent(two), one)
	}
	if c := publish(t, r, csv("a.csv", "0")); parent(c) != two { // as main has it, but the branch has not
		t.Errorf("it stands on %s, want %s", parent(c), two)
	}
	two = publish(t, r, csv("a.csv", "2"))

	repo.Git("update-ref", "refs/heads/main", repo.Git("commit-tree", two+"^{tree}", "-p", "main", "-p", two, "-m", "merge"))
	fetch(t, r)
	if c := publish(t, r, csv("a.csv", "2")); c != "" {
		t.Errorf("what was merged was published as %q", c)
	}
	three := publish(t, r, csv("a.csv", "3"))
	if parent(three) != repo.Head("main") {
		t.Errorf("it stands on %s, want main", parent(three))
	}
	repo.Git("update-ref", "-d", "refs/heads/accounts")
	fetch(t, r)
	if four := publish(t, r, csv("a.csv", "4")); parent(four) != repo.Head("main") {
		t.Errorf("it stands on %s, want main", parent(four))
	}
	r = open(t, o) // the clone remembers both
	if c := publish(t, r, csv("a.csv", "4")); c != "" {
		t.Errorf("after a start the same bytes made %q", c)
	}
	repo.Fsck()
}

// TestConcurrent: one clone, many goroutines.
func TestConcurrent(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "0"}})
	r := open(t, options(t, repo))
	var all sync.WaitGroup
	dir := t.TempDir()
	for i := range 6 {
		all.Go(func() {
			head := r.Head()
			if _, err := r.Publish(t.Context(), csv(fmt.Sprintf("accounts/%d.csv", i), "1")); err != nil {
				t.Error(err)
			}
			if _, err := r.Fetch(t.Context()); err != nil {
				t.Error(err)
			}
			if err := r.Export(t.Context(), head, filepath.Join(dir, fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
			if _, err := r.File(head, "payers/a.yaml"); err != nil {
				t.Error(err)
			}
			if _, err := r.Changed(head, "payers/a.yaml"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	files := strings.Fields(repo.Git("ls-tree", "--name-only", "main", "accounts/"))
	if len(files) != 6 || slices.Contains(files, "") {
		t.Errorf("files %v", files)
	}
	repo.Fsck()
}
