package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/daemon/config"
)

// TestCheck: every file that the config names is looked at, and what is wrong with
// it stands at its place.
func TestCheck(t *testing.T) {
	creds := t.TempDir()
	for name, text := range map[string]string{"token": "s3cret\n", "blank": " \n", "hosts": "h ssh-ed25519 AAAA\n", "url": "https://hooks.example.com/s3cret", "big": strings.Repeat("s3cret ", 200_000)} {
		if err := os.WriteFile(filepath.Join(creds, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(creds, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"all is well", `git: {url: "git@git.example.com:a", sshKeyFile: $C/token, knownHostsFile: $C/hosts, verify: {keys: [$C/hosts]}}
stateDir: $C/new/state
auditLog: $C/audit.jsonl
apiTokenFile: $C/token
webhook: {secretFile: $C/token}
notify: [{slack: {urlFile: $C/url}}]
`, ""},
		{"all is wrong", `git: {url: "git@git.example.com:a", sshKeyFile: $C/none, knownHostsFile: $C, verify: {keys: [$C/hosts, $C/blank]}}
stateDir: $C/token
auditLog: $C/new/audit.jsonl
apiTokenFile: $C/big
webhook: {secretFile: $C/pipe}
notify: [{slack: {urlFile: $C/url}}, {webhook: {urlFile: $C/blank}}]
`, `1:49: git.sshKeyFile: C/none: there is no such file
1:74: git.knownHostsFile: C: is a folder, not a file
1:104: git.verify.keys[1]: C/blank: is empty
2:11: stateDir: C/token: is not a folder
3:11: auditLog: C/new/audit.jsonl: its folder: there is no such folder
4:15: apiTokenFile: C/big: more than 1,048,576 bytes is too big
5:23: webhook.secretFile: C/pipe: is not a regular file
6:58: notify[1].webhook.urlFile: C/blank: is empty
`},
		{"the secret itself", `git: {url: "https://git.example.com/a", tokenFile: s3cret}
apiTokenFile: s3cret/with/a/slash
auditLog: $C
`, `1:52: git.tokenFile: there is no such file
2:15: apiTokenFile: there is no such file
3:11: auditLog: C: is a folder, not a file
`},
		{"no local folder", "git: {path: $C/none}\n", "1:13: git.path: C/none: there is no such folder\n"},
		{"a local file", "git: {path: $C/token}\n", "1:13: git.path: C/token: is not a folder\n"},
		{"a local folder", "git: {path: $C}\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, dir, err := load(t, tt.text, map[string]string{"C": creds, "STATE_DIRECTORY": "/nowhere/state"})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := c.Check(); err != nil {
				checkMistakes(t, err)
				got = strings.ReplaceAll(strings.ReplaceAll(err.Error()+"\n", dir+"/reconciler.yaml:", ""), creds, "C")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
			if strings.Contains(got, "s3cret") {
				t.Error("a secret is in the error")
			}
		})
	}
}

// TestDefaultStateDirChecked: what is wrong with a default stands at the file.
func TestDefaultStateDirChecked(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(state, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, dir, err := load(t, "git: {url: /a}\n", map[string]string{"STATE_DIRECTORY": state})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(c.Check()), dir+"/reconciler.yaml:1:1: stateDir: "+state+": is not a folder"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestListensBeyondLoopback: only what is surely this machine is not told.
func TestListensBeyondLoopback(t *testing.T) {
	for listen, want := range map[string]bool{
		"127.0.0.1:9464": false, "127.8.9.1:0": false, "[::1]:80": false, "localhost:80": false, "LocalHost.:80": false, "[::ffff:127.0.0.1]:80": false, "off": false,
		":9464": true, "0.0.0.0:80": true, "[::]:80": true, "10.0.0.1:80": true, "localhost.example.com:80": true, "reconciler:80": true, "[fe80::1%eth0]:80": true,
	} {
		c, _, err := load(t, fmt.Sprintf("git: {path: .}\nlisten: %q\n", listen), nil)
		if err != nil {
			t.Errorf("%s: %v", listen, err)
		} else if got := c.ListensBeyondLoopback(); got != want {
			t.Errorf("%s: %v", listen, got)
		}
	}
}

// TestURLs: every form of a repository's address.
func TestURLs(t *testing.T) {
	for _, git := range []string{
		`url: "https://git.example.com/acme/payers.git"`, `url: "https://git.example.com:8443/a", tokenFile: t`, `url: "http://git.example.com/a"`,
		`url: "http://127.0.0.1:3000/a", tokenFile: t`, `url: "http://[::1]/a", tokenFile: t`, `url: "http://localhost/a", tokenFile: t, userName: me`,
		`url: "ssh://git@git.example.com:2222/a", sshKeyFile: k, knownHostsFile: h`, `url: "ssh://git.example.com/a", sshKeyFile: k, knownHostsFile: h`,
		`url: "git@git.example.com:acme/payers.git", sshKeyFile: k, knownHostsFile: h`, `url: "git@[::1]:a", sshKeyFile: k, knownHostsFile: h`,
		`url: "file:///srv/payers.git"`, `url: /srv/payers.git`, `url: /srv/all payers`, `url: /a, branch: feature/ä, push: {branch: "a@b,c]d{"}`,
	} {
		c, _, err := load(t, "git: {"+git+"}\n", map[string]string{"STATE_DIRECTORY": "/state"})
		if err != nil || c.Local() {
			t.Errorf("%s: %v", git, err)
		}
	}
}

// TestRelativePath: a config that is named by a relative path has absolute ones.
func TestRelativePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("c.yaml", []byte("git: {path: aws}\nauditLog: ../log\nmodes: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load("c.yaml", env(nil)); fmt.Sprint(err) != `c.yaml:3:1: modes: unknown key (did you mean "mode"?)` {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile("c.yaml", []byte("git: {path: aws}\nauditLog: ../log\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load("c.yaml", env(nil))
	if err != nil {
		t.Fatal(err)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if c.Git.Path != wd+"/aws" || c.StateDir != wd+"/aws/.reconciler" || c.AuditLog != filepath.Dir(wd)+"/log" || c.File != wd+"/c.yaml" {
		t.Errorf("got %+v", c)
	}
}
