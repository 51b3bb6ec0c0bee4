package tell_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestWhoIsFromOutside is told of a new role: the payer and its members are not.
func TestWhoIsFromOutside(t *testing.T) {
	p := &spec.Payer{Name: "acme", AccountID: "111122223333"}
	trust := `{"Statement":[{"Action":["sts:assumerole"],"Effect":"Allow","Principal":{"AWS":` +
		`["arn:aws:iam::111122223333:root","arn:aws:iam::222233334444:root","arn:aws:iam::444455556666:role/hub"]}}]}`
	r := resource.Ref{Kind: "role", Name: "hub"}
	plan := &planner.Plan{Changes: []planner.Change{{Op: planner.Create, Ref: r,
		Want: &resource.Object{Ref: r, Attrs: resource.Attrs{"trust": resource.Lit(trust)}}}}}
	member := account("a@acme.example", resource.Lit("root"), nil)
	member.Outputs["id"] = "222233334444"
	for _, tt := range []struct {
		live *resource.State
		want []string
	}{{stateOf(t, member), []string{"444455556666"}}, {stateOf(t), []string{"222233334444", "444455556666"}}, {nil, nil}} {
		got := report.New(tell.Planned(p, &reconcile.Planned{Payer: p, Plan: plan, Live: tt.live}, nil)).Payers[0].Changes[0].Foreign
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("from outside (-want +got):\n%s", diff)
		}
	}
}

// TestTheOrganizationIsKnown: who is of the organization by its id is not from
// outside, and who is of another is.
func TestTheOrganizationIsKnown(t *testing.T) {
	p := &spec.Payer{Name: "acme", AccountID: "111122223333"}
	r := resource.Ref{Kind: "bucket-policy", Name: "b"}
	statement := func(org string) resource.Text {
		return resource.Lit(`{"Action":["s3:getobject"],"Condition":{"StringEquals":{"aws:principalorgid":["` + org + `"]}},"Effect":"Allow","Principal":"*"}`)
	}
	plan := &planner.Plan{Changes: []planner.Change{{Op: planner.Create, Ref: r,
		Want: &resource.Object{Ref: r, Attrs: resource.Attrs{"statement.A": statement("o-inside00001"), "statement.B": statement("o-other000001")}}}}}
	org := resource.Object{Ref: spec.OrganizationRef, Outputs: map[string]string{"id": "o-inside00001"}}
	for _, tt := range []struct {
		live *resource.State
		want []string
	}{{stateOf(t, org), []string{"o-other000001"}}, {stateOf(t), []string{"o-inside00001", "o-other000001"}}, {nil, nil}} {
		got := report.New(tell.Planned(p, &reconcile.Planned{Payer: p, Plan: plan, Live: tt.live}, nil)).Payers[0].Changes[0].Foreign
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("from outside (-want +got):\n%s", diff)
		}
	}
}
