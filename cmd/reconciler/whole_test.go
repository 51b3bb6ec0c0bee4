package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
)

// earlier applies testdata/whole/earlier.txt turn by turn, and gives the file
// in which the simulated AWS was saved after that.
func earlier(t *testing.T) string {
	t.Helper()
	b := benchOf(t, "whole", awssim.New(awssim.Options{Quota: 10}))
	text, err := os.ReadFile(filepath.Join(b.dir, "earlier.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for turn := 1; turn <= 5; turn++ {
		b.write("payers/whole.yaml", strings.ReplaceAll(string(text), "TURN", fmt.Sprint(turn)))
		b.must(0, "apply", "--auto-approve")
	}
	path := filepath.Join(t.TempDir(), "earlier.json")
	if err := b.sim.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func (b *bench) write(path, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, path), []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// wholeBench has the payer of testdata/whole, and an AWS that was saved.
func wholeBench(t *testing.T, saved string, o awssim.Options) *bench {
	t.Helper()
	o.Quota = 10
	sim, err := awssim.Load(saved, o)
	if err != nil {
		t.Fatal(err)
	}
	b := benchOf(t, "whole", sim)
	b.lags = o.LagReads > 0
	return b
}

// An apply of everything that a payer holds beside its organization, killed
// before, inside or after any of its writes, and run again, ends as one that
// nobody disturbed.
func TestDangerKilledAtEveryWriteOfAWholePayer(t *testing.T) {
	saved := earlier(t)
	b := wholeBench(t, saved, awssim.Options{})
	b.must(0, "apply", "--auto-approve")
	writes := b.door.count()
	want := b.settled()
	if made := b.made(); len(made) < 12 {
		t.Fatalf("only %v were made", made)
	}
	if testing.Verbose() {
		for i, s := range b.door.steps {
			t.Logf("write %d: %s", i+1, s.Op)
		}
	}
	for n := 1; n <= writes; n++ {
		for i, when := range []moment{before, inside, after} {
			t.Run(fmt.Sprintf("%s/%d", when, n), func(t *testing.T) {
				t.Parallel()
				b := wholeBench(t, saved, awssim.Options{LagReads: (n + i) % 3 * 2, StackTime: time.Duration(n%2) * 100 * time.Millisecond})
				b.applyKilledAt(n, when, "--parallelism", fmt.Sprint(1+(n+i)%2*7))
				b.same(want)
			})
		}
	}
}

// applyKilledAt kills an apply at one moment, and runs it again.
func (b *bench) applyKilledAt(n int, when moment, flags ...string) {
	b.t.Helper()
	args := append([]string{"apply", "--auto-approve"}, flags...)
	b.door.killAt(n, when)
	p := b.start(args...)
	if code := p.code(); code != -1 && (when != after || code != 0) {
		b.t.Fatalf("the process was not killed, it ended with %d:\n%s%s", code, &p.stdout, &p.stderr)
	}
	b.door.killAt(0, never)
	b.must(0, args...)
}

// When most of it has left the file and is pruned, an apply that is killed at any
// of its writes, and run again, ends as one that nobody disturbed.
func TestDangerKilledAtEveryWriteOfAPrune(t *testing.T) {
	b := wholeBench(t, earlier(t), awssim.Options{})
	b.must(0, "apply", "--auto-approve")
	b.settled()
	saved := filepath.Join(t.TempDir(), "whole.json")
	if err := b.sim.Save(saved); err != nil {
		t.Fatal(err)
	}
	fewer, err := os.ReadFile(filepath.Join(b.dir, "fewer.txt"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("payers/whole.yaml", string(fewer))
	b.door.killAt(0, never)
	b.must(0, "apply", "--auto-approve", "--allow-self")
	writes, want := b.door.count(), b.settled()
	for _, gone := range []string{`"vendor"`, `"machine"`, "Sixth", "Border", `"ReportName"`, `"Status": "ACTIVE"`, `"name": "Everywhere"`, `"name": "Reader"`, `"BILLING"`} {
		if strings.Contains(want, gone) {
			t.Errorf("%s is still there:\n%s", gone, want)
		}
	}
	for n := 1; n <= writes; n++ {
		when := []moment{before, inside, after}[n%3]
		t.Run(fmt.Sprintf("%s/%d", when, n), func(t *testing.T) {
			t.Parallel()
			b := wholeBench(t, saved, awssim.Options{LagReads: n % 4 * 2})
			b.write("payers/whole.yaml", string(fewer))
			b.applyKilledAt(n, when, "--allow-self", "--parallelism", fmt.Sprint(1+n%2*7))
			b.same(want)
		})
	}
}

// Killed again and again at any moment, also while it reads or waits, an apply
// gets there.
func TestDangerKilledAtRandomMomentsOfAWholePayer(t *testing.T) {
	saved := earlier(t)
	b := wholeBench(t, saved, awssim.Options{})
	b.must(0, "apply", "--auto-approve")
	want := b.settled()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 2))
			b := wholeBench(t, saved, awssim.Options{LagReads: int(seed) % 2 * 3, StackTime: 50 * time.Millisecond})
			for range 10 {
				p := b.start("apply", "--auto-approve")
				select {
				case <-p.gone:
				case <-time.After(time.Duration(rnd.IntN(200)) * time.Millisecond):
					p.kill()
				}
			}
			b.must(0, "apply", "--auto-approve")
			b.same(want)
		})
	}
}

