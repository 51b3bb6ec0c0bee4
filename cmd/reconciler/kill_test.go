package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
)

// An apply that is killed before, inside or after any of its writes, and run
// again, ends with every account once and the right CSV, and on the way there no
// node is without an SCP that allows, and no account below policies that are
// not attached yet.
func TestDangerKilledAtEveryWrite(t *testing.T) {
	whole := newBench(t, awssim.Options{})
	whole.must(0, "apply", "--auto-approve")
	writes := whole.door.count()
	whole.check()
	if writes < 12+3+2 {
		t.Fatalf("only %d writes", writes)
	}
	step := 1
	if testing.Short() {
		step = 7
	}
	for n := 1; n <= writes; n += step {
		for i, when := range []moment{before, inside, after} {
			t.Run(fmt.Sprintf("%s/%d", when, n), func(t *testing.T) {
				t.Parallel()
				killedAt(t, n, when, awssim.Options{LagReads: (n + i) % 3 * 2}, 1+(n+i)%2*7)
			})
		}
	}
}

// killedAt kills an apply at one moment, runs it again, and looks.
func killedAt(t *testing.T, n int, when moment, o awssim.Options, parallelism int) {
	b := newBench(t, o)
	b.door.killAt(n, when)
	p := b.start("apply", "--auto-approve", "--parallelism", fmt.Sprint(parallelism))
	if code := p.code(); code != -1 && (when != after || code != 0) {
		t.Fatalf("the process was not killed, it ended with %d:\n%s%s", code, &p.stdout, &p.stderr)
	}
	b.door.killAt(0, never)
	b.must(0, "apply", "--auto-approve")
	b.check()
}

// Killed again and again at any moment, also while it reads, waits or writes
// the CSV, an apply gets there.
func TestDangerKilledAtRandomMoments(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 1))
			b := newBench(t, awssim.Options{LagReads: int(seed) % 2 * 3})
			for range 12 {
				p := b.start("apply", "--auto-approve")
				select {
				case <-p.gone:
				case <-time.After(time.Duration(rnd.IntN(250)) * time.Millisecond):
					p.kill()
				}
			}
			b.must(0, "apply", "--auto-approve")
			b.check()
		})
	}
}

// Killed between the temporary file of the CSV and its rename, an apply leaves
// the old CSV or none; the next one writes it and clears away.
func TestDangerKilledWhileTheCSVIsWritten(t *testing.T) {
	b := newBench(t, awssim.Options{})
	b.must(0, "apply", "--auto-approve")
	folder := filepath.Join(b.dir, "accounts")
	path := filepath.Join(folder, "lab.csv")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for try := 0; left < 2 && try < 100; try++ {
		old := ""
		if try%2 == 1 { // an older CSV that lacks rows
			old = string(whole[:2*len("123456789012,101,student101@lab.example\n")])
		}
		if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
			t.Fatal(err)
		}
		if old == "" {
			os.Remove(path)
		}
		p := b.start("apply", "--auto-approve")
		if watch(p, folder) {
			p.kill()
		}
		<-p.gone
		if temps(t, folder) > 0 {
			left++
		}
		got, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if s := string(got); s != old && s != string(whole) {
			t.Fatalf("half a CSV:\n%s", s)
		}
		b.must(0, "apply", "--auto-approve")
		b.check()
	}
	if left == 0 {
		t.Error("no kill came between the temporary file and its rename")
	}
}

// watch waits until a temporary file is there, or the process has ended.
func watch(p *process, folder string) bool {
	for {
		select {
		case <-p.gone:
			return false
		default:
		}
		entries, _ := os.ReadDir(folder)
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".tmp") {
				return true
			}
		}
	}
}

// temps counts what a killed write left.
func temps(t *testing.T, folder string) int {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tmp") {
			n++
		}
	}
	return n
}
