package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLoadServed: pause, resume and status read the config of the service from a
// shell, which has not got its environment; a mistake is one all the same.
func TestLoadServed(t *testing.T) {
	for name := range underService {
		t.Setenv(name, "") // puts it back in the end
		os.Unsetenv(name)
	}
	file := filepath.Join(t.TempDir(), "reconciler.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("git: {url: \"https://git.example.com/acme/payers.git\", tokenFile: $CREDENTIALS_DIRECTORY/git-token}\n")
	cfg, err := loadServed(file)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.StateDir != "/var/lib/reconciler" || cfg.Git.TokenFile != "/run/credentials/reconciler.service/git-token" {
		t.Errorf("state %s, token %s", cfg.StateDir, cfg.Git.TokenFile)
	}
	t.Setenv("STATE_DIRECTORY", "/srv/state")
	if cfg, err := loadServed(file); err != nil || cfg.StateDir != "/srv/state" {
		t.Errorf("the environment is not asked first: %v, %v", cfg, err)
	}
	write("git: {url: \"https://git.example.com/acme/payers.git\"}\nmode: now\n")
	if _, err := loadServed(file); err == nil || !strings.Contains(err.Error(), "mode:") {
		t.Errorf("a mistake is read: %v", err)
	}
}
