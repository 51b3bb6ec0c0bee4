package reconcile

import (
	"testing"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestHoldBack: what is not kept is blocked, what was held stays as it was, and
// the rows of the CSV are those of what is left.
func TestHoldBack(t *testing.T) {
	dir := t.TempDir()
	csv := &spec.CSV{Path: "a.csv", Columns: []string{"account_id", "my_id"}}
	pool := spec.Pool{Name: "students", CSV: csv}
	plan := &planner.Plan{}
	for _, id := range []string{"1", "2", "3"} {
		email := id + "@acme.example"
		a := spec.Account{ID: id, Email: email}
		pool.Accounts = append(pool.Accounts, a)
		plan.Changes = append(plan.Changes, planner.Change{Op: planner.Create, Ref: a.Ref(), Want: &resource.Object{Ref: a.Ref(),
			Attrs: resource.Attrs{"email": resource.Lit(email)}}})
	}
	plan.Changes[2].Blocked = "first"
	p := &Planned{Payer: &spec.Payer{Root: dir, Pools: []spec.Pool{pool}}, Plan: plan, Live: &resource.State{}}
	p.Files = previewCSVs(p, csvs{})
	before := p.Files[0].Add
	if err := p.HoldBack(func(c *planner.Change) bool { return c.Ref == plan.Changes[0].Ref }, "later"); err != nil {
		t.Fatal(err)
	}
	if got := []string{plan.Changes[0].Blocked, plan.Changes[1].Blocked, plan.Changes[2].Blocked}; got[0] != "" || got[1] != "later" || got[2] != "first" {
		t.Errorf("blocked: %q", got)
	}
	if before != 2 || p.Files[0].Add != 1 {
		t.Errorf("rows to add: %d, then %d; want 2, then 1", before, p.Files[0].Add)
	}
	p.Files = nil
	if err := p.HoldBack(func(*planner.Change) bool { return true }, "later"); err != nil || p.Files != nil {
		t.Errorf("nothing is held back: files %v, %v", p.Files, err)
	}
}
