package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
)

// waitHeld waits until the simulated AWS holds a call.
func (b *bench) waitHeld() []awssim.Held {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	held := b.sim.WaitHeld(ctx)
	if len(held) == 0 {
		b.t.Fatal("no call came to be held")
	}
	return held
}

// signal sends one, and waits until the command says that it has got it.
func (b *bench) signal(p *process, s syscall.Signal, says string) {
	b.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		b.t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(p.stderr.String(), says); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("it never says %q:\n%s", says, p.stderr.String())
		}
	}
}

func (b *bench) calls(op string) int {
	n := 0
	for _, c := range b.sim.Calls() {
		if c.Operation == op {
			n++
		}
	}
	return n
}

// One interrupt: no new change starts, those under way end, the CSV and the
// summary are written. The next apply does the rest, and nothing twice.
func TestInterruptedOnce(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(s.String(), func(t *testing.T) {
			b := newBench(t, awssim.Options{})
			b.sim.Inject(awssim.Fault{Operation: "MoveAccount", Nth: 3, Kind: awssim.HoldBefore})
			p := b.start("apply", "--auto-approve", "--parallelism", "1")
			b.waitHeld()
			asked := b.calls("CreateAccount")
			b.signal(p, s, "interrupted")
			b.sim.Release()
			if got := p.code(); got != 1 {
				t.Errorf("exit code %d, want 1\n%s", got, &p.stderr)
			}
			if got := b.calls("CreateAccount"); got != asked {
				t.Errorf("%d creations began after the interrupt", got-asked)
			}
			csv, err := os.ReadFile(filepath.Join(b.dir, "accounts", "lab.csv"))
			if err != nil {
				t.Fatal(err)
			}
			if rows := strings.Count(string(csv), "\n"); rows != 3 {
				t.Errorf("%d rows in the CSV, want the 3 accounts that are in their unit:\n%s", rows, csv)
			}
			for _, want := range []string{`(?m)^  error: interrupted`, `(?m)^Applied: 14 created`, `not tried`, `(?m)^Next: apply again; what is done stays done, and the rest goes on from there`} {
				if !regexp.MustCompile(want).MatchString(p.stdout.String()) {
					t.Errorf("the summary does not match %s:\n%s", want, &p.stdout)
				}
			}
			b.must(0, "apply", "--auto-approve")
			b.check()
		})
	}
}

// A second interrupt cuts short what is under way; the next apply finds out
// what became of it.
func TestInterruptedTwice(t *testing.T) {
	for _, kind := range []awssim.FaultKind{awssim.HoldBefore, awssim.HoldAfter} {
		t.Run(string(kind), func(t *testing.T) {
			b := newBench(t, awssim.Options{})
			b.sim.Inject(awssim.Fault{Operation: "AttachPolicy", Nth: 2, Kind: kind})
			p := b.start("apply", "--auto-approve")
			b.waitHeld()
			b.signal(p, syscall.SIGINT, "interrupted")
			b.signal(p, syscall.SIGINT, "cut short")
			if got := p.code(); got != 1 { // nobody lets the held call go on
				t.Errorf("exit code %d, want 1", got)
			}
			if !strings.Contains(p.stdout.String(), "cut short, AWS may have done it") {
				t.Errorf("the summary does not say what was cut short:\n%s", &p.stdout)
			}
			b.must(0, "apply", "--auto-approve")
			b.check()
		})
	}
}

// An interrupt while it reads ends it at once, with a word that a person knows.
func TestInterruptedWhileItReads(t *testing.T) {
	b := newBench(t, awssim.Options{})
	b.must(0, "apply", "--auto-approve")
	for _, command := range []string{"plan", "accounts"} {
		b.sim.Inject(awssim.Fault{Operation: "ListAccounts", Nth: 1, Kind: awssim.HoldBefore})
		p := b.start(command)
		b.waitHeld()
		b.signal(p, syscall.SIGINT, "interrupted")
		if got := p.code(); got != 1 {
			t.Errorf("%s: exit code %d, want 1", command, got)
		}
		if out := p.stdout.String() + p.stderr.String(); strings.Contains(out, "context canceled") {
			t.Errorf("%s says how it works inside:\n%s", command, out)
		}
	}
	b.must(0, "apply", "--auto-approve")
	b.check()
}
