package tell_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestEffects tells what a plan denies, how the file's tests went, and that the
// plan is refused where one fails.
func TestEffects(t *testing.T) {
	p := &spec.Payer{Name: "acme", Policies: []spec.Policy{{Document: resource.Lit("{}")}}}
	failing := explain.Tested{Test: spec.Test{Pos: spec.Pos{File: "a.yaml", Line: 3}, Name: "n", Action: "a:B", Expect: "deny"}, Where: spec.RootRef, Got: "allow", By: "x"}
	planned := &reconcile.Planned{Payer: p, Plan: &planner.Plan{}, Live: &resource.State{}, Tests: []explain.Tested{failing}, Refused: explain.Failed([]explain.Tested{failing}),
		Impact: &impact.Result{Impacts: []impact.Impact{{Effect: impact.Denied, Actions: []string{"s3:*"}, Resource: "r", Condition: "c", Unless: []impact.Scope{{Resource: "q", Condition: "d", Denied: true}},
			By: []resource.Ref{{Kind: "policy", Name: "P"}}, From: []string{"Free"}, OUs: []string{"Labs"}, Accounts: 4}}}}
	in := tell.Planned(p, planned, nil)
	if diff := cmp.Diff([]report.Impact{{Effect: "denied", Actions: []string{"s3:*"}, Resource: "r", Condition: "c", Unless: []report.Scope{{Resource: "q", Condition: "d", Denied: true}}, By: []string{"policy/P"},
		From: []string{"Free"}, OUs: []string{"Labs"}, Accounts: 4}}, in.Impact); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"{}"}, in.Documents); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]report.Test{{Name: "n", Where: "root", Action: "a:B", Expect: "deny", Got: "allow", By: "x", At: "a.yaml:3"}}, in.Tests); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
	undecided := failing
	undecided.Got, undecided.Hangs = "", []string{"${{ account/a@b.c.id }}", "${{ ou/Labs.path }}"}
	open := tell.Planned(p, &reconcile.Planned{Payer: p, Plan: &planner.Plan{}, Live: &resource.State{}, Tests: []explain.Tested{undecided},
		Refused: explain.Failed([]explain.Tested{undecided})}, nil)
	if want := "it hangs on ${{ account/a@b.c.id }}, ${{ ou/Labs.path }}, which is known only after an apply"; open.Err != nil || open.Tests[0].OK || open.Tests[0].Undecided != want {
		t.Errorf("an undecided test: %v, %+v", open.Err, open.Tests[0])
	}
	var failed *explain.FailedError
	if !errors.As(in.Err, &failed) || !report.New(in).Failed() {
		t.Errorf("a failing test: %v", in.Err)
	}
	other := errors.New("other")
	if in := tell.Planned(p, planned, other); !errors.Is(in.Err, other) {
		t.Errorf("an error of the pass: %v", in.Err)
	}
}
