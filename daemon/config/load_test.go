package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/payer-reconciler/reconciler/daemon/config"
)

// env is an environment of these variables.
func env(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

// load loads a text as a file in a folder of its own.
func load(t testing.TB, text string, pairs map[string]string) (*config.Config, string, error) {
	t.Helper()
	dir := t.TempDir()
	c, err := loadIn(t, dir, text, pairs)
	return c, dir, err
}

// loadIn loads a text as the file of a folder.
func loadIn(t testing.TB, dir, text string, pairs map[string]string) (*config.Config, error) {
	t.Helper()
	path := filepath.Join(dir, "reconciler.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(path, env(pairs))
}

// TestWhole: every key of the file reaches the config.
func TestWhole(t *testing.T) {
	c, dir, err := load(t, `git:
  url: https://git.example.com/acme/payers.git
  branch: live
  path: ./aws/
  tokenFile: $CREDENTIALS_DIRECTORY/git-token
  userName: bot
  author: {name: acme, email: aws@acme.example}
  push: {branch: accounts}
  verify: {keys: [keys/ann.asc, "${KEYS}/bob$$1.pub"]}
mode: apply
firstApply: auto
interval: 1h30m
listen: "[::]:80"
webhook: {secretFile: /run/hook}
apiTokenFile: api
parallelism: {payers: 1, changes: 64}
stateDir: state/../here
auditLog: $LOGS_DIRECTORY/audit.jsonl
notify:
- {slack: {urlFile: $CREDENTIALS_DIRECTORY/slack}, on: [failure], payers: [acme-labs]}
- {webhook: {urlFile: hook}}
`, map[string]string{"CREDENTIALS_DIRECTORY": "/run/creds", "KEYS": "/keys", "LOGS_DIRECTORY": "/var/log/r", "STATE_DIRECTORY": "/other"})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Git: config.Git{
			URL: "https://git.example.com/acme/payers.git", Branch: "live", Path: "aws", TokenFile: "/run/creds/git-token", UserName: "bot",
			Author: config.Author{Name: "acme", Email: "aws@acme.example"}, Push: config.Push{Branch: "accounts"},
			Verify: config.Verify{Keys: []string{dir + "/keys/ann.asc", "/keys/bob$1.pub"}},
		},
		Mode: "apply", FirstApply: "auto", Interval: 90 * time.Minute, Listen: "[::]:80", Webhook: &config.Webhook{SecretFile: "/run/hook"},
		APITokenFile: dir + "/api", Parallelism: config.Parallelism{Payers: 1, Changes: 64}, StateDir: dir + "/here", AuditLog: "/var/log/r/audit.jsonl",
		Notify: []config.Notify{
			{Slack: &config.Target{URLFile: "/run/creds/slack"}, On: []string{"failure"}, Payers: []string{"acme-labs"}},
			{Webhook: &config.Target{URLFile: dir + "/hook"}, On: []string{"failure", "recovery", "changes", "blocked"}},
		},
		File: dir + "/reconciler.yaml",
	}
	same(t, want, c)
	if c.Local() || !c.ListensBeyondLoopback() {
		t.Errorf("local %v, beyond loopback %v", c.Local(), c.ListensBeyondLoopback())
	}
}

// TestDefaults: the least that a file can say.
func TestDefaults(t *testing.T) {
	c, dir, err := load(t, "git: {url: /srv/payers.git}\n", map[string]string{"STATE_DIRECTORY": "/var/lib/reconciler:/var/lib/other"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, config.Config{
		Git: config.Git{
			URL: "/srv/payers.git", Branch: "main", Path: ".",
			Author: config.Author{Name: "reconciler", Email: "reconciler@localhost"}, Push: config.Push{Branch: "main"},
		},
		Mode: "plan", FirstApply: "operator", Interval: 5 * time.Minute, Listen: "127.0.0.1:9464",
		Parallelism: config.Parallelism{Payers: 4, Changes: 8}, StateDir: "/var/lib/reconciler", File: dir + "/reconciler.yaml",
	}, c)
	if c.Local() || c.ListensBeyondLoopback() {
		t.Errorf("local %v, beyond loopback %v", c.Local(), c.ListensBeyondLoopback())
	}
}

// TestLocal: a folder without a remote, whose state is in its repository.
func TestLocal(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "repo", ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, _, err := load(t, "git: {path: $ROOT/repo/aws}\nlisten: off\n", map[string]string{"ROOT": root})
	if err != nil {
		t.Fatal(err)
	}
	if !c.Local() || c.Git.Path != root+"/repo/aws" || c.StateDir != root+"/repo/.reconciler" || c.Listen != "" || c.ListensBeyondLoopback() {
		t.Errorf("got %+v", c)
	}
}

// same compares what a config says, whatever file it comes from.
func same(t *testing.T, want config.Config, got *config.Config) {
	t.Helper()
	if diff := cmp.Diff(want, *got, cmpopts.IgnoreUnexported(config.Config{})); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}
