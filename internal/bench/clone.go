package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/payer-reconciler/reconciler/gitrepo"
)

// The repository that is larger than any repository of payers: what else a
// company keeps beside them must not be felt.
const (
	cloneRepo    = "many"
	cloneFiles   = 10_000
	cloneFolders = 100
	cloneBytes   = 2_000 // each
)

// clone measures a clone of a repository of many files: what each step takes,
// and how much memory it needs.
func (b *bench) clone() error {
	b.title(fmt.Sprintf("gitrepo: a local remote with %d files of %d bytes in %d folders", cloneFiles, cloneBytes, cloneFolders))
	if err := b.manyFiles(); err != nil {
		return err
	}
	f, err := b.child("clone-steps")
	if err != nil {
		return err
	}
	for _, s := range f.Steps {
		b.note(s.Name+": time", s.Seconds, "s")
		b.note(s.Name+": peak memory of the process", s.Peak, "MB")
	}
	return nil
}

// manyFiles makes the remote, and a second commit that is not on its branch yet.
func (b *bench) manyFiles() error {
	if err := os.RemoveAll(b.remote(cloneRepo)); err != nil {
		return err
	}
	if err := os.MkdirAll(b.remote(cloneRepo), 0o755); err != nil {
		return err
	}
	repo := filepath.Base(b.remote(cloneRepo))
	if _, err := b.git(repo, nil, "init", "-q", "--bare", "-b", "main"); err != nil {
		return err
	}
	var s bytes.Buffer
	const who = "committer bench <bench@acme.example> 1780000000 +0000\ndata 5\nfiles\n"
	fmt.Fprintf(&s, "commit refs/heads/main\n%s", who)
	for i := range cloneFiles {
		text := fmt.Sprintf("file %d\n", i)
		text += string(bytes.Repeat([]byte(fmt.Sprintf("line of %d\n", i*7919)), cloneBytes/len("line of 70000000\n")))
		fmt.Fprintf(&s, "M 100644 inline folder%d/file%d.txt\ndata %d\n%s\n", i%cloneFolders, i, len(text), text)
	}
	fmt.Fprintf(&s, "commit refs/heads/next\n%sfrom refs/heads/main\nM 100644 inline folder0/file0.txt\ndata 4\nnew\n\n", who)
	_, err := b.git(repo, s.Bytes(), "fast-import", "--quiet")
	return err
}

// step is one thing that was measured.
type step struct {
	Name    string
	Seconds float64
	Peak    float64 // MB resident in the process
}

// cloneSteps clones, fetches, exports and publishes, as a daemon does.
func (b *bench) cloneSteps() (f figures, err error) {
	dir := filepath.Join(b.dir, "many-clone")
	if err := os.RemoveAll(dir); err != nil {
		return f, err
	}
	var r *gitrepo.Repo
	open := func() (err error) {
		r, err = gitrepo.Open(b.ctx, gitrepo.Options{
			URL: b.remote(cloneRepo), Branch: "main", Dir: filepath.Join(dir, "repository"), AuthorName: "bench", AuthorEmail: "bench@acme.example",
		})
		return err
	}
	fetch := func() error { _, err := r.Fetch(b.ctx); return err }
	publish := func(text string) func() error {
		return func() error {
			files := map[string][]byte{"accounts/a.csv": []byte(text)}
			_, err := r.Publish(b.ctx, gitrepo.Change{Files: files, Message: "accounts", Payer: "p"})
			return err
		}
	}
	advance := func() error {
		_, err := b.git(filepath.Base(b.remote(cloneRepo)), nil, "update-ref", "refs/heads/main", "refs/heads/next")
		return err
	}
	for _, m := range []struct {
		name       string
		before, do func() error
	}{
		{"clone", nil, open},
		{"fetch, nothing new", nil, fetch},
		{"fetch of a commit", advance, fetch},
		{"export of its tree", nil, func() error { return r.Export(b.ctx, r.Head(), filepath.Join(dir, "tree")) }},
		{"publish of a CSV", nil, publish("1,a@example.com\n")},
		{"publish, nothing differs", nil, publish("1,a@example.com\n")},
		{"start with the clone there", nil, open},
	} {
		if m.before != nil {
			if err := m.before(); err != nil {
				return f, err
			}
		}
		s, err := b.step(m.name, m.do)
		if err != nil {
			return f, err
		}
		f.Steps = append(f.Steps, s)
	}
	return f, nil
}

// step measures one step.
func (b *bench) step(name string, do func() error) (step, error) {
	debug.FreeOSMemory()
	stop, err := b.watch("clone: " + name)
	if err != nil {
		return step{}, err
	}
	begun := time.Now()
	if err := do(); err != nil {
		return step{}, fmt.Errorf("%s: %w", name, err)
	}
	s := step{Name: name, Seconds: time.Since(begun).Seconds()}
	s.Peak, err = stop()
	return s, err
}
