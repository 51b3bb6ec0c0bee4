// Package gitserver runs real git servers for tests: bare repositories, git's
// own HTTP server behind a token, and OpenSSH's sshd.
//
// Call [Init] for a repository, [Repo.Commit] to put something into it, and
// [HTTP] or [SSH] to reach it over the network. All is gone when the test ends.
// Where a program is missing the test is skipped, with a line that names it.
package gitserver

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Repo is a bare repository on the disk.
type Repo struct {
	Root string // the folder that a server serves
	Name string // below Root, as acme/payers.git
	Path string // of the repository itself
	t    testing.TB
}

// Init makes an empty bare repository with the branch main in a temporary folder.
func Init(t testing.TB) *Repo {
	t.Helper()
	Need(t, "git")
	root := t.TempDir()
	r := &Repo{Root: root, Name: "acme/payers.git", Path: filepath.Join(root, "acme", "payers.git"), t: t}
	if err := os.MkdirAll(filepath.Dir(r.Path), 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, root, nil, "init", "-q", "--bare", "-b", "main", r.Path)
	return r
}

// Need skips the test where a program is missing, and gives its path.
func Need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	return path
}

// Env is the environment that git is run in: without the settings of who runs
// the tests, and with an author.
func Env() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	return append(env, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@acme.example", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@acme.example")
}

// run runs git and gives what it prints.
func run(t testing.TB, dir string, stdin []byte, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, Env(), bytes.NewReader(stdin)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("git %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), said.String())
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// Git runs git in the repository and gives what it prints.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	return run(r.t, r.Path, nil, args...)
}

// Head is the commit of a branch, "" where there is none.
func (r *Repo) Head(branch string) string {
	r.t.Helper()
	return r.Git("for-each-ref", "--format=%(objectname)", "refs/heads/"+branch)
}

// Read gives a file of a branch or a commit.
func (r *Repo) Read(rev, path string) string {
	r.t.Helper()
	cmd := exec.Command("git", "cat-file", "blob", rev+":"+path)
	cmd.Dir, cmd.Env = r.Path, Env()
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("%s has no file %s", rev, path)
	}
	return string(out)
}

// Fsck fails the test where git finds a mistake in the repository.
func (r *Repo) Fsck() {
	r.t.Helper()
	r.Git("fsck", "--strict", "--full", "--no-dangling")
}

// Hook puts a script in the place of a hook, as "pre-receive"; "" removes it.
func (r *Repo) Hook(name, script string) {
	r.t.Helper()
	path := filepath.Join(r.Path, "hooks", name)
	if script == "" {
		if err := os.Remove(path); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		r.t.Fatal(err)
	}
}

// Commit is one to be made with git itself.
type Commit struct {
	Branch  string            // "" is main; it is made where it is missing
	Message string            // "" is "change"
	Files   map[string]string // whole files; the rest stays
	Modes   map[string]string // of Files, where they are not 100644; of 160000 the text is a commit
	Remove  []string
	Onto    string    // the parent; "" is the head of Branch, "none" is none
	Time    time.Time // zero: 2026-01-01
	Sign    []string  // settings, as "user.signingKey=…", to sign with
}

// Commit makes a commit, sets its branch to it, and gives it. Without Onto it
// comes upon whatever others push meanwhile; with it, the branch is set
// whatever it was.
func (r *Repo) Commit(c Commit) string {
	r.t.Helper()
	if c.Branch == "" {
		c.Branch = "main"
	}
	if c.Message == "" {
		c.Message = "change"
	}
	if c.Time.IsZero() {
		c.Time = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	parent := c.Onto
	if parent == "" {
		parent = r.Head(c.Branch)
	}
	if parent == "none" {
		parent = ""
	}
	run(r.t, r.Path, r.stream(c, parent), "fast-import", "--quiet", "--force")
	commit := r.Git("rev-parse", "refs/import")
	if c.Sign != nil {
		commit = r.sign(c, commit, parent)
	}
	r.Git("update-ref", "-d", "refs/import")
	if c.Onto != "" || parent == "" {
		r.Git("update-ref", "refs/heads/"+c.Branch, commit)
		return commit
	}
	move := exec.Command("git", "update-ref", "refs/heads/"+c.Branch, commit, parent)
	move.Dir, move.Env = r.Path, Env()
	if move.Run() != nil && r.Head(c.Branch) != parent {
		return r.Commit(c)
	}
	if head := r.Head(c.Branch); head != commit && strings.TrimSpace(r.Git("merge-base", head, commit)) != commit {
		r.t.Fatalf("branch %s is at %s, want %s", c.Branch, head, commit)
	}
	return commit
}

// stream is what git fast-import is told.
func (r *Repo) stream(c Commit, parent string) []byte {
	var b bytes.Buffer
	data := func(s string) { fmt.Fprintf(&b, "data %d\n%s\n", len(s), s) }
	fmt.Fprintf(&b, "reset refs/import\ncommit refs/import\ncommitter Ann <ann@acme.example> %d +0000\n", c.Time.Unix())
	data(c.Message)
	if parent != "" {
		fmt.Fprintf(&b, "from %s\n", parent)
	}
	for _, p := range c.Remove {
		fmt.Fprintf(&b, "D %s\n", p)
	}
	for _, p := range slices.Sorted(maps.Keys(c.Files)) {
		mode := c.Modes[p]
		if mode == "" {
			mode = "100644"
		}
		if mode == "160000" {
			fmt.Fprintf(&b, "M 160000 %s %s\n", c.Files[p], p)
			continue
		}
		fmt.Fprintf(&b, "M %s inline %s\n", mode, p)
		data(c.Files[p])
	}
	return b.Bytes()
}

// sign makes the commit once more, signed.
func (r *Repo) sign(c Commit, commit, parent string) string {
	r.t.Helper()
	var args []string
	for _, s := range c.Sign {
		args = append(args, "-c", s)
	}
	args = append(args, "commit-tree", "-S", commit+"^{tree}", "-m", c.Message)
	if parent != "" {
		args = append(args, "-p", parent)
	}
	return r.Git(args...)
}
