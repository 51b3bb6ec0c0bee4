package daemon

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/daemon/status"
)

func TestAPassAppliesAndPublishes(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d := r.start()
	source := r.repo.Head("main")
	d.settled("p1", status.OK)
	d.settled("p2", status.OK)
	if n := r.accounts(); n != 2 {
		t.Errorf("p1 has %d accounts", n)
	}
	if r.rows("main", "p1") != 2 || r.rows("main", "p2") != 2 {
		t.Error("the CSVs are not on main")
	}
	log := r.repo.Git("log", "--format=%an %s%n%(trailers)", source+"..main")
	for _, want := range []string{"reconciler accounts: p1: 2 added", "Reconciler-Payer: p2", "Reconciler-Source: " + source} {
		if !strings.Contains(log, want) {
			t.Errorf("the log of main lacks %q:\n%s", want, log)
		}
	}
	if got := d.triggers("p1"); !slices.Equal(got, []string{"start"}) {
		t.Errorf("passes by %q", got)
	}

	// Our own commits start no pass.
	d.pushed()
	if got := d.again("p1"); !slices.Equal(got, []string{"request"}) {
		t.Errorf("behind our own commit came passes by %q", got)
	}
	if got := d.triggers("p2"); !slices.Equal(got, []string{"start"}) {
		t.Errorf("behind our own commit came passes by %q", got)
	}
	// Nor is the repository laid out for it once more.
	trees, err := filepath.Glob(filepath.Join(d.cfg.StateDir, "trees", "*"))
	if err != nil || len(trees) != 1 || filepath.Base(trees[0]) != source {
		t.Errorf("trees %q, %v; want that of %s alone", trees, err, source)
	}
}

func TestACommitStartsThePassesThatItTouches(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2", "p3")
	r.commit(map[string]string{"payers/defaults.yaml": "apiVersion: reconciler/v1\nkind: Defaults\nhomeRegion: us-east-1\n"})
	d := r.start()
	all := []string{"p1", "p2", "p3"}
	for _, p := range all {
		d.settled(p, status.OK)
	}
	count := func(p string) int { return len(d.triggers(p)) }
	mark := map[string]int{}
	after := func(what string, touched ...string) {
		t.Helper()
		for _, p := range touched {
			d.wait(what+": a pass over "+p, func() bool { return count(p) > mark[p] && d.payer(p).Running == nil })
		}
		for _, p := range all {
			d.again(p) // a pass that should not be would have ended by now
			want := []string{"request"}
			if slices.Contains(touched, p) {
				want = []string{"webhook", "request"}
			}
			if got := d.triggers(p)[mark[p]:]; !slices.Equal(got, want) {
				t.Errorf("%s: passes over %s by %q, want %q", what, p, got, want)
			}
			mark[p] = count(p)
		}
	}
	for _, p := range all {
		mark[p] = count(p)
	}
	r.commit(map[string]string{"payers/p2.yaml": payerFile("p2", 3)})
	d.pushed()
	after("one payer", "p2")
	if r.rows("main", "p2") != 3 {
		t.Error("the third account is not on main")
	}
	r.commit(map[string]string{"README.md": "words", "accounts/else.csv": "a,b\n"})
	d.pushed()
	after("no payer")
	r.commit(map[string]string{"payers/defaults.yaml": "apiVersion: reconciler/v1\nkind: Defaults\ntags: {team: labs}\n"})
	d.pushed()
	after("the defaults", all...)
}

// TestTheLogNamesWhatDiffers and what is blocked, once for as long as it stays so:
// who only plans reads the journal.
func TestTheLogNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start(func(s *setup) { s.Config.Mode = "plan" })
	d.settled("p1", status.OK)
	d.again("p1")
	for _, want := range []string{"create ou/Labs", "create account/p1-001@acme.example"} {
		if n := strings.Count(d.log.String(), want); n != 1 {
			t.Errorf("the log names %q %d times\n%s", want, n, d.log)
		}
	}
}
