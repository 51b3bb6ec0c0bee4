package stackset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/payer-reconciler/reconciler/kinds/account"
	"github.com/payer-reconciler/reconciler/kinds/ou"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// CloudFormation takes the role from an account that leaves the units of its
// stack set, and from all that are in a unit when the unit goes. Who is to keep
// it moves between the two: once the new unit is deployed to, and before the old
// one goes.

// keepUntilMoved lets a unit that goes as a whole wait while somebody in it is to move into
// one that stays: the move may be refused. The unit goes with a later plan.
func (r reader) keepUntilMoved(o *resource.Object, path string, stay []string) {
	n, to := 0, ""
	for _, at := range r.members {
		if unit, comes := withinAny(at.wanted, stay); comes && at.active && within(at.unit, path) {
			if n++; to == "" || unit < to {
				to = unit
			}
		}
	}
	switch {
	case n == 1:
		o.Facts[resource.FactWaiting] = fmt.Sprintf("1 account keeps the role and moves to %s first; the unit goes with the next plan", ou.Ref(to))
	case n > 1:
		o.Facts[resource.FactWaiting] = fmt.Sprintf("%d accounts keep the role and move to %s first; the unit goes with the next plan", n, ou.Ref(to))
	}
}

// first notes who moves out of a unit of the set into one that it is yet to
// deploy to: the move comes after that. Where the role itself names what is in
// the plan no order is promised, for that may need the account's move in turn.
func (r reader) first(o *resource.Object, m spec.MemberRole, d *types.StackSet) {
	body, err := templateOf(r.p, m, r.read)
	if err != nil || len(body.Refs()) > 0 || o.Owner != r.s.Payer() {
		return // the wanted object gives the error
	}
	var now []string
	for _, id := range d.OrganizationalUnitIds {
		if path, known := r.units[id]; known {
			now = append(now, path)
		}
	}
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(r.members)) {
		at := r.members[id]
		_, has := withinAny(at.unit, now)
		_, reached := withinAny(at.wanted, now)
		_, comes := withinAny(at.wanted, m.OUs)
		if has && !reached && comes {
			ids = append(ids, id)
		}
	}
	if ids != nil {
		o.Facts[account.FactMovers] = strings.Join(ids, ",")
	}
}
