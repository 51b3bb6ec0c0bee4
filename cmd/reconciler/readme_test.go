package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestReadme loads the payer files of the README: the first, and with it each
// of the pieces that follow.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var first string
	pieces := 0
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		body := m[1]
		if strings.HasPrefix(body, "apiVersion:") {
			first, body = body, ""
		}
		if first == "" {
			t.Fatalf("a piece of YAML stands before the first payer file:\n%s", body)
		}
		pieces++
		dir := t.TempDir()
		if strings.HasPrefix(body, "git:") {
			loadConfig(t, filepath.Join(dir, "reconciler.yaml"), body)
			continue
		}
		if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
			t.Fatal(err)
		}
		named := "accounts: [{name: security, email: security@acme.example}]\n"
		if err := os.WriteFile(filepath.Join(dir, "acme.yaml"), []byte(first+named+body), 0o644); err != nil {
			t.Fatal(err)
		}
		payers, err := spec.Load([]string{dir}, spec.Options{Presets: presets.FS})
		if err != nil {
			t.Errorf("%v\n%s", err, body)
			continue
		}
		for _, w := range payers[0].Warnings {
			t.Errorf("%s\n%s", w.Warning(), body)
		}
	}
	if pieces < 5 {
		t.Errorf("the README has %d pieces of YAML", pieces)
	}
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
