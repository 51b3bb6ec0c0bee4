package planner

import (
	"cmp"
	"math"
	"slices"
)

// estimate forecasts the pace of AWS from the calls that the changes cost.
func (d *differ) estimate() Estimate {
	calls := map[string]int{}
	for i := range d.changes {
		for _, operation := range d.o.Cost(&d.changes[i]) {
			calls[operation]++
		}
	}
	var e Estimate
	for operation, n := range calls {
		rate := d.o.Rates[operation]
		if rate <= 0 {
			continue
		}
		e.Seconds = max(e.Seconds, seconds(n, rate))
		e.By = append(e.By, Calls{Operation: operation, Calls: n, PerMinute: rate * 60})
	}
	slices.SortFunc(e.By, func(a, b Calls) int {
		return cmp.Or(
			cmp.Compare(float64(b.Calls)/b.PerMinute, float64(a.Calls)/a.PerMinute),
			cmp.Compare(a.Operation, b.Operation),
		)
	})
	return e
}

// Cost lists the write operations of AWS that a change calls, one after the
// other; none of a change that is not done.
func (o *Options) Cost(c *Change) []string {
	if c.Held() {
		return nil
	}
	op := c.Op
	if op == Adopt {
		op = Update
	}
	cost := o.Kinds[c.Ref.Kind].Calls
	if len(c.Fields) == 0 {
		return cost[string(op)]
	}
	calls := slices.Clone(cost[string(op)])
	for _, f := range c.Fields {
		calls = append(calls, cost[string(op)+"."+f.Name]...)
	}
	return calls
}

// seconds is how long so many calls take, rounded up.
func seconds(calls int, rate float64) int {
	const slack = 1e-9 // 0.1 has no exact form
	return int(math.Ceil(float64(calls)/rate - slack))
}
