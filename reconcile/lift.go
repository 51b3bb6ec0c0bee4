package reconcile

import (
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Where a pass allows itself what protects the tool and the vendors, each change
// that this lets through bears the reason for which it would be blocked, so that
// who reads the plan, or applies a saved one, knows.

// lifts ends each reason that --allow-self lifts.
const lifts = "--allow-self lifts this"

// liftable cuts the reason out of a text that says that --allow-self lifts it.
func liftable(text string) (reason string, ok bool) {
	text, ok = strings.CutSuffix(text, lifts)
	if !ok {
		return "", false
	}
	text = strings.TrimSuffix(text, strings.TrimSuffix(lifted, lifts))
	return strings.TrimSuffix(text, "; "), true
}

// unprotect lifts what protects live objects, where the pass allows itself that.
func unprotect(p *spec.Payer, have *resource.State) {
	if !p.Run.AllowSelf {
		return
	}
	for o := range have.Clone().All() {
		reason, ok := liftable(o.Facts[resource.FactProtected])
		if !ok {
			continue
		}
		o.Facts = maps.Clone(o.Facts)
		delete(o.Facts, resource.FactProtected)
		o.Facts[resource.FactLifted] = reason
		have.Put(o)
	}
}

// tellLifted says of each change what it would be blocked for, had the pass not
// allowed itself that.
func (p *Planned) tellLifted(plan *planner.Plan, have *resource.State) error {
	if !p.Payer.Run.AllowSelf || len(plan.Changes) == 0 {
		return nil
	}
	strict := *p.Payer
	strict.Run.AllowSelf = false
	want, err := desired(p.kinds, &strict, have)
	if err != nil {
		return err
	}
	for i := range plan.Changes {
		c := &plan.Changes[i]
		if c.Held() {
			continue
		}
		if c.Op == planner.Delete && c.Have != nil {
			c.Lifted = c.Have.Facts[resource.FactLifted]
		}
		w, _ := want.Get(c.Ref)
		if reason, ok := liftable(w.Facts[resource.FactBlocked]); ok && c.Lifted == "" {
			c.Lifted = reason
		}
	}
	return nil
}

// tellOut says of each change whom its policies shut out, where the pass allows
// itself that: it holds them in a plan of its own.
func (p *Planned) tellOut() error {
	if !p.Payer.Run.AllowSelf {
		return nil
	}
	strict := *p
	strict.shut = maps.Clone(p.shut)
	if err := strict.holdBarred(true); err != nil {
		return err
	}
	for i := range p.Plan.Changes {
		c := &p.Plan.Changes[i]
		if reason, ok := liftable(strict.shut[c.Ref]); ok && !c.Held() {
			c.Lifted = strings.Join(slices.DeleteFunc([]string{c.Lifted, reason}, func(s string) bool { return s == "" }), "; ")
		}
	}
	return nil
}
