package reconcile

import "slices"

// KeepingActions are the calls that the member roles of the payer are said to take.
func (p *Planned) KeepingActions() []string {
	var all []string
	for i := range p.Payer.MemberRoles {
		for _, c := range p.keeping(&p.Payer.MemberRoles[i]) {
			all = append(all, c.action)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// WriteActions are the calls that the plan's writes in members are said to take.
func (p *Planned) WriteActions() []string {
	var all []string
	for _, w := range p.memberWrites(p.bound()) {
		for _, c := range w.calls {
			all = append(all, c.action)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
