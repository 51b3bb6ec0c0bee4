// Package forecast says how long AWS will take for a plan, what of it is done on
// which day where a day is not enough, and how much room a quota has left. It is
// pure: it knows the plan, the rates, and what it is told.
//
// Call [Of].
package forecast

import (
	"cmp"
	"math"
	"slices"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/planner"
)

// Input is what a forecast is made from.
type Input struct {
	Plan *planner.Plan
	// Cost gives the operations that a change calls, one after the other.
	Cost  func(*planner.Change) []string
	Rates *cloud.Rates
	// Members counts the live member accounts, and Accounts all that AWS counts
	// against AccountQuota, which is 0 where it was not read.
	Members, Accounts, AccountQuota int
	// Used counts the calls of an operation that its cap knows of already. They
	// are taken as made just now.
	Used map[string]int
	// Quota names the quota that an object counts against, "" for none, and
	// Taken counts what there is of each, by name; that of accounts is not among
	// them. Nil: nothing counts.
	Quota func(*planner.Change) string
	Taken map[string]int
}

// Forecast is what is to be expected of AWS.
type Forecast struct {
	// Estimate is the plan's own, with the time that it takes when what needs
	// another change waits for it, and what binds first.
	Estimate planner.Estimate
	// Lands says, of the operations for which a day is not enough, how many calls
	// are made on which day: by day, then by operation. Day 0 is the next 24 hours.
	Lands  []Landing
	Quotas []Headroom
}

// Landing is what of an operation is done on one day.
type Landing struct {
	Day       int
	Operation string
	Calls     int
}

const day = 24 * 3600.0 // seconds

// Of makes the forecast of a plan.
func Of(in Input) Forecast {
	f := Forecast{Estimate: in.Plan.Estimate, Quotas: headroom(in)}
	f.Estimate.By = slices.Clone(f.Estimate.By)
	run := newRun(in)
	alone := map[string]float64{}
	for _, c := range f.Estimate.By {
		alone[c.Operation] = in.alone(c.Operation, c.Calls)
		if alone[c.Operation] > day {
			f.Lands = append(f.Lands, run.lines[c.Operation].landings(c.Operation)...)
		}
	}
	f.Estimate.Seconds = ceil(run.last)
	slices.SortStableFunc(f.Estimate.By, func(a, b planner.Calls) int { return cmp.Compare(alone[b.Operation], alone[a.Operation]) })
	slices.SortFunc(f.Lands, func(a, b Landing) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(alone[b.Operation], alone[a.Operation]), cmp.Compare(a.Operation, b.Operation))
	})
	return f
}

// ceil rounds seconds up, but not what 0.1 has too much.
func ceil(seconds float64) int { return int(math.Ceil(seconds - 1e-6)) }

// alone is how long the calls of one operation take when none of them waits for
// anything else.
func (in *Input) alone(operation string, calls int) float64 {
	l := in.line(operation)
	end := 0.0
	for range calls {
		end = l.take(0)
	}
	return end
}
