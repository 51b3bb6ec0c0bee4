package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// What a plan does to ourselves and to the vendors by service and resource
// control policies, and what it then cannot do:
//
//   - a change that shuts out a role inside members by which we or a vendor work
//     (see shutout.go) is held, unless the pass allows itself that;
//   - a write inside a member that the policies would deny, once the plan is
//     done, is held with the statement that denies it.
//
// The management account is bound by none of them, so what is done from there
// (accounts, alternate contacts) is not asked about.

// lifted ends each reason that --allow-self lifts: a daemon never has it, an
// operator gives it once.
const lifted = "; reconciler apply " + lifts

// protect holds what shuts us or a vendor out, and writes that would be denied,
// and compares again until nothing more is to be held.
func (p *Planned) protect() error {
	if err := p.holdBarred(!p.Payer.Run.AllowSelf); err != nil {
		return err
	}
	return p.tellOut()
}

// holdBarred holds what [Planned.barred] finds until it finds nothing more.
func (p *Planned) holdBarred(policies bool) error {
	// A change that is held can bring another to light: each round holds one at
	// least, so there are no more rounds than changes.
	for range len(p.Plan.Changes) + 1 {
		hold, err := p.barred(policies)
		if err != nil {
			return err
		}
		if len(hold) == 0 {
			return nil
		}
		if p.shut == nil {
			p.shut = map[resource.Ref]string{}
		}
		for r, why := range hold {
			p.shut[r] = why
		}
		if p.Plan, err = p.compare(p.Live); err != nil {
			return err
		}
	}
	return errors.New("find out whom the policies of the plan shut out: it does not come to an end; plan again")
}

// barred finds the changes that must not be made, each with the reason; those of
// policies that shut somebody out only where it is asked for these.
func (p *Planned) barred(policies bool) (map[resource.Ref]string, error) {
	b := p.bound()
	writes := p.memberWrites(b)
	policies = policies && (b.restricts() || len(p.moves()) > 0)
	if !policies && len(writes) == 0 {
		return nil, nil
	}
	g, err := newGauge(p, b)
	if err != nil {
		return nil, err
	}
	if policies {
		g.roles()
	}
	for _, w := range writes {
		if why := g.denied(w); why != "" {
			g.hold[w.change] = why
		}
	}
	return g.hold, nil
}

// restricts says that the plan changes what hangs on any node or account.
func (b *bound) restricts() bool {
	return slices.ContainsFunc(b.hung(), func(h hung) bool { return !slices.Equal(h.before, h.after) })
}

// denied says why a write inside a member would be denied for sure once the plan
// is done; "" where it would not.
func (g *gauge) denied(w memberWrite) string {
	asked := []string{w.path, w.own.String(), w.account, w.role}
	for _, c := range w.calls {
		asked = append(asked, c.id)
	}
	key := strings.Join(asked, "\n")
	key = strings.ReplaceAll(key, w.account, "") + "\n" + g.said.sort(w.account)
	if why, known := g.asked[key]; known {
		return why
	}
	why := ""
	for _, c := range w.calls {
		a := ask{policyType: spec.SCP, path: w.path, account: w.account, who: member(g.p.Payer.Partition(), w.account, w.role), action: c.action, arn: c.arn}
		a.of(c)
		if by, sure := g.after.Bars(explain.At{Path: w.path, Account: w.own}, spec.SCP, g.unsure(&a, globalRegion(g.p.Payer))); by != nil && sure {
			why = fmt.Sprintf("%s of role %s would be denied: %s", c.action, w.role, by)
			break
		}
	}
	g.asked[key] = why
	return why
}

// isWrite says that a change is made.
func isWrite(c *planner.Change) bool { return !c.Held() && c.Op != planner.Resume }
