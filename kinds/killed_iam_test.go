package kinds_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// TestIAMEndsAtAnyWriteAndGoesOn ends an apply at each of its writes, before it
// is done or with its answer lost, and applies again: nothing is made twice and
// nothing is missing.
func TestIAMEndsAtAnyWriteAndGoesOn(t *testing.T) {
	var writes []string
	t.Run("whole", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := kindtest.New(t, awssim.Options{})
			r.Apply(keep)
			r.Sim.ResetCalls()
			r.Apply(wholeIAM)
			writes = r.Order("")
		})
	})
	if len(writes) < 10 {
		t.Fatalf("the writes are %q", writes)
	}
	seen := map[string]int{}
	for _, op := range writes {
		seen[op]++
		for _, fault := range []awssim.FaultKind{awssim.Deny, awssim.DropAnswer} {
			t.Run(fmt.Sprint(op, seen[op], "/", fault), func(t *testing.T) {
				nth := seen[op]
				synctest.Test(t, func(t *testing.T) {
					r := kindtest.New(t, awssim.Options{})
					r.Apply(keep)
					p := r.Plan(wholeIAM)
					r.Sim.Inject(awssim.Fault{Operation: op, Nth: nth, Kind: fault})
					_, err := r.TryApply(p)
					if fault == awssim.Deny {
						r.Refused(err, op)
					} else if err != nil {
						t.Error(err)
					}
					r.Sim.ClearFaults()
					if len(kindtest.Lines(r.Plan(wholeIAM))) > 0 {
						r.Apply(wholeIAM)
					}
					r.Settled(wholeIAM)
				})
			})
		}
	}
}
