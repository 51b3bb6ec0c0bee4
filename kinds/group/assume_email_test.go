package group_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// TestDanger9ChangedAddressesKeepTheRight: the addresses of accounts change in
// the file, which no API can do. The accounts are blocked, and who may enter
// them still may, by inline policies and by one attached.
func TestDanger9ChangedAddressesKeepTheRight(t *testing.T) {
	for _, n := range []int{3, 40} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				body := pools(n, enter("pools: [x, y]"))
				r.Apply(body)
				r.Settled(body)
				names, arns := rights(r)
				p := r.Plan(strings.Replace(body, "}}@acme.example", "}}@new.example", 1)) // of pool x
				for _, line := range kindtest.Lines(p) {
					if !strings.HasPrefix(line, "!") {
						t.Errorf("the plan has %s", line)
					}
				}
				if _, err := r.TryApply(p); err != nil {
					t.Error(err)
				}
				after, left := rights(r)
				r.Equal("policies", after, names)
				r.Equal("roles that may be assumed", left, arns)
			})
		})
	}
}