// An interrupt in the middle lets what is under way end; the next apply does
// the rest, and nothing twice.
func TestInterruptedInAWholePayer(t *testing.T) {
	saved := earlier(t)
	b := wholeBench(t, saved, awssim.Options{})
	b.must(0, "apply", "--auto-approve")
	want := b.settled()
	for _, op := range []string{"CreateRole", "CreatePolicyVersion", "CreateUser", "PutBucketVersioning", "PutBucketPolicy", "CreateStackSet", "CreateStackInstances", "RequestServiceQuotaIncrease"} {
		for _, kind := range []awssim.FaultKind{awssim.HoldBefore, awssim.HoldAfter} {
			t.Run(fmt.Sprint(op, "/", kind), func(t *testing.T) {
				t.Parallel()
				b := wholeBench(t, saved, awssim.Options{})
				b.sim.Inject(awssim.Fault{Operation: op, Nth: 1, Kind: kind})
				p := b.start("apply", "--auto-approve", "--parallelism", "1")
				b.waitHeld()
				b.signal(p, syscall.SIGINT, "interrupted")
				b.sim.Release()
				if got := p.code(); got != 1 {
					t.Errorf("exit code %d, want 1\n%s", got, &p.stderr)
				}
				if out := p.stdout.String(); !strings.Contains(out, "error: interrupted") || strings.Contains(out, "context canceled") {
					t.Errorf("the summary is\n%s", out)
				}
				b.must(0, "apply", "--auto-approve")
				b.same(want)
			})
		}
	}
}

// same compares what an apply came to with what an undisturbed one does, and
// how often each thing was made on the way.
func (b *bench) same(want string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.settled()); diff != "" {
		b.t.Errorf("AWS is not as after an undisturbed apply (-want +got):\n%s", diff)
	}
	for what, n := range b.made() {
		if n != 1 {
			b.t.Errorf("%s was made %d times", what, n)
		}
	}
}

// made counts, over all runs, the writes that AWS took and that make or ask for
// something new.
func (b *bench) made() map[string]int {
	n := map[string]int{}
	for _, s := range b.door.steps {
		switch op, _, _ := strings.Cut(s.Op, "?"); {
		case strings.HasPrefix(op, "Create"), strings.HasPrefix(op, "Request"), op == "PutReportDefinition",
			strings.HasPrefix(s.Op, "PUT ") && op == s.Op:
			n[op+" "+s.Name]++
		}
	}
	return n
}

// settled waits until AWS has given the quota, wants a plan without any change,
// and gives all that AWS holds but times, counters and ids.
func (b *bench) settled() string {
	b.t.Helper()
	b.door.killAt(0, never)
	p := b.start("plan", "--detailed-exitcode")
	for range 5 {
		if p.code() == 0 {
			break
		}
		if out := p.stdout.String(); !strings.Contains(out, "Plan: 0 to create, 0 to update, 0 to delete, 1 waiting.") || !strings.Contains(out, "> quota/accounts") {
			b.t.Fatalf("a plan after it is not empty:\n%s%s", out, &p.stderr)
		}
		p = b.start("plan", "--detailed-exitcode")
	}
	if p.code() != 0 {
		b.t.Fatalf("the quota never comes:\n%s%s", &p.stdout, &p.stderr)
	}
	if n := b.door.count(); n != 0 {
		b.t.Errorf("plans wrote %d times", n)
	}
	data, err := worldOf(b.sim)
	if err != nil {
		b.t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		b.t.Fatal(err)
	}
	text, err := json.MarshalIndent(lasting(v), "", " ")
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// passing are the keys of a saved state that differ from run to run.
var passing = []string{"id", "ids", "seq", "stacksetid", "stacksetarn", "stackid", "lastoperationid", "bound"}

// lasting takes out of a value what is passing.
func lasting(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			if slices.Contains(passing, strings.ToLower(k)) {
				delete(v, k)
			} else {
				v[k] = lasting(v[k])
			}
		}
	case []any:
		for i := range v {
			v[i] = lasting(v[i])
		}
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			return "a time"
		}
	}
	return v
}
