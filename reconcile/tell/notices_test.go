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

// TestHandoffs warns of what is handed over no longer, where that is done.
func TestHandoffs(t *testing.T) {
	change := func(name, blocked string, after resource.Text) planner.Change {
		return planner.Change{Op: planner.Update, Ref: spec.RoleRef(name), Blocked: blocked,
			Fields: []planner.Field{{Name: "handoff", Before: resource.Lit("true"), After: after}}}
	}
	p := &spec.Payer{Name: "acme"}
	plan := &planner.Plan{Changes: []planner.Change{change("kept", "", resource.Lit("true")), change("held", "it is so", resource.None())}}
	planned := &reconcile.Planned{Payer: p, Plan: plan, Live: &resource.State{}}
	if got := tell.Planned(p, planned, nil).Notices; got != nil {
		t.Errorf("notices of what stays protected: %v", got)
	}
	plan.Changes = append(plan.Changes, change("a", "", resource.None()), change("b", "", resource.None()))
	want := []report.Notice{{Name: "handoff-ends", Level: "warning", Text: "the protection of what is handed to a vendor ends with this plan for role/a and role/b: " +
		"the tag reconciler:handoff comes off, and from then on nothing keeps it from losing its trust, or from being deleted."}}
	if diff := cmp.Diff(want, tell.Planned(p, planned, nil).Notices); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}
