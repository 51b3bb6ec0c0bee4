package daemon

import (
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

// long is an apply that would take a while: of 50 accounts, of which some are made.
func long(t *testing.T, change ...func(*setup)) (*rig, *run) {
	t.Helper()
	r := newRig(t, "p2")
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 50)})
	d := r.start(append(change, func(s *setup) {
		s.Config.Parallelism.Changes = 1
		s.pace.apply = 50 * time.Millisecond
		s.wire.put(slowly(60 * time.Millisecond))
	})...)
	d.wait("the first accounts", func() bool { return r.calls("p1", "CreateAccount") > 3 })
	return r, d
}

// few fails the test where the apply went on, or was told as a failure.
func few(d *run) {
	d.Helper()
	if n := d.calls("p1", "CreateAccount"); n > 30 {
		d.Errorf("%d accounts were asked for: the apply went on", n)
	}
	for _, l := range d.log.find("pass failed") {
		d.Errorf("told as a failure: %v", l)
	}
}

// TestANewCommitEndsAnApply of the one before: what was typed wrong is mended at
// once, and not when all of it is done.
func TestANewCommitEndsAnApply(t *testing.T) {
	t.Parallel()
	r, d := long(t)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 2)})
	d.pushed()
	d.wait("the pass of the new commit", func() bool { return len(d.triggers("p1")) == 2 })
	p := d.settled("p1", status.OK)
	few(d)
	if p.Commit == "" || r.rows("main", "p1") < 2 || p.Pools[0].Wanted != 2 {
		t.Errorf("%d rows, pools %+v", r.rows("main", "p1"), p.Pools)
	}

	// A commit that touches another payer alone, or is our own, ends nothing.
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 20)})
	d.pushed()
	before := r.calls("p1", "CreateAccount")
	d.wait("more accounts", func() bool { return r.calls("p1", "CreateAccount") > before })
	r.commit(map[string]string{"payers/p2.yaml": payerFile("p2", 3)})
	d.pushed()
	d.wait("20 rows", func() bool { return r.rows("main", "p1") >= 20 })
	d.settled("p1", status.OK)
	if got := d.triggers("p1"); len(got) != 3 {
		t.Errorf("passes by %q", got)
	}
}

// TestAFileThatGoesDuringAnApply ends it; nothing is deleted, and the lock is free.
func TestAFileThatGoesDuringAnApply(t *testing.T) {
	t.Parallel()
	r, d := long(t)
	r.commit(nil, "payers/p1.yaml")
	d.pushed()
	d.wait("p1 leaves the board", func() bool { return d.payer("p1").Name == "" })
	few(d)
	made := r.accounts()
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 50)})
	other := r.start()
	other.settled("p1", status.OK)
	if made < 3 || r.accounts() != 50 || r.rows("main", "p1") != 50 {
		t.Errorf("%d accounts, then %d, %d rows", made, r.accounts(), r.rows("main", "p1"))
	}
}

// TestAPauseInTheFileEndsAnApply.
func TestAPauseInTheFileEndsAnApply(t *testing.T) {
	t.Parallel()
	r, d := long(t)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 50, "paused: {reason: stop}")})
	d.pushed()
	d.settled("p1", status.Paused)
	few(d)
}

// TestPlanModeEndsAnApply: who writes mode: plan into the config means it.
func TestPlanModeEndsAnApply(t *testing.T) {
	t.Parallel()
	var plan *config.Config
	_, d := long(t, func(s *setup) {
		other := *s.Config
		other.Mode = "plan"
		plan = &other
		s.Reload = func() (*config.Config, error) { return plan, nil }
	})
	d.hangUp()
	d.wait("the pass behind it", func() bool { return len(d.triggers("p1")) == 2 })
	few(d)
	if p := d.settled("p1", status.OK); p.Lease != nil || d.status().Mode != "plan" {
		t.Errorf("mode %s, lock %+v", d.status().Mode, p.Lease)
	}
}

// TestCSVsAreCommittedAsAccountsBecomeReady, and not at the end alone.
func TestCSVsAreCommittedAsAccountsBecomeReady(t *testing.T) {
	t.Parallel()
	const accounts = 40
	r := newRig(t)
	source := r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", accounts)})
	d := r.start(func(s *setup) {
		s.pace.pages = 100 * time.Millisecond
		s.Config.Parallelism.Changes = 1
		s.wire.put(slowly(20 * time.Millisecond))
	})
	d.settled("p1", status.OK)
	commits := strings.Fields(r.repo.Git("rev-list", "--reverse", source+"..main"))
	if len(commits) < 3 {
		t.Errorf("%d commits", len(commits))
	}
	rows := 0
	for _, c := range commits {
		n := strings.Count(r.repo.Read(c, "accounts/p1.csv"), "\n")
		if want := "added"; n <= rows || !strings.Contains(r.repo.Git("log", "-1", "--format=%s", c), want) {
			t.Errorf("%d rows became %d: %s", rows, n, r.repo.Git("log", "-1", "--format=%B", c))
		}
		rows = n
	}
	if rows != accounts {
		t.Errorf("%d rows", rows)
	}
	if got := d.triggers("p1"); len(got) != 1 {
		t.Errorf("passes by %q", got)
	}
}
