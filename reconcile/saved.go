package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// HoldBack blocks, for the reason given, every change that keep does not pick,
// and counts anew the rows of the CSVs and whom policies newly deny something.
// What was held before stays as it is. It is for a plan of which only a part may
// be applied, and the caller has seen to it that no change which is kept needs
// one that is not. Where what is left would shut us or a vendor out, it is an error.
func (p *Planned) HoldBack(keep func(*planner.Change) bool, reason string) error {
	held := 0
	for i := range p.Plan.Changes {
		if c := &p.Plan.Changes[i]; !c.Held() && !keep(c) {
			c.Blocked = reason
			held++
		}
	}
	if held == 0 {
		return nil
	}
	barred, err := p.barred(!p.Payer.Run.AllowSelf)
	if err != nil {
		return err
	}
	for _, r := range slices.SortedFunc(maps.Keys(barred), resource.Ref.Compare) {
		return fmt.Errorf("%s is not to be done without what came up since: %s", r, barred[r])
	}
	p.forecast()
	old, err := readCSVs(p.Payer)
	if err != nil {
		return err
	}
	p.Files, p.Impact = previewCSVs(p, old), nil
	return p.effects()
}
