package reconcile

import (
	"slices"
	"strconv"
	"time"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
)

// When is it asked? Now, and after each date to come at which the answer may be
// another: one of a policy on the way to where the role was or will be, where it
// begins or ends a statement that may speak of what is asked. Of moments at which
// the same statements may, the first stands for all.

// horizon is how far ahead a plan is judged: years are meant, centuries are not.
const horizon = 10

// maxMoments keeps documents of nothing but dates from taking long.
const maxMoments = 64

// timeKeys are the condition keys that tell when a request is made.
var timeKeys = []string{"aws:currenttime", "aws:epochtime", "aws:tokenissuetime"}

// first gives what newly denies what stands in a ledger of a role at the first
// moment at which it is shut out, and how things are then; nil where it never is.
func (g *gauge) first(w *works, l *ledger) (by *barred, then *gauge) {
	dated := g.onTheWay(w)
	if len(dated) > 0 && g.alwaysOpen(w.will(), l) {
		return nil, nil
	}
	for _, at := range g.moments(dated, l) {
		then := g.then(at)
		if by := then.judge(w.was(), w.will(), l); by != nil {
			return by, then
		}
	}
	return nil, nil
}

// then is the same look at another time.
func (g *gauge) then(at time.Time) *gauge {
	if at.Equal(g.at) {
		return g
	}
	later := *g
	later.at, later.always = at, g.constant(at)
	return &later
}

// onTheWay are the policies that name dates to come on the ways to where a role
// was and will be.
func (g *gauge) onTheWay(w *works) []*iampolicy.Policy {
	var all []*iampolicy.Policy
	for _, p := range append(slices.Clip(g.chain(g.was, w.was())), g.chain(g.will, w.will())...) {
		if len(g.dates[p]) > 0 && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// alwaysOpen says that after the plan nothing of a ledger is denied at any time,
// by the ordinary guesses.
func (g *gauge) alwaysOpen(to explain.At, l *ledger) bool {
	for _, it := range l.items {
		if !slices.ContainsFunc(it, func(a ask) bool {
			return slices.ContainsFunc(g.regionsOf(&a), func(region string) bool {
				by, _ := g.after.Bars(to, a.policyType, whenever(g.request(&a, region, nil)))
				return by == nil
			})
		}) {
			return false
		}
	}
	return true
}

// whenever is a request of which nobody knows when it is made.
func whenever(r *iampolicy.Request) *iampolicy.Request {
	for _, key := range timeKeys {
		delete(r.Context, key)
	}
	unknown := r.Unknown
	r.Unknown = func(key string) bool { return slices.Contains(timeKeys, key) || unknown(key) }
	return r
}

// passing is a statement of which it may hang on the time whether it speaks of a
// request.
type passing struct {
	policy    *iampolicy.Policy
	statement int
	request   *iampolicy.Request
}

// moments are those at which it is asked for a ledger, now first.
func (g *gauge) moments(dated []*iampolicy.Policy, l *ledger) []time.Time {
	if len(dated) == 0 {
		return []time.Time{g.at}
	}
	statements := g.passing(dated, l)
	var dates []time.Time
	for i, s := range statements {
		if i == 0 || statements[i-1].policy != s.policy {
			dates = append(dates, g.dates[s.policy]...)
		}
	}
	var all []time.Time
	seen := map[string]bool{}
	for _, at := range append([]time.Time{g.at}, distinct(dates)...) {
		now := g.constant(at)
		speak := make([]byte, len(statements))
		for i, s := range statements {
			for _, key := range timeKeys {
				s.request.Context[key] = now[key]
			}
			if s.policy.Match(s.statement, s.request) != iampolicy.No {
				speak[i] = 1
			}
		}
		if !seen[string(speak)] {
			seen[string(speak)] = true
			all = append(all, at)
		}
	}
	return all[:min(len(all), maxMoments)]
}

// passing are the statements of policies that may speak of a ledger's requests at
// one time and not at another, each with one of these requests. Its guesses are
// open, so that what is left to decide is the time.
func (g *gauge) passing(dated []*iampolicy.Policy, l *ledger) []passing {
	var requests []*iampolicy.Request
	for _, it := range l.items {
		for i := range it {
			for _, region := range g.regions {
				requests = append(requests, whenever(g.unsure(&it[i], region)))
			}
			if it[i].global {
				requests = append(requests, whenever(g.unsure(&it[i], globalRegion(g.p.Payer))))
			}
		}
	}
	var all []passing
	for _, p := range dated {
		for s := range p.Len() {
			i := slices.IndexFunc(requests, func(r *iampolicy.Request) bool { return p.Match(s, r) == iampolicy.Maybe })
			if i >= 0 {
				all = append(all, passing{p, s, requests[i]})
			}
		}
	}
	return all
}

// datesOf are the dates to come that the conditions of a policy name, with the
// seconds beside them.
func datesOf(p *iampolicy.Policy, now time.Time) []time.Time {
	var dates []time.Time
	for _, c := range p.Circumstances() {
		if len(c.Values) != 1 || !slices.Contains(timeKeys, c.Key) {
			continue
		}
		at, err := time.Parse(time.RFC3339, c.Values[0])
		if seconds, isNumber := strconv.ParseFloat(c.Values[0], 64); isNumber == nil {
			at, err = time.Unix(int64(seconds), 0), nil
		}
		if err == nil && at.After(now) && at.Before(now.AddDate(horizon, 0, 0)) {
			dates = append(dates, at.UTC())
		}
	}
	return dates
}

// distinct are moments a second after each of the dates, in order: between two of
// them nothing changes.
func distinct(dates []time.Time) []time.Time {
	slices.SortFunc(dates, time.Time.Compare)
	var all []time.Time
	for i, at := range dates { // each date comes with the seconds beside it
		if i+1 == len(dates) || dates[i+1].Sub(at) > time.Second {
			all = append(all, at)
		}
	}
	return all
}

// chain are the policies from the root to a place, on one side of the plan.
func (g *gauge) chain(side map[explain.At][]*iampolicy.Policy, at explain.At) []*iampolicy.Policy {
	all := side[explain.At{}]
	if !at.Account.IsZero() {
		all = append(slices.Clip(all), side[explain.At{Account: at.Account}]...)
	}
	for path := at.Path; path != ""; path = resource.ParentPath(path) {
		all = append(slices.Clip(all), side[explain.At{Path: path}]...)
	}
	return all
}
