package daemon

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

// TestAStopInTheMiddleOfAnApply: no new change starts, those under way end, the
// CSVs are committed, the lock is free, and the next start goes on.
func TestAStopInTheMiddleOfAnApply(t *testing.T) {
	t.Parallel()
	const accounts = 50
	r := newRig(t)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", accounts, leaseLine)})
	r.behind().Bucket("acme-lease")
	d := r.start(func(s *setup) {
		s.Config.Parallelism.Changes = 2
		s.wire.put(slowly(30 * time.Millisecond))
	})
	d.wait("the first accounts", func() bool { return r.calls("p1", "CreateAccount") > 10 })
	begun := time.Now()
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	made := r.accounts()
	if rows := r.rows("main", "p1"); made < 10 || made == accounts || rows < made-8 || rows > made || rows == 0 {
		t.Errorf("%d accounts, %d rows", made, rows)
	}
	if !d.log.says(slog.LevelInfo, "stopping: no new change starts") || d.log.says(slog.LevelError, "change failed") {
		t.Errorf("the log:\n%s", d.log)
	}
	next := r.start()
	next.settled("p1", status.OK)
	if r.accounts() != accounts || r.rows("main", "p1") != accounts || r.calls("p1", "CreateAccount") != accounts {
		t.Errorf("%d accounts, %d rows, %d asked for", r.accounts(), r.rows("main", "p1"), r.calls("p1", "CreateAccount"))
	}
}

// hanging is a daemon in whose apply a call to AWS never answers.
func hanging(t *testing.T, change func(*setup)) (*rig, *run) {
	t.Helper()
	r := newRig(t, "p1")
	r.sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: 2, Kind: awssim.HoldAfter})
	d := r.start(func(s *setup) { s.Config.Parallelism.Changes = 1 }, change)
	if r.sim.WaitHeld(t.Context()) == nil {
		t.Fatal("no second account is made")
	}
	return r, d
}

// lastly starts once more and looks that nothing is lost and nothing made twice.
func lastly(t *testing.T, r *rig) {
	t.Helper()
	r.sim.ClearFaults()
	d := r.start()
	d.settled("p1", status.OK)
	if r.accounts() != 2 || r.rows("main", "p1") != 2 || r.calls("p1", "CreateAccount") != 2 {
		t.Errorf("%d accounts, %d rows, %d asked for", r.accounts(), r.rows("main", "p1"), r.calls("p1", "CreateAccount"))
	}
}

// TestASecondSignalCutsShort what is under way.
func TestASecondSignalCutsShort(t *testing.T) {
	t.Parallel()
	r, d := hanging(t, func(s *setup) { s.Grace = time.Hour })
	d.cancel()
	d.wait("the first signal", func() bool { return len(d.log.find("stopping")) == 1 })
	select {
	case err := <-d.ended:
		t.Fatalf("it ended in the middle of a change: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	close(d.abort)
	if err := d.end(); err != nil {
		t.Error(err)
	}
	lastly(t, r)
}

// TestAnEndThatTakesTooLong is cut short by itself.
func TestAnEndThatTakesTooLong(t *testing.T) {
	t.Parallel()
	r, d := hanging(t, func(s *setup) { s.Grace = 200 * time.Millisecond })
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	if !d.log.says(slog.LevelWarn, "they are cut short") {
		t.Errorf("it is not told\n%s", d.log)
	}
	lastly(t, r)
}

// TestAStopWhileTheRemoteHangs: a hook that never ends does not keep the daemon.
func TestAStopWhileTheRemoteHangs(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	r.repo.Hook("pre-receive", "sleep 60")
	d := r.start(func(s *setup) { s.Grace = 100 * time.Millisecond })
	d.wait("the accounts", func() bool { return strings.Contains(d.log.String(), `"done":4`) })
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	r.repo.Hook("pre-receive", "")
	lastly(t, r)
}

// TestAnAnswerThatIsLost: the account is made and nobody hears of it.
func TestAnAnswerThatIsLost(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	r.sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: 1, Count: 2, Kind: awssim.DropAnswer})
	d := r.start()
	d.wait("a pass", func() bool { return len(d.triggers("p1")) > 0 })
	for range 3 {
		d.again("p1")
	}
	d.settled("p1", status.OK)
	if r.accounts() != 2 || r.rows("main", "p1") != 2 {
		t.Errorf("%d accounts, %d rows", r.accounts(), r.rows("main", "p1"))
	}
}

// TestBadDayAWSDeniesOnePayer: the others go on, its passes come less and less
// often, and it recovers.
func TestBadDayAWSDeniesOnePayer(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2", "p3")
	n := r.notified()
	d := r.start(n.on, func(s *setup) { s.wire.put(denying("p2")) })
	for _, p := range []string{"p1", "p3"} {
		d.settled(p, status.OK)
	}
	last := time.Duration(0)
	for fails := 1; fails < 4; fails++ {
		p := d.settled("p2", status.Failed)
		if fails > 1 {
			d.again("p2")
			p = d.payer("p2")
		}
		wait := p.NextAt.Sub(p.LastPass.StartedAt)
		if p.Failures != fails || wait <= last || wait < backoff(fails)*8/10 || wait > backoff(fails)*13/10 {
			t.Errorf("failure %d: the next pass is in %s, before it was %s", p.Failures, wait, last)
		}
		last = wait
		if !strings.Contains(p.Error, "AccessDenied") {
			t.Errorf("the error is %s", p.Error)
		}
	}
	if got := d.again("p1"); len(got) != 1 || d.payer("p1").State != status.OK {
		t.Errorf("p1 had passes by %q", got)
	}
	if r.writes("p2") != 0 || r.rows("main", "p3") != 2 {
		t.Error("p2 was written to, or p3 was not")
	}
	d.wire.put(nil)
	d.again("p2")
	if p := d.settled("p2", status.OK); p.Failures != 0 || r.rows("main", "p2") != 2 {
		t.Errorf("%d failures, %d rows", p.Failures, r.rows("main", "p2"))
	}
	d.stop()
	want := []string{"failure", "recovery", "changes"}
	if got := n.kinds("p2"); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("told of p2: %q, want %q", got, want)
	}
	if got := n.kinds("p1"); strings.Join(got, " ") != "changes" {
		t.Errorf("told of p1: %q", got)
	}
}
