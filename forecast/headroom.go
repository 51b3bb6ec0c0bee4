package forecast

import (
	"fmt"
	"slices"

	"github.com/payer-reconciler/reconciler/planner"
)

// Headroom is a quota before and after a plan.
type Headroom struct {
	Name               string
	Limit, Used, After int
}

// accounts is the quota that the caller has read from AWS.
const accounts = "accounts"

// headroom is the room of the quotas that are known and that the plan draws on,
// or would if there were room: that of accounts first, then by name, then those
// of calls in so many days.
func headroom(in Input) []Headroom {
	by, names := map[string]*Headroom{}, []string{}
	of := func(name string) *Headroom {
		h := by[name]
		if h == nil {
			h = in.quota(name)
			by[name] = h
		}
		return h
	}
	drawn := map[string]bool{}
	for i := range in.Plan.Changes {
		c := &in.Plan.Changes[i]
		name := in.drawsOn(c)
		if name == "" || c.Blocked != "" {
			continue
		}
		h := of(name)
		switch {
		case c.Op == planner.Create:
			if !drawn[name] {
				drawn[name], names = true, append(names, name)
			}
			if !c.Held() {
				h.After++
			}
		case c.Op == planner.Delete && !c.Held():
			h.After--
		}
	}
	slices.SortFunc(names, byName)
	var out []Headroom
	for _, name := range names {
		h := by[name]
		raised := name != accounts && h.Used > h.Limit // to nobody knows what
		if h.Limit > 0 && !raised {
			out = append(out, *h)
		}
	}
	return append(out, in.caps()...)
}

// byName has the quota of accounts first.
func byName(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == accounts, b != accounts && a < b:
		return -1
	}
	return 1
}

// drawsOn names the quota that a change counts against.
func (in *Input) drawsOn(c *planner.Change) string {
	switch {
	case c.Ref.Kind == "account":
		return accounts
	case in.Quota == nil:
		return ""
	}
	return in.Quota(c)
}

// quota is a quota as it is now; Limit is 0 where it is not known.
func (in *Input) quota(name string) *Headroom {
	if name == accounts {
		return &Headroom{name, in.AccountQuota, in.Accounts, in.Accounts}
	}
	q, _ := in.Rates.Quota(name)
	return &Headroom{name, q.Limit, in.Taken[name], in.Taken[name]}
}

// caps are the quotas of calls in so many days, of those whose use before is
// known. What is over the limit is called later: see Lands.
func (in *Input) caps() []Headroom {
	var out []Headroom
	for _, c := range in.Plan.Estimate.By {
		used, known := in.Used[c.Operation]
		if l := in.line(c.Operation); l.cap > 0 && known {
			days := "a day"
			if l.rate.Cap.Days > 1 {
				days = fmt.Sprintf("%d days", l.rate.Cap.Days)
			}
			out = append(out, Headroom{c.Operation + " in " + days, l.cap, used, used + c.Calls})
		}
	}
	return out
}
