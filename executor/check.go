package executor

import (
	"errors"
	"fmt"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
)

// check refuses a plan that cannot be run, before anything of it is. A plan may
// have been saved and read back, so nothing about it is taken for granted.
func check(kinds []*kind.Kind, p *planner.Plan) error {
	for _, g := range p.Guards {
		return fmt.Errorf("apply plan: it breaks the limit %s: %d planned, %s allowed", g.Name, g.Planned, g.Limit)
	}
	byName := named(kinds)
	for i := range p.Changes {
		c := &p.Changes[i]
		for _, n := range c.Needs {
			if n < 0 || n >= len(p.Changes) {
				return fmt.Errorf("apply plan: %s needs change %d of %d", c.Ref, n, len(p.Changes))
			}
		}
		if c.Held() {
			continue
		}
		if err := able(byName[c.Ref.Kind], c); err != nil {
			return fmt.Errorf("apply plan: %s %s: %w", c.Op, c.Ref, err)
		}
	}
	return nil
}

// named gives the kinds by name.
func named(kinds []*kind.Kind) map[string]*kind.Kind {
	byName := make(map[string]*kind.Kind, len(kinds))
	for _, k := range kinds {
		byName[k.Name] = k
	}
	return byName
}

// able says what the kind or the change lacks for the change to be made.
func able(k *kind.Kind, c *planner.Change) error {
	if k == nil {
		return fmt.Errorf("there is no kind %q", c.Ref.Kind)
	}
	var can bool
	want, have := c.Want != nil, c.Have != nil
	switch c.Op {
	case planner.Create:
		can, have = k.Create != nil, true
	case planner.Update, planner.Adopt:
		can = k.Update != nil
	case planner.Delete:
		can, want = k.Delete != nil, true
	case planner.Resume:
		can = k.Resume != nil
	default:
		return fmt.Errorf("there is no operation %q", c.Op)
	}
	switch {
	case !can:
		return fmt.Errorf("the kind %s cannot %s", k.Name, c.Op)
	case !want:
		return errors.New("the plan does not say what is wanted")
	case !have:
		return errors.New("the plan does not say what there is")
	}
	return nil
}
