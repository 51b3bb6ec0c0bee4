package preflight

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// controlTower is the service principal of AWS Control Tower, and guardrails is
// how the names of its policies begin.
const controlTower, guardrails = "controltower.amazonaws.com", "aws-guardrails-"

// services looks for who else manages the organization.
func (l *looking) services(ctx context.Context) {
	objects, err := l.read(ctx, "trusted-service")
	if err != nil {
		l.r.add(Check{Name: "Control Tower", State: Unknown, Text: cloud.Explain(err)})
		return
	}
	var signs []string
	for _, o := range objects {
		if o.ID() == controlTower {
			signs = append(signs, controlTower+" has trusted access")
		}
	}
	for o := range l.have.Kind("policy") {
		if strings.HasPrefix(o.Attrs["name"].Value(), guardrails) {
			signs = append(signs, "policy "+o.Attrs["name"].Value())
		}
	}
	if len(signs) == 0 {
		l.r.add(Check{Name: "Control Tower", State: OK, Text: "not there"})
		return
	}
	l.r.add(Check{Name: "Control Tower", State: Note, Text: "it manages this organization too", Details: few(signs),
		Hint: "leave its units, accounts and guardrails out of the payer file; its drift detection reports accounts that move between units"})
}

// types says which policy types are on.
func (l *looking) types() {
	var on, off []string
	for _, t := range l.p.Organization.PolicyTypes {
		ref := resource.Ref{Kind: "policy-type", Name: t.Value}
		if slices.ContainsFunc(l.planned.Plan.Changes, func(c planner.Change) bool { return c.Ref == ref }) {
			off = append(off, t.Value)
		} else {
			on = append(on, t.Value)
		}
	}
	switch {
	case len(on)+len(off) == 0:
		l.r.add(Check{Name: "policy types", State: OK, Text: "the file asks for none"})
	case len(off) == 0:
		l.r.add(Check{Name: "policy types", State: OK, Text: strings.Join(on, ", ") + " enabled"})
	default:
		l.r.add(Check{Name: "policy types", State: Note, Text: strings.Join(off, ", ") + " not enabled yet; an apply enables it"})
	}
}

// quota holds the accounts that the file wants against what AWS allows.
func (l *looking) quota(ctx context.Context) {
	needs := l.accounts()
	if l.session.Organization() == nil {
		l.r.add(Check{Name: "account quota", State: Unknown, Text: fmt.Sprintf("needs %d accounts; AWS tells the quota once there is an organization (10 by default, fewer for new ones)", needs)})
		return
	}
	objects, err := l.read(ctx, "quota")
	if err != nil {
		l.r.add(Check{Name: "account quota", State: Unknown, Text: cloud.Explain(err), Hint: cloud.Hint(err)})
		return
	}
	for _, o := range objects {
		applied, err := strconv.Atoi(o.Outputs["accounts"])
		switch {
		case err != nil:
			l.r.add(Check{Name: "account quota", State: Unknown, Text: "AWS gives no number"})
		case applied >= needs:
			c := Check{Name: "account quota", State: OK, Text: fmt.Sprintf("%d, needs %d", applied, needs)}
			if open := o.Facts[resource.FactWaiting]; open != "" {
				c.Text += "; " + open
			}
			l.r.add(c)
		case o.Facts[resource.FactWaiting] != "":
			l.r.add(Check{Name: "account quota", State: Note, Text: fmt.Sprintf("%d, needs %d; %s", applied, needs, o.Facts[resource.FactWaiting])})
		case l.p.Quotas.Accounts != nil:
			l.r.add(Check{Name: "account quota", State: Note, Text: fmt.Sprintf("%d, needs %d; an apply asks AWS for more, and makes the rest later", applied, needs)})
		default:
			l.r.add(Check{Name: "account quota", State: Problem, Text: fmt.Sprintf("%d, needs %d", applied, needs),
				Hint: "quotas: {accounts: auto} in the payer file asks AWS for more"})
		}
	}
}

// accounts counts those that there are and those that the file wants beside,
// the management account among them.
func (l *looking) accounts() int {
	n := 0
	for o := range l.have.Kind("account") {
		if o.ID() != "" {
			n++
		}
	}
	if n == 0 {
		n = 1
	}
	for a := range l.p.AllAccounts() {
		if o, ok := l.have.Get(a.Ref()); !ok || o.ID() == "" {
			n++
		}
	}
	return n
}

// slots finds the node that has the fewest slots left after the plan.
func (l *looking) slots() {
	used, limit, at := 0, 0, ""
	for _, c := range l.planned.Plan.Changes {
		for _, u := range c.Usage {
			if u.Name == "slots" && (at == "" || u.Limit-u.Used < limit-used) {
				used, limit = u.Used, u.Limit
				node := c.Want.Facts[resource.FactNode] // and behind it the policy type
				at = node[:max(0, strings.LastIndexByte(node, ' '))]
			}
		}
	}
	if at == "" {
		l.r.add(Check{Name: "policy slots", State: OK, Text: "no policy is to be attached"})
		return
	}
	state := OK
	if used >= limit {
		state = Note
	}
	l.r.add(Check{Name: "policy slots", State: state, Text: fmt.Sprintf("%d of %d at the fullest node, %s", used, limit, at)})
}

// foreign lists what is blocked: most often what somebody else has made.
func (l *looking) foreign() {
	var lines []string
	for _, c := range l.planned.Plan.Changes {
		if c.Blocked != "" {
			lines = append(lines, fmt.Sprintf("%s (%s): %s", c.Ref, c.Why(), c.Blocked))
		}
	}
	if len(lines) == 0 {
		l.r.add(Check{Name: "in the way", State: OK, Text: "nothing"})
		return
	}
	l.r.add(Check{Name: "in the way", State: Problem, Text: fmt.Sprintf("%d of the file's objects cannot be as it says", len(lines)),
		Details: few(lines), Hint: "reconciler plan shows them all"})
}

// guards lists the limits of safety that a first apply would break.
func (l *looking) guards() {
	for _, g := range l.planned.Plan.Guards {
		l.r.add(Check{Name: "guard", State: Problem, Text: fmt.Sprintf("%s allows %s, the plan has %d", g.Name, g.Limit, g.Planned),
			Hint: "raise it at " + g.Lift})
	}
}

// steps lists what the presets leave to a person.
func (l *looking) steps() {
	for _, u := range l.p.Presets {
		for _, s := range u.Steps {
			do := s.Do.Resolve(l.have.Output).String()
			l.r.add(Check{Name: u.Name, State: ByHand, Text: s.Title, Details: nonEmpty(do, s.URL)})
		}
	}
}

// few cuts a list short.
func few(lines []string) []string {
	const most = 10
	if len(lines) <= most+1 {
		return lines
	}
	return append(slices.Clone(lines[:most]), fmt.Sprintf("and %d more", len(lines)-most))
}

func nonEmpty(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}
