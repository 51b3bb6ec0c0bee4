package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

// hookSecret signs the webhooks.
const hookSecret = "a secret of the bench, long enough"

// daemon is a daemon in a process of its own.
type daemon struct {
	*process
	url   string
	sent  int // webhooks
	begun time.Time
}

var daemonSays = regexp.MustCompile(`daemon runs.*listen"?[=:]"?([0-9.]+:[0-9]+)`)

// daemonConfig is the config file of a daemon.
func (b *bench) daemonConfig(repo, secret string) string {
	return fmt.Sprintf(`git:
  url: %s
  author: {name: reconciler, email: reconciler@acme.example}
mode: apply
interval: 5m
listen: 127.0.0.1:0
webhook: {secretFile: %s}
stateDir: %s
`, b.remote(repo), secret, filepath.Join(b.dir, repo+"-state"))
}

// startDaemon starts a daemon on a repository and a simulator.
func (b *bench) startDaemon(program, repo string, sim *simulator) (*daemon, error) {
	secret, config := filepath.Join(b.dir, "secret"), filepath.Join(b.dir, repo+".config.yaml")
	if err := os.RemoveAll(filepath.Join(b.dir, repo+"-state")); err != nil {
		return nil, err
	}
	if err := os.WriteFile(secret, []byte(hookSecret), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(config, []byte(b.daemonConfig(repo, secret)), 0o600); err != nil {
		return nil, err
	}
	d := &daemon{begun: time.Now()}
	var err error
	if d.process, err = b.begin(repo, tools.Environment(sim.url, "any", "any-secret"), program, "daemon", "--config", config); err != nil {
		return nil, err
	}
	address, err := d.says(daemonSays)
	if err != nil {
		d.end()
		return nil, err
	}
	d.url = "http://" + address
	return d, nil
}

// status asks what the daemon sees.
func (d *daemon) status() (s status.Status, err error) {
	reply, err := http.Get(d.url + "/status")
	if err != nil {
		return s, err
	}
	defer reply.Body.Close()
	return s, json.NewDecoder(reply.Body).Decode(&s)
}

// each waits until what done says is true of every payer that it is asked of.
func (d *daemon) each(limit time.Duration, what string, payers []size, done func(status.Payer) bool) error {
	return d.until(limit, what, func() (bool, error) {
		s, err := d.status()
		if err != nil {
			return false, err
		}
		ready := 0
		for _, want := range payers {
			for _, p := range s.Payers {
				if p.Name != want.name {
					continue
				}
				if p.Error != "" {
					return false, fmt.Errorf("payer %s: %s", p.Name, p.Error)
				}
				if done(p) {
					ready++
				}
			}
		}
		return ready == len(payers), nil
	})
}

// passed waits until every payer had a pass that began behind a time. The
// status has times to the millisecond.
func (d *daemon) passed(since time.Time, payers []size) error {
	since = since.Truncate(time.Millisecond)
	return d.each(2*time.Minute, "end its passes", payers, func(p status.Payer) bool {
		return p.LastPass != nil && !p.LastPass.StartedAt.Before(since)
	})
}

// planned waits until the last pass of every payer was from a commit.
func (d *daemon) planned(commit string, payers []size) error {
	return d.each(time.Minute, "plan the commit", payers, func(p status.Payer) bool {
		return p.LastPass != nil && p.Commit == commit
	})
}

// hangup asks for a pass over every payer, and says how long they took.
func (d *daemon) hangup(payers []size) (float64, error) {
	begun := time.Now()
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		return 0, err
	}
	err := d.passed(begun, payers)
	return time.Since(begun).Seconds(), err
}

// costs is the processor time of the daemon, in seconds, while something is done
// that takes a time.
func (d *daemon) costs(do func() (float64, error)) (used, took float64, err error) {
	before, err := d.cpu()
	if err != nil {
		return 0, 0, err
	}
	if took, err = do(); err != nil {
		return 0, 0, err
	}
	after, err := d.cpu()
	return (after - before).Seconds(), took, err
}

// push tells of a commit as a git server does, and says how long it took until
// these payers were planned from it.
func (d *daemon) push(commit string, payers ...size) (float64, error) {
	body, err := json.Marshal(map[string]string{"ref": "refs/heads/main", "after": commit})
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest("POST", d.url+"/webhook", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	d.sent++
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write(body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", "push")
	r.Header.Set("X-GitHub-Delivery", fmt.Sprintf("00000000-0000-0000-0000-%012d", d.sent))
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	begun := time.Now()
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	reply.Body.Close()
	if reply.StatusCode >= 300 {
		return 0, fmt.Errorf("webhook: %s", reply.Status)
	}
	err = d.planned(commit, payers)
	return time.Since(begun).Seconds(), err
}
