package reconcile

import (
	"fmt"
	"slices"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/planner"
)

const guardDenied = "maxNewlyDenied"

// effects finds out what the plan does to those that policies bind: what it
// newly denies and allows, by its policies and by its moves, the guard on that, and how the file's own tests go.
func (p *Planned) effects() error {
	tests, err := explain.Run(p.Payer, p.Live.Output)
	if err != nil {
		return err
	}
	p.Tests, p.Refused = tests, explain.Failed(tests)
	p.Plan.Guards = slices.DeleteFunc(p.Plan.Guards, func(g planner.Guard) bool { return g.Name == guardDenied })
	b := p.bound()
	p.Elsewhere = p.beyond(b.tree.Changed)
	p.Impact = nil
	if b.count(p.Live, p.Plan); len(b.tree.Changed) == 0 && len(b.tree.Groups) == 0 {
		return nil
	}
	if p.Impact, err = impact.Of(b.tree); err != nil {
		return fmt.Errorf("find out what the policies of the plan deny: %w", err)
	}
	limit := limit(p.Payer, p.Payer.Safety.MaxNewlyDenied)
	limit.Base = members(p.Payer, p.Live)
	p.Plan.Guards = append(p.Plan.Guards, limit.Guard(guardDenied, p.Impact.NewlyDenied)...)
	return nil
}
