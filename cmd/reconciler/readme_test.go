package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/daemon/config"
)

// TestReadme loads the payer files of the README and of the pages behind it: the
// first of a page, else the README's, and with it each of the pieces that follow.
// Lint finds nothing in them, and their tests pass.
func TestReadme(t *testing.T) {
	first := ""
	for _, page := range []string{"README.md", "docs/payer-file.md", "docs/policies.md", "docs/plans.md", "docs/pull-requests.md"} {
		payer, pieces := first, 0
		for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, "../../"+page), -1) {
			body := m[1]
			pieces++
			switch {
			case strings.HasPrefix(body, "git:"):
				loadConfig(t, filepath.Join(t.TempDir(), "reconciler.yaml"), body)
				continue
			case strings.HasPrefix(body, "apiVersion:"):
				payer, body = body, ""
			case payer == "":
				t.Fatalf("%s: a piece of YAML stands before the first payer file:\n%s", page, body)
			}
			for _, wrong := range wrongIn(t, payer+body) {
				t.Errorf("%s: %s\n%s", page, wrong, payer+body)
			}
		}
		if first == "" {
			first = payer
		}
		if want := map[string]int{"README.md": 4, "docs/payer-file.md": 2, "docs/policies.md": 1}[page]; pieces < want {
			t.Errorf("%s has %d pieces of YAML", page, pieces)
		}
	}
}

// wrongIn holds a payer file against all that validate --strict does.
func wrongIn(t *testing.T, text string) (wrong []string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "acme.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c := &cli{stdin: strings.NewReader(""), stdout: &strings.Builder{}, stderr: &strings.Builder{}}
	root := c.command()
	root.SetArgs([]string{"validate", "--strict", dir})
	if err := root.ExecuteContext(t.Context()); err != nil {
		wrong = append(wrong, err.Error())
	}
	if said := c.stderr.(*strings.Builder).String(); said != "" {
		wrong = append(wrong, said)
	}
	return wrong
}

// loadConfig loads a config of the daemon, as systemd starts it.
func loadConfig(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"CREDENTIALS_DIRECTORY": "/run/credentials/reconciler.service", "STATE_DIRECTORY": "/var/lib/reconciler"}
	if _, err := config.Load(file, func(name string) string { return env[name] }); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}
