package explain

import (
	"slices"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
)

// judge asks the levels of one type.
func judge(policyType string, levels []iampolicy.Level, r *iampolicy.Request) *Answer {
	var denies, allows, unsure []Statement
	var closed []Closed
	var hangs []string
	for _, l := range levels {
		node, _ := resource.ParseRef(l.Name)
		var allow, perhaps []Statement
		var on []string // what perhaps hangs on
		for _, p := range l.Policies {
			ref, _ := resource.ParseRef(p.Name)
			for i := range p.Len() {
				s := Statement{Type: policyType, Node: node, Policy: ref, Number: i + 1, Sid: p.Sid(i)}
				switch m := p.Match(i, r); {
				case m == iampolicy.No:
				case m == iampolicy.Yes && p.Denies(i):
					denies = append(denies, s)
				case m == iampolicy.Yes:
					allow = append(allow, s)
				case p.Denies(i):
					unsure, hangs = append(unsure, s), append(hangs, p.HangsOn(i, r)...)
				default:
					perhaps, on = append(perhaps, s), append(on, p.HangsOn(i, r)...)
				}
			}
		}
		switch {
		case len(allow) > 0:
			allows = append(allows, allow[0])
		case len(perhaps) > 0:
			unsure, hangs = append(unsure, perhaps...), append(hangs, on...)
		default:
			closed = append(closed, Closed{policyType, node})
		}
	}
	d := iampolicy.Chain(levels, r)
	switch {
	case d.Allowed():
		return &Answer{Decision: Allow, By: allows}
	case !d.Unsure:
		return &Answer{Decision: Deny, By: denies, Closed: closed}
	}
	for i := range hangs {
		hangs[i] = "${{ " + hangs[i] + " }}"
	}
	slices.Sort(hangs)
	return &Answer{By: unsure, Hangs: slices.Compact(hangs)}
}

// add joins what the policies of one type decide: a Deny of either beats all, and
// what is not known an Allow.
func (a *Answer) add(more *Answer) {
	rank := map[string]int{Allow: 0, "": 1, Deny: 2}
	switch have, got := rank[a.Decision], rank[more.Decision]; {
	case have > got:
		return
	case have < got:
		a.Decision, a.By, a.Closed, a.Hangs = more.Decision, nil, nil, nil
	}
	a.By, a.Closed = append(a.By, more.By...), append(a.Closed, more.Closed...)
	a.Hangs = append(a.Hangs, more.Hangs...)
	slices.Sort(a.Hangs)
	a.Hangs = slices.Compact(a.Hangs)
}
