package daemon

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// away takes the remote away; the returned function brings it back.
func (r *rig) away() (back func()) {
	r.Helper()
	hidden := r.repo.Path + ".away"
	if err := os.Rename(r.repo.Path, hidden); err != nil {
		r.Fatal(err)
	}
	return func() {
		r.Helper()
		if err := os.Rename(hidden, r.repo.Path); err != nil {
			r.Fatal(err)
		}
	}
}

// hangUp sends SIGHUP.
func (d *run) hangUp() {
	d.Helper()
	select {
	case d.hangup <- struct{}{}:
	case err := <-d.ended:
		d.Fatalf("the daemon has ended: %v", err)
	}
}

func TestBadDayTheRemoteIsAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start()
	d.settled("p1", status.OK)
	fetched := d.status().Git.FetchedAt
	back := r.away()

	// Passes go on, also those that heal.
	b := r.behind()
	b.Unit(b.Root(), "Theirs")
	labs := b.UnitIDs(b.Root())["Labs"]
	for email, a := range b.Accounts() {
		if email == "p1-001@acme.example" {
			b.Move(*a.Id, labs, b.Root())
		}
	}
	if got := d.passes("p1", d.hangUp); !slices.Equal(got, []string{"signal"}) {
		t.Errorf("passes by %q", got)
	}
	d.wait("the error", func() bool { return d.status().Git.Error != "" })
	s := d.status()
	if s.Git.FetchedAt != fetched || s.Payers[0].State != status.OK {
		t.Errorf("git %+v, payer %s", s.Git, s.Payers[0].State)
	}
	for _, a := range b.Accounts() {
		if parent := r.parent(*a.Id); parent != labs {
			t.Errorf("%s is not put back", *a.Email)
		}
	}
	if !d.log.says(slog.LevelError, "the repository cannot be read; what was read before stays in force") {
		t.Errorf("it is not loud\n%s", d.log)
	}
	if got := d.get("/readyz"); got != "200 ok" {
		t.Errorf("readyz %s", got) // what is in force is kept so
	}

	// What happened meanwhile is taken in as soon as somebody says so.
	back()
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
	if s := d.status(); s.Git.Error != "" || !s.Git.FetchedAt.After(fetched) {
		t.Errorf("the error stays: %+v", s.Git)
	}
}

// TestBadDayTheRemoteIsAwayWhenCSVsAreDue: what could not be pushed is pushed.
func TestBadDayTheRemoteIsAwayWhenCSVsAreDue(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start(operatorApplies)
	d.settled("p1", status.FirstApply)
	back := r.away()
	d.stop()
	d = r.start()
	p := d.settled("p1", status.Failed)
	if !strings.Contains(p.Error, "publish the CSVs") || p.Failures != 1 {
		t.Errorf("failures %d, error %s", p.Failures, p.Error)
	}
	if n := r.calls("p1", "CreateAccount"); n != 2 {
		t.Errorf("%d accounts were asked for", n)
	}
	back()
	d.passes("p1", d.hangUp)
	d.settled("p1", status.OK)
	if r.rows("main", "p1") != 2 || r.calls("p1", "CreateAccount") != 2 {
		t.Errorf("%d rows, %d accounts asked for", r.rows("main", "p1"), r.calls("p1", "CreateAccount"))
	}
}

func TestBadDayTheRemoteIsAwayAtTheStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	back := r.away()

	// Without a clone there is nothing to do but to wait, loudly.
	d := r.start()
	d.wait("the error", func() bool { return d.status().Git.Error != "" })
	if got := d.get("/readyz"); !strings.HasPrefix(got, "503 ") {
		t.Errorf("readyz %s", got)
	}
	if got := d.get("/healthz"); got != "200 ok" {
		t.Errorf("healthz %s", got)
	}
	back()
	d.hangUp()
	d.settled("p1", status.OK)
	d.stop()

	// With one, passes are made from what it has.
	back = r.away()
	d = r.start()
	p := d.settled("p1", status.OK)
	if s := d.status(); s.Git.Error == "" || s.Git.Commit == "" || p.Commit != s.Git.Commit {
		t.Errorf("git %+v", s.Git)
	}
	if !d.log.says(slog.LevelWarn, "what was fetched before stays in force") {
		t.Errorf("it is not loud\n%s", d.log)
	}
	back()
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
}

func TestBadDayTheHistoryIsRewritten(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start()
	d.settled("p1", status.OK)
	old := r.repo.Head("main")

	r.repo.Commit(gitserver.Commit{Onto: "none", Files: map[string]string{"payers/p1.yaml": payerFile("p1", 3)}})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
	if !d.log.says(slog.LevelWarn, "the branch was rewritten, and is followed") {
		t.Errorf("it is not loud\n%s", d.log)
	}
	if n := r.accounts(); n != 3 || r.calls("p1", "CreateAccount") != 3 {
		t.Errorf("%d accounts, %d asked for", n, r.calls("p1", "CreateAccount"))
	}
	if r.repo.Git("rev-list", "main", "--not", old) == "" || strings.Contains(r.repo.Git("rev-list", "main"), old) {
		t.Error("the old history came back")
	}
	d.settled("p1", status.OK)
	d.stop()

	// Rewritten while no daemon ran.
	r.repo.Commit(gitserver.Commit{Onto: "none", Files: map[string]string{"payers/p1.yaml": payerFile("p1", 4)}})
	d = r.start()
	d.settled("p1", status.OK)
	if n := r.accounts(); n != 4 || r.rows("main", "p1") != 4 {
		t.Errorf("%d accounts, %d rows", n, r.rows("main", "p1"))
	}
}

