package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// What must be in no log, no status, no metric and nowhere in the state folder.
const (
	siteToken      = "tok-3f9a1c77e2d84b06"
	siteSecret     = "hook-5b2e90d1c4a8f367"
	siteAPIToken   = "api-77c1e0a94d5b2f38"
	siteExternalID = "ext-b81f4d20a6c9"
)

// site is a payer in a bare git repository behind a real git server, a simulated
// AWS on loopback with a clock of its own, and real daemons between them.
type site struct {
	*bench
	repo   *gitserver.Repo
	http   *gitserver.HTTPServer // nil: reached by SSH
	ssh    *gitserver.SSHServer
	etc    string // secrets and configs
	all    []*process
	states []string // the state folders
}

// siteOf serves a repository that has a payer file with a pool of so many
// accounts.
func siteOf(t *testing.T, payer string, o awssim.Options) *site {
	t.Helper()
	s := newSite(t, payer, o)
	s.http = gitserver.HTTP(t, s.repo.Root, siteToken)
	return s
}

func newSite(t *testing.T, payer string, o awssim.Options) *site {
	t.Helper()
	s := &site{bench: benchOf(t, "lab", awssim.New(o)), repo: gitserver.Init(t), etc: t.TempDir()}
	s.lags = o.LagReads > 0
	for name, text := range map[string]string{"git-token": siteToken, "hook-secret": siteSecret, "api-token": siteAPIToken} {
		if err := os.WriteFile(filepath.Join(s.etc, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.sim.AddRole("111122223333", "reconciler", siteExternalID)
	s.repo.Commit(gitserver.Commit{Message: "begin", Files: map[string]string{"payers/lab.yaml": payer}})
	return s
}

// labOf is a payer file with a pool of so many accounts; more is added to it.
func labOf(count int, more string) string {
	return fmt.Sprintf(`apiVersion: reconciler/v1
kind: Payer
name: lab
accountId: "111122223333"
access: {roleArn: "arn:aws:iam::111122223333:role/reconciler", externalId: %s}
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}
policies:
  - name: Guard
    document: {Version: 2012-10-17, Statement: [{Sid: Guard, Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}]}
ous:
  - {name: Labs, policies: [Guard]}
pools:
  - name: students
    ou: Labs
    ids: {from: 101, count: %d}
    account: {name: "Student ${{ id }}", email: "student${{ id }}@lab.example"}
    csv: accounts/lab.csv
%s`, siteExternalID, count, more)
}

// raise commits a payer file with another count.
func (s *site) raise(count int, more string) string {
	s.t.Helper()
	return s.repo.Commit(gitserver.Commit{Message: fmt.Sprintf("a pool of %d", count), Files: map[string]string{"payers/lab.yaml": labOf(count, more)}})
}

// config writes the config of a daemon with a state folder, and gives its path.
// more replaces what keys of that name say by default.
func (s *site) config(name string, more string) string {
	s.t.Helper()
	state := filepath.Join(s.etc, name+".state")
	s.states = append(s.states, state)
	git := fmt.Sprintf("  url: file://%s\n", s.repo.Path)
	switch {
	case s.http != nil:
		git = fmt.Sprintf("  url: %s/%s\n  tokenFile: git-token\n", s.http.URL, s.repo.Name)
	case s.ssh != nil:
		git = fmt.Sprintf("  url: %s\n  sshKeyFile: %s\n  knownHostsFile: %s\n", s.ssh.URL(s.repo.Path), s.ssh.KeyFile, s.ssh.KnownHostsFile)
	}
	text := "git:\n" + git + "  author: {name: reconciler, email: reconciler@lab.example}\n"
	for _, line := range []string{
		"mode: apply", "firstApply: auto", "interval: 24h", "listen: 127.0.0.1:0", "webhook: {secretFile: hook-secret}",
		"apiTokenFile: api-token", "stateDir: " + state, "auditLog: " + filepath.Join(s.etc, name+".audit"),
	} {
		if key, _, _ := strings.Cut(line, ":"); !regexp.MustCompile(`(?m)^` + key + `:`).MatchString(more) {
			text += line + "\n"
		}
	}
	path := filepath.Join(s.etc, name+".yaml")
	if err := os.WriteFile(path, []byte(text+more), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// run runs the command in the background with more in its environment. It is
// the one that the door kills.
func (s *site) run(env []string, args ...string) *process {
	s.t.Helper()
	p := s.bench.prepare(args...)
	p.cmd.Env = append(p.cmd.Env, env...)
	s.bench.launch(p)
	s.all = append(s.all, p)
	return p
}

// daemon starts one. The door kills the one that was started last.
func (s *site) daemon(config string, env ...string) *process {
	s.t.Helper()
	return s.run(env, "daemon", "--config", config)
}

// ask runs a command to its end beside the daemons. It must end with a code.
func (s *site) ask(code int, args ...string) *process {
	s.t.Helper()
	p := s.bench.prepare(args...)
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.gone) }()
	s.t.Cleanup(p.kill)
	s.all = append(s.all, p)
	if got := p.code(); got != code {
		s.t.Fatalf("reconciler %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &p.stdout, &p.stderr)
	}
	return p
}

// patience is how long a test waits for a process on a busy machine.
const patience = 40 * time.Second

// until polls until ok says yes.
func (s *site) until(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			var logs strings.Builder
			for _, p := range s.all {
				fmt.Fprintf(&logs, "--- %s (%v)\n%s", strings.Join(p.cmd.Args, " "), p.cmd.ProcessState, &p.stderr)
			}
			s.t.Fatalf("it never came: %s\n%s", what, &logs)
		}
	}
}

// says waits until a process has logged what a pattern matches.
func (s *site) says(p *process, pattern string) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	s.until("the log line "+pattern, func() bool { return re.MatchString(p.stderr.String()) })
}

// hup sends a SIGHUP, which starts a pass.
func (s *site) hup(p *process) { s.send(p, syscall.SIGHUP) }

func (s *site) send(p *process, sig syscall.Signal) {
	s.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

var listening = regexp.MustCompile(`daemon runs.* listen=(\S+)`)

// address is where a daemon listens; it waits until it does.
func (s *site) address(p *process) string {
	s.t.Helper()
	s.says(p, listening.String())
	return "http://" + listening.FindStringSubmatch(p.stderr.String())[1]
}

// get gives what a daemon serves.
func (s *site) get(p *process, path string) string {
	s.t.Helper()
	res, err := http.Get(s.address(p) + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		s.t.Fatal(err)
	}
	return b.String()
}

// payer is what a daemon says of the payer.
func (s *site) payer(p *process) status.Payer {
	s.t.Helper()
	var all status.Status
	if err := json.Unmarshal([]byte(s.get(p, "/status")), &all); err != nil {
		s.t.Fatal(err)
	}
	if len(all.Payers) != 1 {
		return status.Payer{}
	}
	return all.Payers[0]
}

// inState waits until the payer's last pass ended in a state.
func (s *site) inState(p *process, state string) status.Payer {
	s.t.Helper()
	var is status.Payer
	s.until("state "+state, func() bool {
		is = s.payer(p)
		return is.State == state && is.Running == nil
	})
	return is
}

// push calls the webhook as GitHub does behind a push.
func (s *site) push(p *process, commit string) {
	s.t.Helper()
	body := fmt.Sprintf(`{"ref": "refs/heads/main", "after": %q, "deleted": false}`, commit)
	mac := hmac.New(sha256.New, []byte(siteSecret))
	mac.Write([]byte(body))
	r, err := http.NewRequest(http.MethodPost, s.address(p)+"/webhook", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for k, v := range map[string]string{
		"Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": commit,
		"X-Hub-Signature-256": fmt.Sprintf("sha256=%x", mac.Sum(nil)),
	} {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("the webhook answers %s", res.Status)
	}
}

// rows counts those of the CSV at the head of main.
func (s *site) rows() int {
	cmd := exec.Command("git", "cat-file", "blob", "main:accounts/lab.csv")
	cmd.Dir, cmd.Env = s.repo.Path, gitserver.Env()
	out, err := cmd.Output()
	if err != nil {
		return 0
	}
	return strings.Count(string(out), "\n")
}

// published waits until the CSV at the head of main has so many rows.
func (s *site) published(rows int) {
	s.t.Helper()
	s.until(fmt.Sprintf("%d rows in the CSV", rows), func() bool { return s.rows() == rows })
}

// clone makes a work tree of main, and gives its folder.
func (s *site) clone() string {
	s.t.Helper()
	dir := filepath.Join(s.t.TempDir(), "clone")
	cmd := exec.Command("git", "clone", "-q", s.repo.Path, dir)
	cmd.Env = gitserver.Env()
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("git clone: %v\n%s", err, out)
	}
	return dir
}
