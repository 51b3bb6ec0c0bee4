package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
)

var served = regexp.MustCompile(`^simulated AWS on (http://127\.0\.0\.1:[0-9]+), account 111122223333; Ctrl-C ends it\n`)

// startSandbox runs `reconciler sandbox` and points the bench at it.
func (b *bench) startSandbox(args ...string) *process {
	b.t.Helper()
	p := b.start(append([]string{"sandbox", "--listen", "127.0.0.1:0"}, args...)...)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if m := served.FindStringSubmatch(p.stderr.String()); m != nil {
			b.url = m[1]
			return p
		}
	}
	b.t.Fatalf("it never says where it serves:\n%s", p.stderr.String())
	return nil
}

// The sandbox serves AWS to other processes, keeps its state where it was told
// when it is ended, and takes it up again.
func TestSandboxServesAndSaves(t *testing.T) {
	b := newBench(t, awssim.Options{})
	state := filepath.Join(t.TempDir(), "aws.json")
	p := b.startSandbox("--sandbox-state", state, "--sandbox-quota", "9")
	b.must(0, "apply", "--auto-approve") // 8 of the 12 accounts
	csv, err := os.ReadFile(filepath.Join(b.dir, "accounts", "lab.csv"))
	if err != nil || strings.Count(string(csv), "\n") != 8 {
		t.Errorf("CSV under a quota of 9 (%v):\n%s", err, csv)
	}
	if calls := callsOver(t, b.url); calls["CreateOrganization"] != 1 || calls["GetCallerIdentity"] != 1 {
		t.Errorf("calls over the control port: %v", calls)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := p.code(); got != 0 {
		t.Errorf("exit code %d after SIGTERM, want 0\n%s", got, &p.stderr)
	}
	b.startSandbox("--sandbox-state", state)
	again := b.must(0, "apply", "--auto-approve")
	if want := "\nApplied: 4 created, 0 updated, 0 deleted.\n"; !strings.Contains(again.stdout.String(), want) {
		t.Errorf("want %q in:\n%s", want, &again.stdout)
	}
	b.must(0, "plan", "--detailed-exitcode")
	if busy := b.must(1, "sandbox", "--listen", strings.TrimPrefix(b.url, "http://")); !strings.Contains(busy.stderr.String(), "address already in use") {
		t.Errorf("a port that is taken: %s", &busy.stderr)
	}
}

// callsOver counts the calls by operation, as the control port tells.
func callsOver(t *testing.T, url string) map[string]int {
	t.Helper()
	answer, err := http.Get(url + "/_sim/calls")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var calls []awssim.Call
	if err := json.NewDecoder(answer.Body).Decode(&calls); err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, c := range calls {
		n[c.Operation]++
	}
	return n
}
