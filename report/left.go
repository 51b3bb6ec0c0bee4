package report

import (
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// newLeft is an object that stays. A policy whose type the plan switches off is
// in force nowhere then: AWS detaches it with the type, and does not attach it
// again when the type comes back (Organizations User Guide, "Disabling a policy
// type").
func newLeft(l planner.Left, off map[string]bool) Left {
	out := Left{Ref: l.Ref.String(), Name: l.Name, Attachments: l.Attachments, Reason: leftReason(l)}
	if policyType := typeOf(l.Ref); l.Ref.Kind == "policy" && off[policyType] && l.Attachments > 0 {
		out.Attachments = 0
		out.Reason = "in force nowhere: " + count(l.Attachments, "attachment") + " of it go with policy-type/" + policyType + "; " + out.Reason
		if l.Attachments == 1 {
			out.Reason = strings.Replace(out.Reason, " of it go ", " of it goes ", 1)
		}
	}
	return out
}

// typesOff are the policy types that a plan switches off.
func typesOff(p *planner.Plan) map[string]bool {
	off := map[string]bool{}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Ref.Kind == "policy-type" && c.Op == planner.Delete && !c.Held() {
			off[c.Ref.Name] = true
		}
	}
	return off
}

// typeOf is the type of a policy: service control policies have none in their
// names.
func typeOf(policy resource.Ref) string {
	if policyType, _, ok := strings.Cut(policy.Name, ":"); ok {
		return policyType
	}
	return "SERVICE_CONTROL_POLICY"
}

// leftReason says why an object stays: where prune could delete it, it was not
// asked to.
func leftReason(l planner.Left) string {
	switch {
	case l.Ref.Kind == "account":
		return "an account is never deleted for having left the file"
	case l.Prunes:
		return "prune is off"
	}
	return "prune deletes no " + strings.ReplaceAll(l.Ref.Kind, "-", " ")
}
