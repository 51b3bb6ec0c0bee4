package daemon

import (
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
}
