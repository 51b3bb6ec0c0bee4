package reconcile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// TestADeleteSaysWhy: the line of prune for what left the file, the line that
// speaks of it for what the file lets go.
func TestADeleteSaysWhy(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		policies := "policies: [{name: kept, document: " + kindtest.Deny("s3:*") + "}, GONE]\n"
		gone := "{name: gone, document: " + kindtest.Deny("ec2:*") + "}"
		r.Apply(organization + "root: {policies: [kept, gone]}\nous: [{name: Labs}, {name: Old}]\n" + strings.Replace(policies, "GONE", gone, 1))
		p := r.Plan(organization + "root: {policies: [kept]}\nous: [{name: Labs}]\n" + strings.Replace(policies, ", GONE", "", 1) + "safety:\n  maxRemovals: 9\n  prune: true\n")
		got := map[string]string{}
		for _, c := range p.Plan.Changes {
			got[c.Ref.String()] = c.Why()
		}
		want := map[string]string{"ou/Old": "payers/acme.yaml:11", "policy/gone": "payers/acme.yaml:11", "attachment/gone@root": "payers/acme.yaml:11"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("why (-want +got):\n%s", diff)
		}
	})
}
