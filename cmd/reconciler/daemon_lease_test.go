package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

// leased is what a payer file says of its lease; the bucket comes with the first
// apply, which is an operator's.
const leased = "buckets: [{name: lab-lease}]\nlease: {bucket: lab-lease, key: reconciler/lab.lease}\n"

// begin makes the first apply by hand.
func (s *site) begin() {
	s.t.Helper()
	s.ask(0, "apply", "--auto-approve", s.clone())
}

// advance moves the clock of the simulated AWS, and no other.
func (s *site) advance(d time.Duration) {
	s.t.Helper()
	res, err := http.Post(s.url+"/_sim/advance", "application/json", strings.NewReader(fmt.Sprintf(`{"duration": %q}`, d)))
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		s.t.Fatal(res.Status)
	}
}

// again makes a daemon make a pass, and gives what it says of the payer then.
func (s *site) again(p *process) status.Payer {
	s.t.Helper()
	var last time.Time
	if is := s.payer(p); is.LastPass != nil {
		last = is.LastPass.StartedAt
	}
	s.hup(p)
	var is status.Payer
	s.until("the next pass", func() bool {
		is = s.payer(p)
		return is.Running == nil && is.LastPass != nil && is.LastPass.StartedAt.After(last)
	})
	return is
}

func heldBy(is status.Payer, p *process) bool {
	return is.Lease != nil && strings.Contains(is.Lease.Holder, fmt.Sprintf("/%d/", p.cmd.Process.Pid))
}

// Of two daemons one works. When it is killed in the middle of an apply, the
// other takes over as soon as the lease has run out by the clock of AWS, not
// before, and goes on where the first one was.
func TestDangerTwoDaemonsWithALease(t *testing.T) {
	s := siteOf(t, labOf(2, leased), awssim.Options{})
	first := s.daemon(s.config("first", ""))
	s.inState(first, "first-apply")
	s.says(first, `msg="the bucket of the lease comes with the first apply, which is an operator's then: run reconciler apply once" payer=lab`)
	s.begin()
	s.hup(first)
	s.published(2)
	if is := s.inState(first, "ok"); !heldBy(is, first) || !is.Lease.Mine || is.Lease.Kind != "s3" {
		t.Fatalf("the lease is not held: %+v", is.Lease)
	}
	second := s.daemon(s.config("second", ""))
	if is := s.inState(second, "standby"); !heldBy(is, first) || is.Lease.Mine || !is.Lease.Expires.After(time.Now()) {
		t.Errorf("the second daemon says of the lease: %+v", is.Lease)
	}

	commit := s.raise(6, leased)
	s.sim.Inject(awssim.Fault{Operation: "MoveAccount", Nth: 2, Kind: awssim.HoldBefore})
	s.push(first, commit)
	s.waitHeld()
	first.kill()
	s.sim.ClearFaults()
	s.advance(4 * time.Minute)
	if is := s.again(second); is.State != "standby" {
		t.Errorf("before the lease has run out the second daemon is %s", is.State)
	}
	s.advance(90 * time.Second)
	s.hup(second)
	s.published(6)
	if is := s.inState(second, "ok"); !heldBy(is, second) || !is.Lease.Mine {
		t.Errorf("who took over does not hold the lease: %+v", is.Lease)
	}

	// One that ends as it was told lets go at once.
	first = s.daemon(filepath.Join(s.etc, "first.yaml"))
	s.inState(first, "standby")
	s.send(second, syscall.SIGTERM)
	if code := second.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if is := s.again(first); is.State != "ok" || !is.Lease.Mine {
		t.Errorf("behind a released lease the other daemon is %s: %s", is.State, is.Error)
	}
	s.whole(6)
}

// Beside a running daemon nobody applies, unless it is paused: then it lets go,
// and goes on when it is resumed. All of it is told to who asks.
func TestApplyBesideADaemon(t *testing.T) {
	for name, more := range map[string]string{"lease": leased, "file": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := siteOf(t, labOf(2, more), awssim.Options{})
			s.begin()
			config := s.config("daemon", "")
			p := s.daemon(config)
			s.published(2)
			s.inState(p, "ok")
			state := []string{"--state-dir", s.states[0]}
			apply := func(code int, dir string, flags ...string) string {
				a := s.ask(code, append(append([]string{"apply", "--auto-approve", dir}, state...), flags...)...)
				return a.stdout.String() + a.stderr.String()
			}
			clone := s.clone()
			holder := fmt.Sprintf("/%d/", p.cmd.Process.Pid)
			refused := func(out string) {
				t.Helper()
				for _, want := range []string{holder, "daemon", "hint: where that is the daemon: `reconciler pause lab`, and it lets go at its next pass; then apply --while-paused, and resume"} {
					if !strings.Contains(out, want) {
						t.Errorf("an apply beside the daemon does not say %q:\n%s", want, out)
					}
				}
			}
			refused(apply(1, clone))
			paused := s.ask(0, "pause", "lab", "--config", config, "--for", "2h", "--reason", "see INC-42").stdout.String()
			if !strings.Contains(paused, "lab is paused until ") {
				t.Errorf("pause prints\n%s", paused)
			}
			refused(apply(1, clone, "--while-paused")) // it has not let go yet

			commit := s.raise(4, more)
			s.push(p, commit)
			is := s.inState(p, "paused")
			if is.Pause == nil || is.Pause.Reason != "see INC-42" || is.Pause.By != whoami() || is.Pause.Until.IsZero() || is.Lease != nil {
				t.Errorf("the status says of the pause %+v, of the lease %+v", is.Pause, is.Lease)
			}
			text := s.ask(0, "status", "--url", s.address(p)).stdout.String()
			for _, want := range []string{"paused", "see INC-42", whoami(), "reconciler resume lab"} {
				if !strings.Contains(text, want) {
					t.Errorf("status does not say %q:\n%s", want, text)
				}
			}
			if out := apply(1, clone); !strings.Contains(out, "paused by "+whoami()) || !strings.Contains(out, "see INC-42") {
				t.Errorf("an apply says of the pause\n%s", out)
			}
			if s.rows() != 2 {
				t.Error("the daemon wrote while it was paused")
			}
			clone = s.clone()
			apply(0, clone, "--while-paused")
			if b, err := os.ReadFile(filepath.Join(clone, "accounts", "lab.csv")); err != nil || strings.Count(string(b), "\n") != 4 {
				t.Errorf("the operator's CSV is %q, %v", b, err)
			}
			if is := s.again(p); is.State != "paused" || s.rows() != 2 {
				t.Errorf("behind the apply the daemon is %s", is.State)
			}
			if out := s.ask(0, "resume", "lab", "--config", config).stdout.String(); !strings.Contains(out, "lab goes on; it was paused by "+whoami()) {
				t.Errorf("resume prints\n%s", out)
			}
			s.hup(p)
			s.published(4)
			if is := s.inState(p, "ok"); !heldBy(is, p) || is.Pause != nil {
				t.Errorf("behind the resume: %+v %+v", is.Lease, is.Pause)
			}
			s.whole(4)
		})
	}
}

