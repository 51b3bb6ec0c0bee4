package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/reconcile"
)

// small is a payer of three accounts.
func small(name, account string) string {
	return fmt.Sprintf(`apiVersion: reconciler/v1
kind: Payer
name: %s
accountId: "%s"
organization: {create: true}
ous: [{name: Labs}]
pools:
  - name: students
    ou: Labs
    ids: {from: 1, count: 3}
    account: {name: "lab ${{ id }}", email: "lab${{ id }}@%[1]s.example"}
    csv: %[1]s.csv
`, name, account)
}

// desk is a person at a terminal: one apply, stopped between plan and answer.
type desk struct {
	*testing.T
	c         *cli
	dir       string
	out, errs bytes.Buffer
	passes    []*pass
	aws       *aws
}

// sit plans the payers a and b of a new folder.
func sit(t *testing.T, staleAfter time.Duration, answer string, names ...string) *desk {
	t.Helper()
	d := &desk{T: t, dir: t.TempDir()}
	for i, name := range names {
		put(t, filepath.Join(d.dir, name+".yaml"), small(name, fmt.Sprintf("11112222333%d", i)))
	}
	d.c = &cli{stdin: strings.NewReader(answer), stdout: &d.out, stderr: &d.errs, sandbox: true,
		format: "text", parallelism: 8, logLevel: "warn", logFormat: "text", staleAfter: staleAfter, clock: time.Now,
		rights: &rights{all: map[string]*reconcile.Writer{}, log: func(string, ...any) {}}}
	if err := d.c.setUp(); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.passes, d.aws, err = d.c.planAll(t.Context(), []string{d.dir}, false); err != nil {
		t.Fatal(err)
	}
	d.aws.sim.ResetCalls()
	return d
}

// apply goes on, and wants the exit code.
func (d *desk) apply(approve bool, code int) {
	d.Helper()
	err := d.c.apply(d.Context(), d.passes, d.aws, approve, false)
	got := 0
	if err != nil {
		var e exit
		if !errors.As(err, &e) {
			d.Fatalf("apply: %v", err)
		}
		got = int(e)
	}
	if got != code {
		d.Errorf("exit code %d, want %d\n%s%s", got, code, &d.out, &d.errs)
	}
}

func (d *desk) wants(where *bytes.Buffer, words ...string) {
	d.Helper()
	for _, w := range words {
		if !strings.Contains(where.String(), w) {
			d.Errorf("no %q in\n%s", w, where)
		}
	}
}

// called counts the calls of an operation that a payer made.
func (d *desk) called(account, operation string) int {
	n := 0
	for _, c := range d.aws.sim.Calls() {
		if c.Operation == operation && c.Account == account {
			n++
		}
	}
	return n
}

func TestPlanThatWaitedIsMadeAgain(t *testing.T) {
	d := sit(t, -1, "yes\n", "a")
	d.apply(false, 0)
	d.wants(&d.out, "Applied: 5 created")
	if n := strings.Count(d.out.String(), "Plan: "); n != 1 {
		t.Errorf("an equal plan is shown %d times", n)
	}
}

// TestStalePlanIsNotRun where it is not what a person said yes to.
func TestStalePlanIsNotRun(t *testing.T) {
	d := sit(t, -1, "yes\n", "a")
	put(t, filepath.Join(d.dir, "a.yaml"), strings.Replace(small("a", "111122223330"), "count: 3", "count: 4", 1))
	d.apply(false, 1)
	d.wants(&d.out, "the plan of a is stale: AWS or the file changed since it was shown; run apply again", "Nothing was applied.")
	for _, c := range d.aws.sim.Calls() {
		if c.Write {
			t.Errorf("%s was called", c.Operation)
		}
	}

	other := sit(t, -1, "yes\n", "a")
	put(t, filepath.Join(other.dir, "a.yaml"), small("renamed", "111122223330"))
	other.apply(false, 1)
	other.wants(&other.out, "the plan of a is stale")

	broken := sit(t, -1, "yes\n", "a")
	put(t, filepath.Join(broken.dir, "a.yaml"), "apiVersion: [\n")
	broken.apply(false, 1)
	broken.wants(&broken.out, "not YAML", "Nothing was applied.")
}

