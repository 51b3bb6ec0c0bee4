package reconcile

import (
	"math"
	"strconv"

	"github.com/payer-reconciler/reconciler/forecast"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/spec"
)

// forecast says how long AWS will take for the plan as it stands. What was
// called in the days before is not known, since nothing keeps it. A plan that
// was not read from AWS has none.
func (p *Planned) forecast() {
	if p.session == nil {
		return
	}
	o := plannerOptions(p.kinds, p.Payer, p.Live, p.session.Rates())
	in := forecast.Input{Plan: p.Plan, Cost: o.Cost, Rates: p.session.Rates(), Members: members(p.Payer, p.Live),
		Taken: taken(p.Live), Quota: func(c *planner.Change) string { return quotaOf(c.Ref) }}
	for a := range p.Live.Kind("account") {
		if a.ID() != "" || a.Pending != "" {
			in.Accounts++
		}
	}
	if text, ok := p.Live.Output(spec.QuotaRef, "accounts"); ok {
		in.AccountQuota, _ = strconv.Atoi(text) // 0, not known, where it is no number
	}
	p.Forecast = forecast.Of(in)
	p.Plan.Estimate = p.Forecast.Estimate
}

// Steady is how many of some changes AWS lets end in a second in the long run, by
// the rates of what they call; 0 where nothing bounds them, as where the session
// keeps to no rates.
func (p *Planned) Steady(changes []*planner.Change) float64 {
	if p.session == nil || !p.session.Rated() {
		return 0
	}
	rates := p.session.Rates()
	o := plannerOptions(p.kinds, p.Payer, p.Live, rates)
	calls := map[string]int{}
	for _, c := range changes {
		for _, operation := range o.Cost(c) {
			calls[operation]++
		}
	}
	least := math.Inf(1)
	for operation, n := range calls {
		r, _ := rates.Of(operation)
		each := float64(n) / float64(len(changes))
		if r.PerSecond > 0 {
			least = min(least, r.PerSecond/each)
		}
		if r.InProgress > 0 && r.Seconds > 0 {
			least = min(least, float64(r.InProgress)/r.Seconds/each)
		}
	}
	if math.IsInf(least, 1) {
		return 0
	}
	return least
}