func TestBadDayAPushIsRefusedByAHook(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	r.repo.Hook("pre-receive", `while read old new ref; do git log --format=%B $old..$new; done | grep -q "Reconciler-Payer: p1" || exit 0; echo "main is frozen until Monday" >&2; exit 1`)
	d := r.start()
	p := d.settled("p1", status.Failed)
	if !strings.Contains(p.Error, "main is frozen until Monday") {
		t.Errorf("the remote's words are not on the board: %s", p.Error)
	}
	d.settled("p2", status.OK)
	if n := r.accounts(); n != 2 || r.rows("main", "p1") != 0 || r.rows("main", "p2") != 2 {
		t.Errorf("%d accounts; rows: %d of p1, %d of p2", n, r.rows("main", "p1"), r.rows("main", "p2"))
	}
	if got := d.again("p1"); len(got) != 1 {
		t.Errorf("passes by %q", got)
	}
	if p := d.settled("p1", status.Failed); p.Failures != 2 {
		t.Errorf("%d failures", p.Failures)
	}

	r.repo.Hook("pre-receive", "")
	d.again("p1")
	d.settled("p1", status.OK)
	if n := r.accounts(); n != 2 || r.rows("main", "p1") != 2 || r.calls("p1", "CreateAccount") != 2 {
		t.Errorf("%d accounts, %d rows, %d asked for", n, r.rows("main", "p1"), r.calls("p1", "CreateAccount"))
	}
}

// TestAPushOfAnotherCommitMeanwhile: somebody commits while the accounts are made.
func TestAPushOfAnotherCommitMeanwhile(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start()
	d.settled("p1", status.OK)
	for n := 3; n < 6; n++ {
		r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", n)})
		d.pushed()
		theirs := r.commit(map[string]string{"notes.txt": strings.Repeat("n", n)})
		d.wait("rows", func() bool { return r.rows("main", "p1") == n })
		if !strings.Contains(r.repo.Git("rev-list", "main"), theirs) {
			t.Error("somebody's commit is gone")
		}
	}
	r.repo.Fsck()
}

func TestCSVsGoToAnotherBranch(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	head := r.repo.Head("main")
	toCSVs := func(s *setup) { s.Config.Git.Push.Branch = "csvs" }
	d := r.start(toCSVs)
	d.settled("p1", status.OK)
	if r.rows("csvs", "p1") != 2 || r.repo.Head("main") != head {
		t.Error("the CSVs are not on their branch")
	}
	pushed := r.repo.Head("csvs")
	d.again("p1")
	d.stop()
	d = r.start(toCSVs)
	d.settled("p1", status.OK)
	if r.repo.Head("csvs") != pushed {
		t.Error("a commit though no byte of a CSV changed")
	}
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("csvs", "p1") == 3 })
	if n := r.accounts(); n != 3 {
		t.Errorf("%d accounts", n)
	}
}

func TestOnlySignedCommitsAreApplied(t *testing.T) {
	t.Parallel()
	gitserver.Need(t, "ssh-keygen")
	r := newRig(t)
	key := filepath.Join(r.dir, "signer")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %s", out)
	}
	sign := []string{"gpg.format=ssh", "user.signingKey=" + key}
	signed := r.repo.Commit(gitserver.Commit{Sign: sign, Files: map[string]string{"payers/p1.yaml": payerFile("p1", 2)}})
	d := r.start(func(s *setup) { s.Config.Git.Verify = config.Verify{Keys: []string{key + ".pub"}} })
	d.settled("p1", status.OK)

	// Our own CSVs stand on a signed commit; what somebody adds is not applied.
	unsigned := r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 9)})
	if got := send(d, d.webhook("1", secret, pushed(unsigned))); got != 200 {
		t.Fatal(got)
	}
	d.wait("the unsigned commit on the board", func() bool { return d.status().Git.Unverified == unsigned })
	d.again("p1")
	if n := r.accounts(); n != 2 {
		t.Errorf("%d accounts: what nobody signed is applied", n)
	}
	if !d.log.says(slog.LevelError, "signed by no key of git.verify", unsigned) {
		t.Errorf("it is not loud\n%s", d.log)
	}
	r.repo.Commit(gitserver.Commit{Sign: sign, Files: map[string]string{"payers/p1.yaml": payerFile("p1", 3)}})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
	if s := d.status(); s.Git.Unverified != "" || s.Git.Commit == signed {
		t.Errorf("git %+v", s.Git)
	}
}