// Two daemons on one folder share its locks: one works, and when it is killed
// the other does. What is saved in the folder starts a pass by itself.
func TestDaemonsOnOneFolder(t *testing.T) {
	s := newSite(t, labOf(2, ""), awssim.Options{})
	folder, state := s.clone(), filepath.Join(s.etc, "locks")
	config := filepath.Join(s.etc, "local.yaml")
	text := fmt.Sprintf("git: {path: %s}\nmode: apply\nfirstApply: auto\ninterval: 24h\nlisten: 127.0.0.1:0\nstateDir: %s\n", folder, state)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := func(want int) {
		t.Helper()
		s.until(fmt.Sprintf("%d rows in the folder", want), func() bool {
			b, err := os.ReadFile(filepath.Join(folder, "accounts", "lab.csv"))
			return err == nil && strings.Count(string(b), "\n") == want
		})
	}
	first := s.daemon(config)
	rows(2)
	s.inState(first, "ok")
	second := s.daemon(config)
	if is := s.inState(second, "standby"); !heldBy(is, first) || is.Lease.Kind != "file" {
		t.Errorf("the second daemon says of the lock: %+v", is.Lease)
	}
	put(t, filepath.Join(folder, "payers", "lab.yaml"), labOf(4, ""))
	rows(4)
	if is := s.inState(first, "ok"); is.LastPass.Trigger != "commit" && is.LastPass.Trigger != "files" {
		t.Errorf("the pass over a file that was saved is started by %q", is.LastPass.Trigger)
	}
	first.kill()
	put(t, filepath.Join(folder, "payers", "lab.yaml"), labOf(7, ""))
	rows(7)
	if is := s.inState(second, "ok"); !heldBy(is, second) {
		t.Errorf("who took over says of the lock: %+v", is.Lease)
	}
	if n := len(s.world().list("ListAccounts", "Accounts", nil)); n != 8 {
		t.Errorf("%d accounts, want 8", n)
	}
	s.secrets()
}

// Two daemons want one payer, and the one that has it is killed again and again:
// every account is made once.
func TestDangerTwoDaemonsRace(t *testing.T) {
	s := siteOf(t, labOf(2, leased), awssim.Options{LagReads: 1})
	configs := []string{s.config("a", ""), s.config("b", "")}
	s.begin()
	both := []*process{s.daemon(configs[0]), nil}
	s.published(2)
	s.inState(both[0], "ok")
	both[1] = s.daemon(configs[1])
	s.inState(both[1], "standby")
	count, holder := 2, 0
	for range 4 {
		count += 3
		commit := s.raise(count, leased)
		for _, p := range both {
			s.push(p, commit)
		}
		time.Sleep(time.Duration(rand.IntN(120)) * time.Millisecond) // any moment of a real process
		both[holder].kill()
		s.advance(6 * time.Minute)
		both[holder] = s.daemon(configs[holder])
		s.until("another holder", func() bool {
			for i, p := range both {
				if is := s.payer(p); is.Lease != nil && is.Lease.Mine {
					holder = i
					return true
				}
				s.hup(p)
			}
			return false
		})
	}
	s.published(count)
	s.inState(both[holder], "ok")
	s.inState(both[1-holder], "standby")
	s.whole(count)
}

// A pass by hand beside the daemon, with its config and its state folder,
// disturbs it in nothing.
func TestDaemonOnceBesideADaemon(t *testing.T) {
	s := siteOf(t, labOf(2, ""), awssim.Options{})
	config := s.config("daemon", "")
	p := s.daemon(config)
	s.published(2)
	s.inState(p, "ok")
	came, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.http.Before(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack") {
			once.Do(func() { close(came); <-goOn })
		}
		return false
	})
	s.push(p, s.raise(6, ""))
	s.until("the push", func() bool { return over(came) })
	s.ask(0, "daemon", "--config", config, "--once", "--mode", "plan")
	s.ask(0, "daemon", "--config", config, "--once") // finds that another holds the lock
	close(goOn)
	s.published(6)
	s.inState(p, "ok")
	s.ask(0, "daemon", "--config", config, "--once", "--mode", "plan")
	s.push(p, s.raise(8, ""))
	s.published(8)
	s.inState(p, "ok")
	if log := p.stderr.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
		t.Errorf("the daemon was disturbed:\n%s", log)
	}
	s.whole(8)
}
