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

// TestElsewhere warns of policies that hang where the file does not put them.
func TestElsewhere(t *testing.T) {
	p := &spec.Payer{Name: "acme"}
	planned := &reconcile.Planned{Payer: p, Plan: &planner.Plan{}, Live: &resource.State{}, Elsewhere: []reconcile.Elsewhere{
		{Policy: spec.PolicyRef(spec.SCP, "P"), Units: []string{"A", "B", "C", "D", "E"}, Reached: 12},
		{Policy: spec.PolicyRef(spec.RCP, "Q"), Units: []string{"A"}, Accounts: []resource.Ref{spec.AccountRef("a@acme.example")}, Reached: 1},
		{Policy: spec.PolicyRef(spec.SCP, "R"), Units: []string{"A"}},
	}}
	want := []report.Notice{
		{Name: "policy-elsewhere", Level: "warning",
			Text: "policy/P also hangs where the file does not put it: on ou/A, ou/B, ou/C and 2 more; its edit is in force for the 12 member accounts there too."},
		{Name: "policy-elsewhere", Level: "warning",
			Text: "policy/RESOURCE_CONTROL_POLICY:Q also hangs where the file does not put it: on ou/A, and on account/a@acme.example directly; its edit is in force for the member account there too."},
		{Name: "policy-elsewhere", Level: "warning", Text: "policy/R also hangs where the file does not put it: on ou/A; no member account is there now."},
	}
	if diff := cmp.Diff(want, tell.Planned(p, planned, nil).Notices); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}
