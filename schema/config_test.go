package schema_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/schema"
)

// TestConfigSchema: what the daemon loads fits the schema of its config file, and
// each mistake of shape is one for both.
func TestConfigSchema(t *testing.T) {
	const least = "git: {url: /a}\n"
	for _, tt := range []struct {
		text  string
		right bool
	}{
		{least, true},
		{"git: {path: a}\nlisten: off\n", true},
		{`git: {url: "https://h/a", branch: b, path: c, tokenFile: $D/t, userName: u, author: {name: n, email: a@b}, push: {branch: b}, verify: {keys: [k]}}`, true},
		{`git: {url: "http://127.0.0.1:8080/a", tokenFile: $D/t}`, true},
		{`git: {url: "ssh://git@h:22/a", sshKeyFile: k, knownHostsFile: h}`, true},
		{`git: {url: "git@h:a/b.git", sshKeyFile: k, knownHostsFile: h}`, true},
		{`git: {url: "git@[::1]:a", sshKeyFile: k, knownHostsFile: h}`, true},
		{`git: {url: "file:///a b"}`, false},
		{`git: {url: "/a b"}`, true},
		{least + "mode: apply\nfirstApply: auto\ninterval: 1h0.5m\nlisten: \":80\"\nparallelism: {payers: 1, changes: 64}\nstateDir: s\nauditLog: l\n", true},
		{least + "webhook: {secretFile: a}\napiTokenFile: b\nnotify: [{slack: {urlFile: a}}, {webhook: {urlFile: b}, on: [failure, blocked], payers: [acme]}]\n", true},

		{"mode: plan\n", false},
		{"git: {}\n", false},
		{"git: {branch: main}\n", false},
		{"git: {path: a, branch: main}\n", false},
		{"git: {path: a, push: {branch: main}}\n", false},
		{"git: {path: a, verify: {keys: []}}\n", false},
		{`git: {url: "https://me:pw@h/a"}`, false},
		{`git: {url: "https://me@h/a"}`, false},
		{`git: {url: "https://h/a?token=t"}`, false},
		{`git: {url: "https://h"}`, false},
		{`git: {url: "git://h/a"}`, false},
		{`git: {url: h/a}`, false},
		{`git: {url: /}`, false},
		{`git: {url: "git:pw@h:a"}`, false},
		{`git: {url: "ssh://git@h/a", sshKeyFile: k}`, false},
		{`git: {url: "ssh://git@h/a", knownHostsFile: k}`, false},
		{`git: {url: "https://h/a", userName: u}`, false},
		{`git: {url: "https://h/a", tokenFile: "~/t"}`, false},
		{`git: {url: /a, verify: {keys: [k, k]}}`, false},
		{`git: {url: /a, verify: {keys: ["https://h/k"]}}`, false},
		{`git: {url: /a, verify: {keys: k}}`, false},
		{least + "logLevel: debug\n", false},
		{least + "mode: aply\n", false},
		{least + "firstApply: manual\n", false},
		{least + "interval: 300\n", false},
		{least + "interval: 5 minutes\n", false},
		{least + "listen: \"\"\n", false},
		{least + "listen: localhost\n", false},
		{least + "listen: off\nwebhook: {secretFile: a}\n", false},
		{least + "listen: off\napiTokenFile: a\n", false},
		{least + "webhook: {}\n", false},
		{least + "webhook:\n", false},
		{least + "parallelism: {payers: 0}\n", false},
		{least + "parallelism: {changes: 65}\n", false},
		{least + "parallelism: {changes: \"8\"}\n", false},
		{least + "notify: [{on: [failure]}]\n", false},
		{least + "notify: [{slack: {urlFile: a}, webhook: {urlFile: b}}]\n", false},
		{least + "notify: [{slack: {url: a}}]\n", false},
		{least + "notify: [{slack: {urlFile: \"https://h/a\"}}]\n", false},
		{least + "notify: [{slack: {urlFile: a}, on: [failures]}]\n", false},
		{least + "notify: [{slack: {urlFile: a}, on: [failure, failure]}]\n", false},
		{least + "notify: [{slack: {urlFile: a}, on: []}]\n", false},
		{least + "notify: [{slack: {urlFile: a}, payers: [\"a b\"]}]\n", false},
	} {
		if err := fits(t, compileOf(t, schema.Config()), []byte(tt.text)); (err == nil) != tt.right {
			t.Errorf("%s: the schema says %v", tt.text, err)
		}
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(path, func(string) string { return "/d" })
		if (err == nil) != tt.right {
			t.Errorf("%s: Load says %v", tt.text, err)
		}
	}
}

// TestConfigExamplesFit: so do the examples.
func TestConfigExamplesFit(t *testing.T) {
	files, err := filepath.Glob("../examples/daemon/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("got %d examples, error %v", len(files), err)
	}
	s := compileOf(t, schema.Config())
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := fits(t, s, b); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}
