package tell

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/words"
)

// shownElsewhere is how many units and accounts stand in a notice.
const shownElsewhere = 3

// shownHandoffs is how many roles and users stand in a notice.
const shownHandoffs = 5

// handoffs warn of what is protected for a vendor, and is not when the plan is done.
func handoffs(plan *planner.Plan) []report.Notice {
	var refs []string
	for i := range plan.Changes {
		c := &plan.Changes[i]
		if c.Blocked == "" && slices.ContainsFunc(c.Fields, func(f planner.Field) bool { return f.Name == "handoff" && f.After.IsNone() }) {
			refs = append(refs, c.Ref.String())
		}
	}
	if len(refs) == 0 {
		return nil
	}
	return []report.Notice{{Name: report.HandoffEnds, Level: report.Warning, Text: fmt.Sprintf(
		"the protection of what is handed to a vendor ends with this plan for %s: the tag reconciler:handoff comes off, and from then on nothing keeps it from losing its trust, or from being deleted.",
		words.Some(refs, shownHandoffs))}}
}

// elsewhere warns of edited policies that are in force where the file does not
// put them.
func elsewhere(all []reconcile.Elsewhere) (out []report.Notice) {
	for _, e := range all {
		var at []string
		if len(e.Units) > 0 {
			units := make([]string, len(e.Units))
			for i, u := range e.Units {
				units[i] = resource.Unit(u).String()
			}
			at = append(at, words.Some(units, shownElsewhere))
		}
		if len(e.Accounts) > 0 {
			accounts := make([]string, len(e.Accounts))
			for i, a := range e.Accounts {
				accounts[i] = a.String()
			}
			at = append(at, words.Some(accounts, shownElsewhere)+" directly")
		}
		whom := fmt.Sprintf("its edit is in force for the %s member accounts there too", words.Comma(e.Reached))
		switch e.Reached {
		case 0:
			whom = "no member account is there now"
		case 1:
			whom = "its edit is in force for the member account there too"
		}
		out = append(out, report.Notice{Name: report.PolicyElsewhere, Level: report.Warning,
			Text: fmt.Sprintf("%s also hangs where the file does not put it: on %s; %s.", e.Policy, strings.Join(at, ", and on "), whom)})
	}
	return out
}
