package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/daemon/config"
)

const before = `git: {url: "https://git.example.com/a", tokenFile: old, verify: {keys: [a, b]}}
interval: 5m
listen: 127.0.0.1:9464
auditLog: /log
parallelism: {payers: 4}
webhook: {secretFile: hook}
notify:
- {slack: {urlFile: one}, on: [failure, recovery]}
- {webhook: {urlFile: two}}
`

func TestDiff(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name, text    string
		diff, restart []string
	}{
		{"the same in other words", `# comment
notify: [{on: [recovery, failure], slack: {urlFile: ./one}}, {webhook: {urlFile: two}, on: [failure, recovery, changes, blocked]}]
webhook: {secretFile: hook}
mode: plan
auditLog: /var/../log
stateDir: /state
interval: 300s
git: {url: "https://git.example.com/a", tokenFile: $D/old, verify: {keys: [b, a]}, push: {branch: main}, path: ./}
`, nil, nil},
		{"everything", `git: {url: "https://git.example.com/b", path: x, tokenFile: new, verify: {keys: [a]}}
mode: apply
interval: 1h
listen: "[::]:80"
parallelism: {payers: 5}
stateDir: /other
apiTokenFile: api
notify:
- {slack: {urlFile: two}, payers: [acme, bcme]}
`, []string{
			"git.url: https://git.example.com/a -> https://git.example.com/b", "git.path: . -> x", "git.tokenFile: another file", "git.verify.keys: " + dir + "/a, " + dir + "/b -> " + dir + "/a",
			"mode: plan -> apply", "interval: 5m -> 1h", "listen: 127.0.0.1:9464 -> [::]:80", "apiTokenFile: none -> a file", "parallelism.payers: 4 -> 5", "stateDir: /state -> /other",
			"notify[0].slack.urlFile: another file", "notify[0].on: failure, recovery -> blocked, changes, failure, recovery", "notify[0].payers: none -> acme, bcme",
			"webhook.secretFile: a file -> none", "auditLog: /log -> none", "notify[1].webhook.urlFile: a file -> none", "notify[1].on: blocked, changes, failure, recovery -> none",
		}, []string{
			"git.url: https://git.example.com/a -> https://git.example.com/b", "git.path: . -> x", "git.tokenFile: another file", "git.verify.keys: " + dir + "/a, " + dir + "/b -> " + dir + "/a",
			"listen: 127.0.0.1:9464 -> [::]:80", "stateDir: /state -> /other",
		}},
		{"off", strings.Replace(strings.Replace(before, "127.0.0.1:9464", "off", 1), "webhook: {secretFile: hook}\n", "", 1),
			[]string{"listen: 127.0.0.1:9464 -> off", "webhook.secretFile: a file -> none"}, []string{"listen: 127.0.0.1:9464 -> off"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old, now := two(t, dir, before, tt.text)
			if diff := cmp.Diff(tt.diff, now.Diff(old)); diff != "" {
				t.Errorf("Diff (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.restart, now.NeedsRestart(old)); diff != "" {
				t.Errorf("NeedsRestart (-want +got):\n%s", diff)
			}
			if now.Equal(old) != (tt.diff == nil) || !now.Equal(now) || !cmp.Equal(now, now) {
				t.Error("Equal says otherwise than Diff")
			}
			running := now.Running(old)
			if got := running.NeedsRestart(old); got != nil {
				t.Errorf("what runs would need a restart: %q", got)
			}
			if running.Mode != now.Mode || running.Interval != now.Interval {
				t.Error("what runs has not taken on what it can")
			}
		})
	}
}

// two loads two texts after each other as the same file, in the folder $D.
func two(t *testing.T, dir, before, after string) (old, now *config.Config) {
	t.Helper()
	var both [2]*config.Config
	for i, text := range []string{before, after} {
		c, err := loadIn(t, dir, text, map[string]string{"STATE_DIRECTORY": "/state", "D": dir})
		if err != nil {
			t.Fatal(err)
		}
		both[i] = c
	}
	return both[0], both[1]
}

// TestRunningKeepsCredentials: another repository comes with its own token, so
// until the restart both are the old ones.
func TestRunningKeepsCredentials(t *testing.T) {
	old, now := two(t, t.TempDir(), "git: {url: \"https://git.example.com/a\", tokenFile: one, branch: a}\n", "git: {url: \"https://git.example.org/b\", tokenFile: two, branch: b}\n")
	if running := now.Running(old); !cmp.Equal(running.Git, old.Git) {
		t.Errorf("got %+v", running.Git)
	}
	old, now = two(t, t.TempDir(), "git: {url: /a, path: x, branch: a}\n", "git: {url: /a, path: y, branch: b}\n")
	if running := now.Running(old); running.Git.Path != "x" || running.Git.Branch != "b" || now.Git.Path != "y" {
		t.Errorf("got %+v", running.Git)
	}
}
