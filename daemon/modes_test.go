package daemon

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

func planMode(s *setup)        { s.Config.Mode = "plan" }
func operatorApplies(s *setup) { s.Config.FirstApply = "operator" }

// files lists what is below a folder, without the clone.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() && e.Name() == "repository" {
			return filepath.SkipDir
		}
		if err == nil && !e.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPlanModeWritesNothingAnywhere(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	head := r.repo.Head("main")
	d := r.start(planMode)
	p := d.settled("p1", status.OK)
	if p.Summary == nil || p.Summary.Create < 4 {
		t.Errorf("the plan is not on the board: %+v", p.Summary)
	}
	d.again("p1")
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	if begun, _ := r.sim.Writes(); begun != 0 {
		t.Errorf("%d writes to AWS", begun)
	}
	if r.repo.Head("main") != head || len(strings.Fields(r.repo.Git("branch", "--list", "--format=%(refname)"))) != 1 {
		t.Error("git was written to")
	}
	for _, f := range files(t, filepath.Join(r.dir, "state")) {
		if !strings.HasSuffix(f, ".yaml") && filepath.Base(f) != ".daemon.lock" {
			t.Errorf("it wrote %s", f)
		}
	}
	if len(d.audit) > 0 {
		t.Errorf("audited: %v", d.audit)
	}

	// The second payer needs no lock, so one daemon may plan while another applies.
	d = r.start()
	d.settled("p1", status.OK)
	begun, _ := r.sim.Writes()
	planner := r.start(planMode)
	planner.settled("p1", status.OK)
	if now, _ := r.sim.Writes(); now != begun {
		t.Error("a daemon that plans wrote")
	}
}

func TestFirstApplyIsAnOperators(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start(operatorApplies)
	p := d.settled("p1", status.FirstApply)
	if p.Lease != nil {
		t.Errorf("it keeps the lock from the operator: %+v", p.Lease)
	}
	if n := r.writes("p1"); n != 0 {
		t.Errorf("%d writes before the first apply", n)
	}
	if !d.log.says(slog.LevelWarn, "run reconciler apply once, or set firstApply: auto") {
		t.Errorf("nobody is told what to do\n%s", d.log)
	}
	d.again("p1")
	if p := d.settled("p1", status.FirstApply); p.Failures != 0 {
		t.Error("waiting for the operator counts as a failure")
	}

	// The operator applies, here: another daemon that may.
	if _, err := r.once(func(s *setup) { s.Config.StateDir = filepath.Join(r.dir, "operator") }); err != nil {
		t.Fatal(err)
	}
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.pushed()
	d.wait("the daemon goes on by itself", func() bool { return r.rows("main", "p1") == 3 })
	if p := d.settled("p1", status.OK); p.Lease == nil || !p.Lease.Mine || p.Lease.Kind != "file" {
		t.Errorf("lease %+v", p.Lease)
	}
	if n := r.accounts(); n != 3 {
		t.Errorf("%d accounts", n)
	}
}

func TestAGuardedPlanIsNotApplied(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d := r.start()
	d.settled("p1", status.OK)
	writes := r.writes("p1")
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 2000)}) // typed for 20
	d.pushed()
	p := d.settled("p1", status.Guarded)
	if len(p.Guards) != 1 || !strings.Contains(p.Guards[0], "maxAccountCreates") || !strings.Contains(p.Guards[0], "payers/p1.yaml") {
		t.Errorf("guards on the board: %q", p.Guards)
	}
	if n := r.writes("p1"); n != writes {
		t.Errorf("%d writes under a guard", n-writes)
	}
	d.settled("p2", status.OK)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 20)})
	d.pushed()
	d.wait("20 rows", func() bool { return r.rows("main", "p1") == 20 })
}

func TestOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d, err := r.once()
	if err != nil {
		t.Fatal(err)
	}
	if n := r.accounts(); n != 2 || r.rows("main", "p1") != 2 || r.rows("main", "p2") != 2 {
		t.Errorf("%d accounts", n)
	}
	if got := slices.Concat(d.triggers("p1"), d.triggers("p2")); len(got) != 2 {
		t.Errorf("passes by %q", got)
	}

	// One payer fails, the other has its pass.
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3), "payers/p2.yaml": payerFile("p2", 3)})
	_, err = r.once(func(s *setup) { s.wire.put(denying("p1")) })
	if err == nil || !strings.Contains(err.Error(), "p1") || strings.Contains(err.Error(), "p2") {
		t.Errorf("the error is %v", err)
	}
	if r.rows("main", "p2") != 3 {
		t.Error("p2 had no pass")
	}

	// A mistake in a file is an error too, and the sound payers have their pass.
	r.commit(map[string]string{"payers/p2.yaml": payerFile("p2", 4), "payers/p3.yaml": payerFile("p3", 1, "what: is this")})
	if _, err = r.once(); err == nil || !strings.Contains(err.Error(), "mistakes") {
		t.Errorf("the error is %v", err)
	}
	if r.rows("main", "p2") != 4 {
		t.Error("p2 had no pass")
	}

	// Nothing can be read at all.
	if _, err = r.once(func(s *setup) { s.Config.Git.URL = filepath.Join(r.dir, "nowhere.git") }); err == nil {
		t.Error("no error without a repository")
	}
}

// TestOnceIsInterrupted: what was begun is published, and the error says so.
func TestOnceIsInterrupted(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	r.sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: 2, Kind: awssim.HoldAfter})
	d := r.start(func(s *setup) { s.Once = true })
	if r.sim.WaitHeld(t.Context()) == nil {
		t.Fatal("no second account is made")
	}
	d.cancel()
	r.sim.ClearFaults()
	if err := d.end(); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("the error is %v", err)
	}
	if _, err := r.once(); err != nil {
		t.Error(err)
	}
	if n := r.accounts(); n != 2 || r.rows("main", "p1") != 2 {
		t.Errorf("%d accounts, %d rows", n, r.rows("main", "p1"))
	}
}
