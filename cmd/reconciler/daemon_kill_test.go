package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// A daemon that is killed at any of these moments, and started again, makes no
// account twice and loses none, and the CSV is pushed once.
func TestDangerDaemonKilled(t *testing.T) {
	held := func(op string, kind awssim.FaultKind) func(*site, *process) {
		return func(s *site, p *process) {
			s.sim.Inject(awssim.Fault{Operation: op, Nth: 2, Kind: kind})
			s.t.Cleanup(s.sim.ClearFaults)
			go func() {
				if len(s.sim.WaitHeld(s.t.Context())) > 0 {
					p.kill()
					s.sim.ClearFaults()
				}
			}()
		}
	}
	for name, arm := range map[string]func(*site, *process){
		"before an account is asked for":      held("CreateAccount", awssim.HoldBefore),
		"before the id of an account is told": held("CreateAccount", awssim.HoldAfter),
		"between creation and move":           held("MoveAccount", awssim.HoldBefore),
		"before the move is known":            held("MoveAccount", awssim.HoldAfter),
		"between csv and commit":              (*site).killAtCSV,
		"between commit and push": func(s *site, p *process) {
			s.killAtRequest(p, func(r *http.Request) bool { return r.URL.Query().Get("service") == "git-receive-pack" })
		},
		"before the push is taken": func(s *site, p *process) {
			s.killAtRequest(p, func(r *http.Request) bool {
				return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack")
			})
		},
		"while the push is taken":     func(s *site, p *process) { s.killIn("pre-receive", p) },
		"before the push is answered": func(s *site, p *process) { s.killIn("post-receive", p) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := siteOf(t, labOf(3, ""), awssim.Options{LagReads: len(name) % 2 * 2})
			config := s.config("daemon", "")
			p := s.daemon(config)
			s.published(3)
			s.inState(p, "ok")
			arm(s, p)
			s.push(p, s.raise(8, ""))
			s.until("the kill", func() bool { return over(p.gone) })
			s.killed(p)
			if name == "between csv and commit" && s.rows() != 3 {
				t.Error("it was killed too late")
			}
			p = s.daemon(config)
			s.published(8)
			s.inState(p, "ok")
			s.whole(8)
		})
	}
}

// Killed again and again at any moment, also while it clones, fetches, plans or
// pushes, a daemon gets there.
func TestDangerDaemonKilledAtRandomMoments(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 3))
			s := siteOf(t, labOf(3, ""), awssim.Options{LagReads: int(seed) * 3})
			config := s.config("daemon", "parallelism: {changes: 1}\n")
			count := 3
			for range 8 {
				p := s.daemon(config)
				select {
				case <-p.gone:
					t.Fatalf("the daemon ended\n%s", &p.stderr)
				case <-time.After(time.Duration(50+rnd.IntN(400)) * time.Millisecond):
					p.kill()
				}
				if rnd.IntN(2) == 0 {
					count += 2
					s.raise(count, "")
				}
			}
			p := s.daemon(config)
			s.published(count)
			s.inState(p, "ok")
			s.whole(count)
		})
	}
}

func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// killAtCSV kills a process as soon as a CSV of its own lies in a tree of the
// state folder, and not in git.
func (s *site) killAtCSV(p *process) {
	before := s.repo.Read("main", "accounts/lab.csv")
	go func() {
		for !over(p.gone) {
			all, _ := filepath.Glob(filepath.Join(s.states[0], "trees", "*", "accounts", "lab.csv"))
			for _, path := range all {
				if b, err := os.ReadFile(path); err == nil && len(b) > 0 && string(b) != before {
					p.kill()
				}
			}
		}
	}()
}

// killAtRequest kills a process when it sends a request to the git server, which
// never gets to see it.
func (s *site) killAtRequest(p *process, which func(*http.Request) bool) {
	var once sync.Once
	s.http.Before(func(_ http.ResponseWriter, r *http.Request) (done bool) {
		if which(r) {
			once.Do(func() {
				p.kill()
				done = true
			})
		}
		return done
	})
}

// killIn makes a hook of the repository kill a process, the first time that it
// runs.
func (s *site) killIn(hook string, p *process) {
	s.t.Helper()
	gitserver.Need(s.t, "sh")
	pid := filepath.Join(s.etc, "pid")
	if err := os.WriteFile(pid, fmt.Appendln(nil, p.cmd.Process.Pid), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.repo.Hook(hook, fmt.Sprintf("test -e %[1]s || exit 0\nkill -9 $(cat %[1]s)\nrm %[1]s", pid))
}
