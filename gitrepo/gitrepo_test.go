package gitrepo

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestFirst(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		b, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", args, b)
		}
		return string(b)
	}
	run("init", "-q", "--bare", "-b", "main", "r.git")
	run("clone", "-q", "r.git", "w")
	os.WriteFile(filepath.Join(dir, "w", "a.yaml"), []byte("a"), 0o644)
	run("-C", "w", "add", ".")
	run("-C", "w", "-c", "user.name=a", "-c", "user.email=b@c", "commit", "-qm", "x")
	run("-C", "w", "push", "-q", "origin", "HEAD:main")
	r, err := Open(t.Context(), Options{URL: filepath.Join(dir, "r.git"), Branch: "main", Dir: filepath.Join(dir, "clone"), AuthorName: "r", AuthorEmail: "r@x"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Publish(t.Context(), Change{Files: map[string][]byte{"accounts/a.csv": []byte("x\n")}, Message: "accounts: a: 1 added", Payer: "a", Source: r.Head()})
	t.Log(c, err, run("-C", "r.git", "log", "-p", "main"), run("-C", "r.git", "fsck", "--strict"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.Fetch(t.Context())
	t.Logf("%+v %v", h, err)
	if err := r.Export(t.Context(), h.Commit, filepath.Join(dir, "trees", h.Commit)); err != nil {
		t.Fatal(err)
	}
	t.Log(run("clone", "-q", "--no-hardlinks", "clone", "w3"), run("-C", "clone", "fsck"))
}
