package tell_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

func ou(path string) resource.Object {
	return resource.Object{Ref: resource.Ref{Kind: "ou", Name: path}, Outputs: map[string]string{"id": "ou-" + path}}
}

// account is a live account of an email in a unit.
func account(email string, ou resource.Text, facts map[string]string) resource.Object {
	return resource.Object{Ref: resource.Ref{Kind: "account", Name: email}, Attrs: resource.Attrs{"ou": ou},
		Facts: facts, Outputs: map[string]string{"id": "1-" + email}}
}

func attached(policy, node string) resource.Object {
	return resource.Object{Ref: resource.Ref{Kind: "attachment", Name: policy + "@" + node}, Facts: map[string]string{
		resource.FactPolicy: "policy/" + policy, resource.FactNode: node + " SERVICE_CONTROL_POLICY"}}
}

func stateOf(t *testing.T, objects ...resource.Object) *resource.State {
	t.Helper()
	s := &resource.State{}
	for _, o := range objects {
		if err := s.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestTree counts accounts where they are and where they will be.
func TestTree(t *testing.T) {
	at := func(ref string) resource.Text { return resource.Lit(ref) }
	closed := account("closed@x", at("ou/A"), nil)
	closed.Attrs["state"] = resource.Lit("SUSPENDED")
	moved, deleted, stays := account("moved@x", at("root"), nil), account("deleted@x", at("ou/A"), nil), account("stays@x", at("ou/A"), nil)
	under := resource.Object{Ref: resource.Ref{Kind: "account", Name: "under@x"}, Pending: "car-1"}
	live := stateOf(t, ou("A"), ou("A/B"), ou("Gone"), account("payer@x", at("root"), map[string]string{resource.FactSystem: "true"}),
		closed, moved, deleted, stays, under, attached("Full", "root"), attached("Old", "ou/A"), attached("Kept", "ou/A"),
		resource.Object{Ref: resource.Ref{Kind: "attachment", Name: "Never@ou/A"}, Facts: map[string]string{
			resource.FactPolicy: "policy/Never", resource.FactNode: "ou/A SERVICE_CONTROL_POLICY", resource.FactAbsent: "true"}})

	want := func(o resource.Object) *resource.Object { o.Outputs = nil; return &o }
	created := account("new@x", at("ou/A/B"), nil)
	inNew := account("innew@x", resource.Output(resource.Ref{Kind: "ou", Name: "N ew"}, "id"), nil)
	toA := want(moved)
	toA.Attrs = resource.Attrs{"ou": at("ou/A")}
	old, tagged := attached("Old", "ou/A"), attached("New", "ou/N ew")
	plan := &planner.Plan{Changes: []planner.Change{
		{Op: planner.Create, Ref: ou("N ew").Ref, Want: want(ou("N ew"))},
		{Op: planner.Create, Ref: ou("Held").Ref, Want: want(ou("Held")), Blocked: "no"},
		{Op: planner.Delete, Ref: ou("Gone").Ref, Have: want(ou("Gone"))},
		{Op: planner.Delete, Ref: old.Ref, Have: &old},
		{Op: planner.Create, Ref: tagged.Ref, Want: &tagged},
		{Op: planner.Create, Ref: created.Ref, Want: want(created)},
		{Op: planner.Create, Ref: inNew.Ref, Want: want(inNew)},
		{Op: planner.Resume, Ref: under.Ref, Have: &under, Want: want(account("under@x", at("ou/A"), nil))},
		{Op: planner.Update, Ref: moved.Ref, Have: &moved, Want: toA},
		{Op: planner.Delete, Ref: deleted.Ref, Have: &deleted},
		{Op: planner.Update, Ref: stays.Ref, Have: &stays, Want: &resource.Object{Ref: stays.Ref}},
		{Op: planner.Create, Ref: resource.Ref{Kind: "account", Name: "wait@x"}, Want: want(account("wait@x", at("ou/A"), nil)), Waiting: "quota"},
	}}
	got := tell.Tree(&reconcile.Planned{Live: live, Plan: plan})
	if diff := cmp.Diff([]report.Unit{
		{Path: "", Before: 1, Policies: []string{"Full"}},
		{Path: "A", Before: 2, After: 3, Policies: []string{"Kept"}},
		{Path: "A/B", After: 1},
		{Path: "Gone", Op: "delete"},
		{Path: "N ew", Op: "create", After: 1, Policies: []string{"New"}},
	}, got); diff != "" {
		t.Errorf("Tree (-want +got):\n%s", diff)
	}
}

// A large organization costs little.
func BenchmarkTree10000(b *testing.B) {
	live := &resource.State{}
	plan := &planner.Plan{}
	for i := range 10000 {
		o := account(fmt.Sprintf("a%d@x", i), resource.Lit(fmt.Sprintf("ou/U%d", i%200)), nil)
		_ = live.Add(o)
		plan.Changes = append(plan.Changes, planner.Change{Op: planner.Update, Ref: o.Ref, Have: &o, Want: &o})
	}
	for b.Loop() {
		tell.Tree(&reconcile.Planned{Live: live, Plan: plan})
	}
}
