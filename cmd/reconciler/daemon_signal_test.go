package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
)

// SIGTERM in the middle of a mass creation: no new change starts, what is ready
// is in a pushed CSV, and the process ends well. The next start does the rest.
func TestDaemonStopped(t *testing.T) {
	s := siteOf(t, labOf(12, ""), awssim.Options{})
	config := s.config("daemon", "parallelism: {changes: 2}\n")
	s.sim.Inject(awssim.Fault{Operation: "MoveAccount", Nth: 5, Kind: awssim.HoldBefore})
	p := s.daemon(config)
	s.waitHeld()
	s.send(p, syscall.SIGTERM)
	s.says(p, `msg="stopping: no new change starts, those under way end; a second signal cuts them short" passesUnderWay=1`)
	asked := s.calls("CreateAccount")
	s.sim.Release()
	began := time.Now()
	if code := p.code(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, &p.stderr)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v to end", took)
	}
	if got := s.calls("CreateAccount") - asked; got > 1 { // one was under way, perhaps not yet with AWS
		t.Errorf("%d creations began behind the signal", got)
	}
	ready, w := 0, s.world()
	for range w.list("ListAccountsForParent", "Accounts", map[string]string{"ParentId": w.ids["Labs"]}) {
		ready++
	}
	if got := s.rows(); got != ready || ready < 5 || ready == 12 {
		t.Errorf("%d rows are pushed, of %d accounts that are ready", got, ready)
	}
	p = s.daemon(config)
	s.published(12)
	s.inState(p, "ok")
	s.whole(12)
}

// A second SIGTERM cuts short what is under way; the next start finds out what
// became of it.
func TestDaemonStoppedTwice(t *testing.T) {
	for _, kind := range []awssim.FaultKind{awssim.HoldBefore, awssim.HoldAfter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := siteOf(t, labOf(6, ""), awssim.Options{})
			config := s.config("daemon", "")
			s.sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: 3, Kind: kind})
			p := s.daemon(config)
			s.waitHeld()
			s.send(p, syscall.SIGTERM)
			s.says(p, "stopping: no new change starts")
			if over(p.gone) {
				t.Error("it did not wait for what is under way")
			}
			s.send(p, syscall.SIGTERM)
			s.until("its end, while AWS holds the call", func() bool { return over(p.gone) })
			if code := p.code(); code != 0 {
				t.Errorf("exit code %d, want 0\n%s", code, &p.stderr)
			}
			s.sim.ClearFaults()
			p = s.daemon(config)
			s.published(6)
			s.inState(p, "ok")
			s.whole(6)
		})
	}
}

// SIGTERM while it reads ends it at once, and nothing is called a failure.
func TestDaemonStoppedWhileItReads(t *testing.T) {
	s := siteOf(t, labOf(3, ""), awssim.Options{})
	config := s.config("daemon", "")
	p := s.daemon(config)
	s.published(3)
	s.inState(p, "ok")
	s.sim.Inject(awssim.Fault{Operation: "ListAccounts", Nth: 1, Kind: awssim.HoldBefore})
	s.hup(p)
	s.waitHeld()
	s.send(p, syscall.SIGTERM)
	s.until("its end", func() bool { return over(p.gone) })
	if code, log := p.code(), p.stderr.String(); code != 0 || strings.Contains(log, "level=ERROR") || strings.Contains(log, "context canceled") {
		t.Errorf("exit code %d\n%s", code, log)
	}
}

// SIGHUP takes a new config, refuses a bad one loudly, and opens the audit log
// anew, as a rotation needs it.
func TestDaemonReload(t *testing.T) {
	s := siteOf(t, labOf(3, ""), awssim.Options{})
	config := s.config("daemon", "")
	p := s.daemon(config)
	s.published(3)
	s.inState(p, "ok")
	audit := strings.TrimSuffix(config, ".yaml") + ".audit"
	if err := os.Rename(audit, audit+".1"); err != nil {
		t.Fatal(err)
	}
	s.config("daemon", "interval: 10m\n")
	s.hup(p)
	s.says(p, `msg="a new config is in force" changed="interval: 24h -> 10m"`)
	s.until("the next pass, in the new interval", func() bool {
		is := s.payer(p)
		return is.State == "ok" && is.NextAt.Before(time.Now().Add(12*time.Minute))
	})

	s.config("daemon", "interval: soon\nmod: plan\n")
	s.hup(p)
	s.says(p, `level=ERROR msg="the config file is refused, the one before stays in force" mistake="\S+daemon\.yaml:\d+:\d+: interval: `)
	s.says(p, `mistake="\S+daemon\.yaml:\d+:1: mod: unknown key \(did you mean \\"mode\\"\?\)"`)
	if all := s.get(p, "/status"); !strings.Contains(all, `"mode": "apply"`) || !strings.Contains(all, "mod: unknown key") {
		t.Errorf("the status does not tell of the bad config:\n%s", all)
	}

	s.config("daemon", "interval: 10m\n")
	s.raise(5, "")
	s.hup(p)
	s.published(5)
	old, err := os.ReadFile(audit + ".1")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := os.ReadFile(audit)
	if err != nil {
		t.Fatal(err)
	}
	if string(old)+string(fresh) != p.stdout.String() || !strings.Contains(string(fresh), "student105@") || strings.Contains(string(fresh), "student101@") {
		t.Errorf("behind the rotation the audit log is\n%s", fresh)
	}
	if err := os.WriteFile(audit, append(old, fresh...), 0o600); err != nil { // as one, for the look at all
		t.Fatal(err)
	}
	s.inState(p, "ok")
	s.whole(5)
}
