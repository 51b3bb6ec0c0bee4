package daemon

import (
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/daemon/status"
)

// brokenFile is a payer file that has a mistake, and would want nine accounts.
func brokenFile(name string) string { return payerFile(name, 9, "polices: []") }

// TestAPayerFileThatIsBrokenOnMain: its last sound commit stays in force, also
// behind a restart; the others go on; and it is repaired later.
func TestAPayerFileThatIsBrokenOnMain(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d := r.start()
	d.settled("p1", status.OK)
	d.settled("p2", status.OK)
	sound := r.repo.Head("main")
	r.commit(map[string]string{"payers/p1.yaml": brokenFile("p1"), "payers/p2.yaml": payerFile("p2", 3)})
	d.pushed()
	check := func(what string, accounts int) {
		t.Helper()
		p := d.settled("p1", status.Broken)
		if !strings.Contains(p.Error, `payers/p1.yaml:13:1: polices: unknown key (did you mean "policies"?)`) {
			t.Errorf("%s: the error is %s", what, p.Error)
		}
		if n := r.accounts(); n != accounts {
			t.Errorf("%s: %d accounts", what, n)
		}
		if !d.log.says(slog.LevelError, "its last sound commit stays in force", "polices") {
			t.Errorf("%s: it is not loud\n%s", what, d.log)
		}
		if !strings.Contains(d.get("/metrics"), "reconciler_payer_file_mistakes 1") {
			t.Errorf("%s: the metric does not count it", what)
		}
	}
	d.wait("p2 goes on", func() bool { return r.rows("main", "p2") == 3 })
	check("a commit", 2)

	// What is in force heals.
	b := r.behind()
	labs := b.UnitIDs(b.Root())["Labs"]
	id := *b.Accounts()["p1-001@acme.example"].Id
	b.Move(id, labs, b.Root())
	d.again("p1")
	if r.parent(id) != labs {
		t.Error("what is in force does not heal")
	}
	check("a pass", 2)

	d.stop()
	r.commit(map[string]string{"payers/p2.yaml": payerFile("p2", 4)}) // a good commit upon the bad one
	d = r.start()
	d.wait("p2 goes on", func() bool { return r.rows("main", "p2") == 4 })
	check("a restart", 2)
	b.Move(id, labs, b.Root())
	d.again("p1")
	if r.parent(id) != labs {
		t.Error("what is in force does not heal behind a restart")
	}
	if p := d.payer("p1"); p.Commit == "" || !strings.Contains(r.repo.Git("rev-list", "main"), p.Commit) {
		t.Errorf("in force is %q, the last sound is %s or one of ours upon it", p.Commit, sound)
	}

	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
	if p := d.settled("p1", status.OK); p.Error != "" || !strings.Contains(d.get("/metrics"), "reconciler_payer_file_mistakes 0") {
		t.Errorf("the error stays: %s", p.Error)
	}
}

// TestAFileThatMayBeAnything: nobody can tell which payer it is of, or that it is
// not the Defaults; so all of them stay as they were.
func TestAFileThatMayBeAnything(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start()
	d.settled("p1", status.OK)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3), "payers/new.yaml": "<<<<<<< HEAD\n"})
	d.pushed()
	d.settled("p1", status.Broken)
	d.again("p1")
	if n := r.accounts(); n != 2 {
		t.Errorf("%d accounts", n)
	}
	r.commit(nil, "payers/new.yaml")
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
}

// TestANewPayerThatIsBroken belongs to nothing in force: it is told of, and the
// others go on.
func TestANewPayerThatIsBroken(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start()
	d.settled("p1", status.OK)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3), "payers/p2.yaml": brokenFile("p2")})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
	d.settled("p1", status.OK)
	if !d.log.says(slog.LevelError, "mistake in a payer file", "payers/p2.yaml:13:1") || r.calls("p2", "") != 0 {
		t.Errorf("it is not loud, or was entered\n%s", d.log)
	}
	if s := d.status(); len(s.Git.Mistakes) != 1 || !strings.Contains(s.Git.Mistakes[0], "payers/p2.yaml:13:1") {
		t.Errorf("the board has %q", s.Git.Mistakes)
	}
	r.commit(map[string]string{"payers/p2.yaml": payerFile("p2", 1)})
	d.pushed()
	d.wait("p2 begins", func() bool { return r.rows("main", "p2") == 1 })
	if s := d.status(); len(s.Git.Mistakes) != 0 {
		t.Errorf("the board has %q", s.Git.Mistakes)
	}
}

