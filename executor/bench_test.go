package executor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// payerPlan is the first apply of n accounts in 50 units with policies: the
// accounts of a unit share their needs, and each has a value to resolve.
func payerPlan(n int) *planner.Plan {
	p := &planner.Plan{}
	var needs [][]int
	for u := range 50 {
		unit := len(p.Changes)
		p.Changes = append(p.Changes, change(planner.Create, fmt.Sprint("ou/", u)))
		slice := []int{unit}
		for s := range 8 {
			slice = append(slice, len(p.Changes))
			p.Changes = append(p.Changes, change(planner.Create, fmt.Sprintf("attachment/%d@%d", s, u), unit))
		}
		needs = append(needs, slice)
	}
	for i := range n {
		c := change(planner.Create, fmt.Sprint("account/", i), needs[i%50]...)
		c.Needs = needs[i%50]
		c.Want.Inputs = resource.Attrs{"parent": resource.Output(p.Changes[needs[i%50][0]].Ref, "id")}
		p.Changes = append(p.Changes, c)
	}
	return p
}

// benchmark runs a plan with kinds that take no time, so that what is left is
// the executor's own cost.
func benchmark(b *testing.B, n int) {
	outputs := map[string]string{"id": "x"}
	quick := func(name string, width int) *kind.Kind {
		return &kind.Kind{Name: name, Lane: kind.Lane{Width: width}, Create: func(context.Context, *cloud.Session, resource.Object) (map[string]string, error) {
			return outputs, nil
		}}
	}
	ks := []*kind.Kind{quick("ou", 0), quick("attachment", 0), quick("account", 5)}
	p := payerPlan(n)
	b.ReportAllocs()
	for b.Loop() {
		r, err := Run(b.Context(), nil, ks, p, nil, Options{})
		if err != nil || r.Count(Done) != len(p.Changes) {
			b.Fatalf("Run: %v", err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(p.Changes)), "ns/change")
}

func BenchmarkRun1000(b *testing.B)  { benchmark(b, 1_000) }
func BenchmarkRun10000(b *testing.B) { benchmark(b, 10_000) }
func BenchmarkRun50000(b *testing.B) { benchmark(b, 50_000) }

// The cost of a step does not hang on the size of the plan: a chain of ten
// thousand, and ten thousand that need all of it, end.
func TestLargePlans(t *testing.T) {
	const n = 10_000
	f := newFake()
	f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
		if ref.Kind == "b" {
			return nil, errors.New("no")
		}
		return nil, nil
	}
	chain, doomed := &planner.Plan{}, plan(change(planner.Create, "b/0"))
	all := make([]int, n)
	for i := range n {
		var needs []int
		if i > 0 {
			needs = []int{i - 1}
		}
		chain.Changes = append(chain.Changes, change(planner.Create, strconv.Itoa(i), needs...))
		doomed.Changes = append(doomed.Changes, change(planner.Create, strconv.Itoa(i+1), i))
		all[i] = i
	}
	for i := range n {
		c := change(planner.Create, strconv.Itoa(n+i))
		c.Needs = all // a hundred million needs in one slice
		chain.Changes = append(chain.Changes, c)
	}
	if r, err := Run(t.Context(), nil, kinds(f), chain, nil, Options{}); err != nil || r.Count(Done) != 2*n {
		t.Errorf("chain and fan: %v", err)
	}
	if r, err := Run(t.Context(), nil, kinds(f), doomed, nil, Options{}); err == nil || r.Count(Skipped) != n {
		t.Errorf("doomed chain: %d skipped, %v", r.Count(Skipped), err)
	}
}
