package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/spec"
)

// TestPayers proves that the payers that are measured are payers of their size.
func TestPayers(t *testing.T) {
	for _, s := range []size{large, small} {
		dir, err := s.repo(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		payers, err := spec.Load([]string{dir}, spec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		accounts := 0
		for range payers[0].AllAccounts() {
			accounts++
		}
		got := size{payers[0].Name, payers[0].AccountID, accounts, len(payers[0].OUs), len(payers[0].Policies), s.perUnit, s.tags}
		if got != s {
			t.Errorf("%+v, want %+v", got, s)
		}
	}
}

// TestFleet proves that the payers of the daemons are different ones, and that
// what is edited in them is there.
func TestFleet(t *testing.T) {
	b := &bench{dir: t.TempDir()}
	accounts := map[string]bool{}
	for _, s := range []size{fleetPayer(0), fleetPayer(fleetSize - 1), single()} {
		if err := os.MkdirAll(filepath.Dir(b.path(s)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.path(s), []byte(s.entered()), 0o644); err != nil {
			t.Fatal(err)
		}
		payers, err := spec.Load([]string{b.path(s)}, spec.Options{Root: filepath.Join(b.dir, home(s))})
		if err != nil {
			t.Fatal(err)
		}
		p := payers[0]
		if p.Name != s.name || p.AccountID != s.account || accounts[p.AccountID] || p.Access == nil {
			t.Errorf("payer %s of %s, entered by %v, want %+v", p.Name, p.AccountID, p.Access, s)
		}
		accounts[p.AccountID] = true
		for _, text := range []string{"closes bucket 0", "closes bucket 1", "closes bucket 2", lastPool} {
			if !strings.Contains(s.entered(), text) {
				t.Errorf("no %q in the payer file", text)
			}
		}
	}
	if home(single()) == home(fleetPayer(0)) {
		t.Error("the single payer is in the repository of the others")
	}
}

func TestStatusMB(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("skip: this system has no /proc")
	}
	now, err := statusMB("self", "VmRSS")
	if err != nil || now < 1 {
		t.Errorf("resident %v MB, %v", now, err)
	}
	if most, err := statusMB("self", "VmHWM"); err != nil || most < now/2 {
		t.Errorf("at most %v MB, %v; %v now", most, err, now)
	}
}

func TestResults(t *testing.T) {
	got := results("goos: linux\nBenchmarkRun1000-2   \t 100\t  5000 ns/op\t 12.5 ns/change\t 3 B/op\nBenchmarkDiff \t 1\t 7 ns/op\nPASS\n")
	want := []result{{"Run1000", map[string]float64{"ns/op": 5000, "ns/change": 12.5, "B/op": 3}}, {"Diff", map[string]float64{"ns/op": 7}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestCounts(t *testing.T) {
	b := &bench{}
	b.count("calls", 45, 45)
	b.row("time", 3, 2, "s")
	if len(b.wrong) != 0 {
		t.Errorf("wrong is %q", b.wrong)
	}
	if b.count("calls", 46, 45); len(b.wrong) != 1 {
		t.Error("a count over its target is no mistake")
	}
	if got := median([]time.Duration{3, 1, 2}); got != 2 {
		t.Errorf("median %d", got)
	}
}
