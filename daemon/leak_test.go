package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/status"
)

// open counts goroutines and file descriptors.
func open(t *testing.T) (goroutines, files int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return runtime.NumGoroutine(), len(fds)
}

// TestNothingLeaksOverAThousandPasses: passes without changes and with some, that
// fail, of files that are broken, behind a remote that is away. It runs alone, for
// it counts what the whole process has.
func TestNothingLeaksOverAThousandPasses(t *testing.T) {
	names := []string{"p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10"}
	r := newRig(t, names[1:]...)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 2, leaseLine)})
	r.behind().Bucket("acme-lease")
	n := r.notified()
	d := r.start(n.on, func(s *setup) { s.wire.put(denying("p2")) })
	d.settled("p1", status.OK)
	passes := 0
	round := func(i int) {
		before := d.log.count()
		var back func()
		switch i % 20 {
		case 3: // a change
			r.commit(map[string]string{"payers/p3.yaml": payerFile("p3", 3+i/20)})
		case 6:
			r.commit(map[string]string{"payers/p4.yaml": brokenFile("p4")})
		case 9:
			r.commit(map[string]string{"payers/p4.yaml": payerFile("p4", 2)})
		case 12:
			back = r.away()
		case 15: // somebody pauses, and resumes
			r.pause(r.pauses(false))
		case 17:
			r.resume(r.pauses(false))
		}
		d.hangUp()
		if i%10 == 0 {
			_ = send(d, d.webhook(fmt.Sprint(i), secret, pushed(r.repo.Head("main"))))
		}
		d.wait("a pass over each", func() bool {
			for _, p := range names {
				if d.log.count()[p] == before[p] {
					return false
				}
			}
			return true
		})
		if back != nil {
			back()
		}
		for _, p := range names {
			passes += d.log.count()[p] - before[p]
		}
	}
	for i := range 20 { // what is made once is there by then
		round(i)
	}
	goroutines, files := open(t)
	passes = 0
	for i := 20; passes < 1000; i++ {
		round(i)
	}
	const room = 6 // connections that are open by chance, and the end of a pass
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		g, f := open(t)
		if g <= goroutines+room && f <= files+room {
			t.Logf("%d passes: %d goroutines, now %d; %d files, now %d", passes, goroutines, g, files, f)
			break
		}
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d passes: %d goroutines became %d, %d files became %d\n%s", passes, goroutines, g, files, f, stacks[:runtime.Stack(stacks, true)])
		}
	}
	trees, err := os.ReadDir(filepath.Join(r.config("state").StateDir, "trees"))
	if err != nil || len(trees) > 3 {
		t.Errorf("%d trees are kept, %v", len(trees), err)
	}
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	for _, p := range []string{"p1", "p3", "p4", "p5"} {
		if !strings.Contains(d.log.String(), p) || r.rows("main", p) < 2 {
			t.Errorf("%s was not managed", p)
		}
	}
}
