package kinds_test

import (
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// TestDanger15AnEditOfAPolicyThatFails: no account is made, or moved, below a
// policy that does not say yet what the file says.
func TestDanger15AnEditOfAPolicyThatFails(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := func(deny, ids string) string {
			return "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\npolicies: [{name: P, document: " + kindtest.Deny(deny) + "}]\n" +
				"ous: [{name: Labs, policies: [P]}, {name: Other}]\n" +
				`pools: [{name: s, ou: Labs, ids: [` + ids + `], account: {name: "s${{ id }}", email: "s${{ id }}@acme.example"}}]` + "\n" +
				"accounts: [{name: x, email: x@acme.example, ou: Other}]\nsafety: {maxMoves: 5}\n"
		}
		r.Apply(body("s3:*", "a"))
		r.Fail("UpdatePolicy")
		_, err := r.TryApply(r.Plan(strings.Replace(body("ec2:*", "a, b"), "ou: Other}]\nsafety", "ou: Labs}]\nsafety", 1)))
		r.Refused(err, "update policy/P")
		if got := r.Accounts(); len(got) != 2 {
			t.Errorf("%d accounts, want two: nothing is made below a policy that was not edited", len(got))
		}
		if n := len(r.Order("MoveAccount")); n != 2 {
			t.Errorf("%d moves, want the two of the first apply", n)
		}
	})
}
