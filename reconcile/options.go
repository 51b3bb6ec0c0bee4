package reconcile

import (
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// plannerOptions turns kinds, payer and rates into the plain data that Diff needs.
func plannerOptions(kinds []*kind.Kind, p *spec.Payer, have *resource.State, rates *cloud.Rates) planner.Options {
	o := planner.Options{Payer: p.Name, Kinds: map[string]planner.Rules{}, Prune: p.Safety.Prune, Rates: map[string]float64{}}
	if p.Safety.Prune {
		o.PruneAt = p.Safety.PrunePos.String()
	}
	for _, k := range kinds {
		o.Order = append(o.Order, k.Name)
		o.Kinds[k.Name] = planner.Rules{
			Fixed: k.Fixed, CanUpdate: k.Update != nil, CanDelete: k.Delete != nil, Marked: k.Marked,
			UseExisting: k.UseExisting, Prunes: k.Prunes, Place: k.Place, Counted: k.Name == "account", Calls: k.Calls,
			Confirms: k.Confirm != nil,
		}
		for _, calls := range k.Calls {
			for _, op := range calls {
				if r, ok := rates.Of(op); ok && r.PerSecond > 0 {
					o.Rates[op] = r.PerSecond
				}
			}
		}
	}
	o.MaxRemovals = limit(p, p.Safety.MaxRemovals)
	o.MaxMoves = limit(p, p.Safety.MaxMoves)
	o.MaxMoves.Base = members(p, have)
	o.MaxAccountCreates = limit(p, p.Safety.MaxAccountCreates)
	return o
}

// limit gives an amount with the line where a person raises it: its own, or
// the safety section's where it is a default.
func limit(p *spec.Payer, a spec.Amount) planner.Limit {
	at := a.Pos
	if at.IsZero() {
		at = p.Safety.Pos
	}
	if at.IsZero() {
		at = p.Pos
	}
	return planner.Limit{Number: a.Number, Percent: a.Percent, Lift: at.String()}
}

// members counts the member accounts that are in use.
func members(p *spec.Payer, have *resource.State) int {
	n := 0
	for a := range have.Kind("account") {
		if inUse(p, &a) {
			n++
		}
	}
	return n
}
