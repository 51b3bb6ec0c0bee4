package gitrepo

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// secret is the token of the tests. It must turn up nowhere.
const secret = "tok-3f9a1c-secret"

// options are those of a clone of a local repository.
func options(t *testing.T, repo *gitserver.Repo) Options {
	t.Helper()
	log := &bytes.Buffer{}
	t.Cleanup(func() {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the token is in the log:\n%s", log)
		}
	})
	return Options{
		URL: repo.Path, Branch: "main", Dir: filepath.Join(t.TempDir(), "clone"),
		AuthorName: "reconciler", AuthorEmail: "reconciler@acme.example",
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func open(t *testing.T, o Options) *Repo {
	t.Helper()
	r, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fetch(t *testing.T, r *Repo) Head {
	t.Helper()
	h, err := r.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// csv is a change of one file.
func csv(path, text string) Change {
	return Change{
		Files: map[string][]byte{path: []byte(text)}, Message: "accounts: acme-labs: 1 added",
		Payer: "acme-labs", Source: "9f3c", Now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
}

func publish(t *testing.T, r *Repo, c Change) string {
	t.Helper()
	commit, err := r.Publish(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return commit
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	put(t, path, text)
	return path
}

// refuse fails the test where an error does not say one of the words, or says
// the secret.
func refuse(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if strings.Contains(e.Error(), secret) {
			t.Errorf("the token is in the error %v", e)
		}
	}
}

// noSecret looks through all files of a folder for the token.
func noSecret(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the token is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