// TestNewPlanIsRunWhereNobodyWasAsked, and is printed first.
func TestNewPlanIsRunWhereNobodyWasAsked(t *testing.T) {
	d := sit(t, -1, "", "a")
	put(t, filepath.Join(d.dir, "a.yaml"), strings.Replace(small("a", "111122223330"), "count: 3", "count: 4", 1))
	d.apply(true, 0)
	d.wants(&d.errs, "a: AWS or the file changed since it was planned; the plan is now:")
	d.wants(&d.out, "4 accounts of pool students", "Applied: 6 created")
	if got := d.called("111122223330", "CreateAccount"); got != 4 {
		t.Errorf("%d accounts, want 4", got)
	}
}

// TestNewPlanIsGuarded like any other.
func TestNewPlanIsGuarded(t *testing.T) {
	d := sit(t, -1, "", "a")
	put(t, filepath.Join(d.dir, "a.yaml"), strings.Replace(small("a", "111122223330"), "count: 3", "count: 51", 1))
	d.apply(true, 1)
	d.wants(&d.out, "maxAccountCreates", "Nothing was applied.")
	if got := d.called("111122223330", "CreateAccount"); got != 0 {
		t.Errorf("%d accounts were made", got)
	}
}

// TestSecondPayerIsPlannedAgain behind the first, whose apply may take hours.
func TestSecondPayerIsPlannedAgain(t *testing.T) {
	for _, asked := range []bool{true, false} {
		d := sit(t, time.Hour, "yes\n", "a", "b")
		if _, err := callOrganizations(d.aws.sim, "111122223331", "CreateOrganization", `{"FeatureSet":"ALL"}`); err != nil {
			t.Fatal(err)
		}
		if asked {
			d.apply(false, 1)
			d.wants(&d.out, "the plan of b is stale")
		} else {
			d.apply(true, 0)
			d.wants(&d.errs, "b: AWS or the file changed")
		}
		want := map[bool]int{true: 0, false: 3}[asked]
		if got := []int{d.called("111122223330", "CreateAccount"), d.called("111122223331", "CreateAccount")}; got[0] != 3 || got[1] != want {
			t.Errorf("asked %t: %d accounts were made, want 3 and %d", asked, got, want)
		}
	}
}

// TestSecondPayerIsNotReadTwice where nothing was written for the first.
func TestSecondPayerIsNotReadTwice(t *testing.T) {
	d := sit(t, time.Hour, "", "a")
	d.apply(true, 0)
	put(t, filepath.Join(d.dir, "b.yaml"), small("b", "111122223331"))
	var err error
	if d.passes, d.aws, err = d.c.planAll(t.Context(), []string{d.dir}, false); err != nil {
		t.Fatal(err)
	}
	planned := d.called("111122223331", "GetCallerIdentity")
	d.apply(true, 0)
	if got := d.called("111122223331", "GetCallerIdentity"); planned != 1 || got != planned {
		t.Errorf("%d sessions for a plan, %d with its apply", planned, got)
	}
}

// TestCSVThatCannotBeWrittenIsSaid although every change was done.
func TestCSVThatCannotBeWrittenIsSaid(t *testing.T) {
	d := sit(t, time.Hour, "", "a")
	const foreign = "account;id;mail\n" // a spreadsheet saves over it
	put(t, filepath.Join(d.dir, "a.csv"), foreign)
	d.apply(true, 1)
	d.wants(&d.out, "Applied: 5 created", "! a.csv", "is there and is not a CSV of ours", "remove it by hand")
	if b, err := os.ReadFile(filepath.Join(d.dir, "a.csv")); err != nil || string(b) != foreign {
		t.Errorf("the file is %q, %v", b, err)
	}
}
