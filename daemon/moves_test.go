package daemon

import (
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// TestABrokenFileUnderManyCSVCommits: a file that is broken for hours, while
// accounts of another payer are made, is found as it was.
func TestABrokenFileUnderManyCSVCommits(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d := r.start()
	d.settled("p1", status.OK)
	d.settled("p2", status.OK)
	d.stop()
	r.commit(map[string]string{"payers/p1.yaml": brokenFile("p1")})
	var stream strings.Builder
	from := r.repo.Head("main")
	for n := range lookBack + 20 {
		stream.WriteString("commit refs/heads/main\ncommitter reconciler <r@localhost> " + strconv.FormatInt(time.Now().Unix(), 10) + " +0000\ndata 4\ncsv\n")
		if n == 0 {
			stream.WriteString("from " + from + "\n")
		}
		row := "1," + strconv.Itoa(n) + "\n"
		stream.WriteString("M 100644 inline accounts/else.csv\ndata " + strconv.Itoa(len(row)) + "\n" + row + "\n")
	}
	r.fastImport(stream.String())
	d = r.start()
	if p := d.settled("p1", status.Broken); p.Pools == nil || p.Pools[0].Wanted != 2 || r.accounts() != 2 {
		t.Errorf("pools %+v, %d accounts", p.Pools, r.accounts())
	}
}

// TestALeaseThatComesAndGoes with the payer file.
func TestALeaseThatComesAndGoes(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	r.behind().Bucket("acme-lease")
	d := r.start()
	for n, kind := range []string{"file", "s3", "file"} {
		more := ""
		if kind == "s3" {
			more = leaseLine
		}
		r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3+n, more)})
		d.wait("a daemon", func() bool { return d.payer("p1").LastPass != nil })
		d.pushed()
		d.wait("rows", func() bool { return r.rows("main", "p1") == 3+n })
		if p := d.settled("p1", status.OK); p.Lease == nil || p.Lease.Kind != kind || !p.Lease.Mine {
			t.Errorf("want a lock of kind %s, have %+v", kind, p.Lease)
		}
	}
	// The lease that it had is free.
	other := r.start(named("other", time.Hour))
	other.settled("p1", status.OK)
	other.stop()
	if n := r.accounts(); n != 5 {
		t.Errorf("%d accounts", n)
	}
}

// TestAnotherBranch is followed when the config says so.
func TestAnotherBranch(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	r.repo.Commit(gitserver.Commit{Branch: "next", Onto: r.repo.Head("main"), Files: map[string]string{"payers/p1.yaml": payerFile("p1", 3)}})
	var mu sync.Mutex
	var next *config.Config
	d := r.start(func(s *setup) {
		next = s.Config
		s.Reload = func() (*config.Config, error) {
			mu.Lock()
			defer mu.Unlock()
			return next, nil
		}
	})
	d.settled("p1", status.OK)
	d.settled("p2", status.OK)
	mu.Lock()
	other := *next
	other.Git.Branch, other.Git.Push.Branch = "next", "next"
	next = &other
	mu.Unlock()
	main := r.repo.Head("main")
	d.hangUp()
	d.wait("3 rows", func() bool { return r.rows("next", "p1") == 3 })
	d.settled("p1", status.OK)
	d.again("p2") // as the timer would
	d.settled("p2", status.OK)
	if r.rows("next", "p2") != 2 {
		t.Errorf("%d rows of p2", r.rows("next", "p2"))
	}
	if r.accounts() != 3 || r.repo.Head("main") != main || r.calls("p2", "CreateAccount") != 2 {
		t.Errorf("%d accounts, or main was pushed to", r.accounts())
	}
}

// TestAStopWhileTheRemoteSaysNothing: a server that takes connections and does
// not answer does not keep the daemon.
func TestAStopWhileTheRemoteSaysNothing(t *testing.T) {
	t.Parallel()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	taken := make(chan net.Conn, 64)
	go func() {
		for {
			c, err := on.Accept()
			if err != nil {
				return
			}
			taken <- c
		}
	}()
	r := newRig(t, "p1")
	d := r.start(func(s *setup) { s.Config.Git.URL = "http://" + on.Addr().String() + "/acme/payers.git" })
	defer (<-taken).Close()
	if got := d.get("/healthz"); got != "200 ok" {
		t.Errorf("healthz %s", got)
	}
	begun := time.Now()
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}
