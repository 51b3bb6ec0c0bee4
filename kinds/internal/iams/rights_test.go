package iams

import (
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestKeepRightsOfPoliciesThatDeny has policies of the file, one that is there
// and one that the plan makes, which deny something; none may be attached.
func TestKeepRightsOfPoliciesThatDeny(t *testing.T) {
	deny := strings.Replace(allow, "Allow", "Deny", 1)
	for _, tt := range []struct {
		document, key string
		blocked       bool
	}{
		{deny, Managed + made, true},
		{deny, Managed + "iam-policy/New", true},
		{allow, Managed + made, false},
		{allow, Managed + "iam-policy/New", false},
		{allow, Managed + "arn:aws:iam::aws:policy/AWSDenyAll", true},
		{allow, Managed + "arn:aws-cn:iam::aws:policy/AWSCompromisedKeyQuarantineV3", true},
		{allow, Managed + "arn:aws:iam::111122223333:policy/AWSDenyAll", false},
	} {
		p := &spec.Payer{IAMPolicies: []spec.IAMPolicy{{Name: "Made", Document: resource.Lit(tt.document)}, {Name: "New", Document: resource.Lit(tt.document)}}}
		o := resource.Object{Attrs: resource.Attrs{tt.key: resource.Lit(Attached)}, Facts: map[string]string{}}
		have := resource.Object{Outputs: map[string]string{"id": "AROA1"}}
		KeepRights(&o, have, spec.Policies{}, Denying(p, live(t, "")), "reconciler runs as it")
		if got := o.Facts[resource.FactBlocked]; (got != "") != tt.blocked {
			t.Errorf("%s of %s: blocked %q", tt.key, tt.document, got)
		}
		have.Attrs = resource.Attrs{tt.key: resource.Lit(Attached)}
		o.Facts = map[string]string{}
		if KeepRights(&o, have, spec.Policies{}, Denying(p, live(t, "")), "reconciler runs as it"); len(o.Facts) > 0 {
			t.Errorf("%s, attached already: %v", tt.key, o.Facts)
		}
		if KeepRights(&o, resource.Object{}, spec.Policies{}, Denying(p, live(t, "")), "reconciler runs as it"); len(o.Facts) > 0 {
			t.Errorf("%s of a role that is still to be made: %v", tt.key, o.Facts)
		}
	}
}