// TestAPayerFileThatIsGone: said once, nothing deleted, the lock is free.
func TestAPayerFileThatIsGone(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d := r.start()
	d.settled("p1", status.OK)
	d.settled("p2", status.OK)
	writes := r.writes("p1")
	r.commit(nil, "payers/p1.yaml")
	d.pushed()
	d.wait("p1 leaves the board", func() bool { return d.payer("p1").Name == "" })
	r.commit(map[string]string{"payers/p2.yaml": payerFile("p2", 3)})
	d.pushed()
	d.wait("p2 goes on", func() bool { return r.rows("main", "p2") == 3 })
	d.hangUp()
	d.again("p2")
	if got := d.log.find("the payer file is gone"); len(got) != 1 || got[0]["payer"] != "p1" {
		t.Errorf("said %d times: %v", len(got), got)
	}
	if strings.Contains(d.get("/metrics"), `payer="p1"`) {
		t.Error("the metrics go on")
	}
	if r.writes("p1") != writes || r.accounts() != 2 || r.rows("main", "p1") != 2 {
		t.Error("something of it was touched")
	}
	// Another daemon may have it.
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 2)})
	other := r.start()
	other.settled("p1", status.OK)
	d.pushed()
	d.settled("p1", status.Standby)
}

// TestAllPayerFilesAreGone: none is managed any more, which is loud, and nothing of
// them is deleted.
func TestAllPayerFilesAreGone(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d := r.start()
	d.settled("p1", status.OK)
	d.settled("p2", status.OK)
	begun, _ := r.sim.Writes()
	head := r.commit(map[string]string{"README.md": "empty"}, "payers/p1.yaml", "payers/p2.yaml")
	if got := send(d, d.webhook("gone", secret, pushed(head))); got != 200 {
		t.Fatal(got)
	}
	d.wait("no payers", func() bool { return len(d.status().Payers) == 0 })
	if now, _ := r.sim.Writes(); now != begun {
		t.Error("something was written")
	}
	if got := d.status().Git.Mistakes; len(got) != 1 || !strings.HasPrefix(got[0], "git.path .: no payer file") {
		t.Errorf("mistakes %q", got)
	}
	if !d.log.says(slog.LevelWarn, "managed no longer", "p2") || !d.log.says(slog.LevelError, "git.path .: no payer file") {
		t.Errorf("it is not loud\n%s", d.log)
	}
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
}

// TestAPayerFileThatIsRenamed is the same payer.
func TestAPayerFileThatIsRenamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start()
	d.settled("p1", status.OK)
	r.commit(map[string]string{"payers/labs.yaml": payerFile("p1", 3)}, "payers/p1.yaml")
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
	if p := d.settled("p1", status.OK); p.File != "payers/labs.yaml" || r.accounts() != 3 {
		t.Errorf("file %s, %d accounts", p.File, r.accounts())
	}
	if len(d.log.find("the payer file is gone")) > 0 {
		t.Error("it counts as gone")
	}
	// Another name is another payer: the mark of the first is in the way.
	r.commit(map[string]string{"payers/labs.yaml": strings.Replace(payerFile("p1", 3), "name: p1\n", "name: other\n", 1)})
	d.pushed()
	p := d.settled("other", status.Failed)
	if !strings.Contains(p.Error, "p1") || r.accounts() != 3 || r.calls("p1", "CreateAccount") != 3 {
		t.Errorf("%d accounts: %s", r.accounts(), p.Error)
	}
}

// TestPayerFilesInAFolder of the repository, with a policy file beside them.
func TestPayerFilesInAFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commit(map[string]string{
		"aws/prod/payers/p1.yaml":      strings.Replace(guardedFile(2), `document: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "ec2:RunInstances", Resource: "*"}]}`, "file: policies/guard.json", 1),
		"aws/prod/policies/guard.json": `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*"}]}`,
		"aws/test/payers/p2.yaml":      payerFile("p2", 2),
	})
	d := r.start(func(s *setup) { s.Config.Git.Path = filepath.Join("aws", "prod") })
	d.settled("p1", status.OK)
	if got := r.repo.Git("ls-tree", "-r", "--name-only", "main"); !strings.Contains(got, "aws/prod/accounts/p1.csv") || r.calls("p2", "") != 0 {
		t.Errorf("main has\n%s", got)
	}
	head := r.commit(map[string]string{"aws/prod/policies/guard.json": `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}]}`})
	writes := r.writes("p1")
	d.pushed()
	d.wait("a pass of the policy file's commit", func() bool { return slices.Contains(d.triggers("p1"), "webhook") })
	if p := d.settled("p1", status.OK); p.Commit != head || r.writes("p1") == writes {
		t.Errorf("pass of %s, want %s", p.Commit, head)
	}
}
