package reconcile

import (
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
