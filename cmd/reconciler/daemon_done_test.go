package main

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// A commit that raises a pool from 20 to 40 lands as 20 new accounts and a pushed
// commit of the CSV, while the daemon is killed three times: at any write,
// between the creation and the move of an account, and as it pushes.
func TestDaemonOverHTTP(t *testing.T) {
	s := siteOf(t, labOf(20, ""), awssim.Options{})
	s.landsWhileKilled(func(p *process) {
		s.killAtRequest(p, func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack")
		})
	})
	if n := s.http.Requests(); n < 10 {
		t.Errorf("only %d requests came to the git server", n)
	}
}

// The same over SSH, where the git server has taken the push and the daemon
// never hears of it.
func TestDaemonOverSSH(t *testing.T) {
	s := newSite(t, labOf(20, ""), awssim.Options{LagReads: 2})
	s.ssh = gitserver.SSH(t)
	s.landsWhileKilled(func(p *process) { s.killIn("post-receive", p) })
}

// landsWhileKilled raises the pool of a daemon that is killed three times.
// atPush arms a kill of a process as it pushes.
func (s *site) landsWhileKilled(atPush func(*process)) {
	s.t.Helper()
	config := s.config("daemon", "")
	p := s.daemon(config)
	s.published(20)
	s.inState(p, "ok")

	n := 1 + rand.IntN(30)
	s.t.Logf("killed at write %d", n)
	s.door.killAt(n, []moment{before, inside, after}[rand.IntN(3)])
	s.push(p, s.raise(40, ""))
	<-p.gone
	s.killed(p)

	s.door.killAt(0, never)
	s.sim.Inject(awssim.Fault{Operation: "MoveAccount", Nth: 2, Kind: awssim.HoldBefore})
	p = s.daemon(config)
	s.waitHeld()
	p.kill()
	s.killed(p)
	s.sim.ClearFaults()

	p = s.daemon(config)
	atPush(p)
	<-p.gone
	s.killed(p)

	p = s.daemon(config)
	s.published(40)
	s.inState(p, "ok")
	s.whole(40)
	s.send(p, syscall.SIGTERM)
	if code := p.code(); code != 0 {
		s.t.Errorf("exit code %d, want 0\n%s", code, &p.stderr)
	}
}

// killed wants a process that a signal ended.
func (s *site) killed(p *process) {
	s.t.Helper()
	if code := p.code(); code != -1 {
		s.t.Fatalf("the daemon was not killed, it ended with %d\n%s", code, &p.stderr)
	}
}
