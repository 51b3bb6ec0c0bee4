package reconcile

import "github.com/payer-reconciler/reconciler/planner"

// HoldBack blocks, for the reason given, every change that keep does not pick,
// and counts the rows of the CSVs anew. What was held before stays as it is. It
// is for a plan of which only a part may be applied, and the caller has seen to
// it that no change which is kept needs one that is not.
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
	old, err := readCSVs(p.Payer)
	if err != nil {
		return err
	}
	p.Files = previewCSVs(p, old)
	return nil
}
