package daemon

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/payer-reconciler/reconciler/daemon/status"
)

// inChild is set in the process that has a full disk.
const inChild = "RECONCILER_TEST_DISK_IS_FULL"

// fill makes every write beyond so many bytes of a file fail, as on a disk that is
// full: by the limit of the process, so the test has a process of its own.
func fill(t *testing.T, bytes uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = min(bytes, limit.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
}

func TestBadDayTheDiskIsFull(t *testing.T) {
	if os.Getenv(inChild) == "" {
		t.Parallel()
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), inChild+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // the write fails instead
	const few, many = 100, 400     // rows of more than 40 bytes
	safety := "safety: {maxAccountCreates: 1000}"
	r := newRig(t)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", few, safety)})
	d := r.start()
	d.settled("p1", status.OK)
	if n := r.rows("main", "p1"); n != few {
		t.Fatalf("%d rows", n)
	}

	fill(t, 8<<10)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", many, safety)})
	d.pushed()
	p := d.settled("p1", status.Failed)
	if !strings.Contains(p.Error, "accounts/p1.csv") || !strings.Contains(p.Error, "file too large") {
		t.Errorf("the error is %s", p.Error)
	}
	if n := r.rows("main", "p1"); n != few {
		t.Errorf("%d rows on main: part of a file is no list", n)
	}
	if n := r.accounts(); n != many {
		t.Errorf("%d accounts", n)
	}
	d.again("p1") // still full
	d.settled("p1", status.Failed)

	// The daemon dies meanwhile, or does not.
	d.stop()
	d = r.start()
	d.settled("p1", status.Failed)
	fill(t, 1<<40)
	d.again("p1")
	d.settled("p1", status.OK)
	if r.rows("main", "p1") != many || r.accounts() != many || r.calls("p1", "CreateAccount") != many {
		t.Errorf("%d rows, %d accounts, %d asked for", r.rows("main", "p1"), r.accounts(), r.calls("p1", "CreateAccount"))
	}
	r.repo.Fsck()
}
