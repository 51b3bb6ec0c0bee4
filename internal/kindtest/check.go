package kindtest

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// Run runs a test on a new Rig, on a clock that costs no time.
func Run(t *testing.T, o awssim.Options, f func(t *testing.T, r *Rig)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { f(t, New(t, o)) })
}

// Want compares the lines of a plan.
func (r *Rig) Want(p *reconcile.Planned, lines ...string) {
	r.Helper()
	r.Equal("plan", Lines(p), append([]string{}, lines...))
}

// Equal compares what a test has got with what it wants.
func (r *Rig) Equal(what string, got, want any) {
	r.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// Refused fails the test unless err has every one of the words.
func (r *Rig) Refused(err error, words ...string) {
	r.Helper()
	if err == nil || slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(err.Error(), w) }) {
		r.Errorf("the error is %v, want %q in it", err, words)
	}
}
