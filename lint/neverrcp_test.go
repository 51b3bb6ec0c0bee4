package lint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// TestBeyond: an action that resource control policies do not restrict is told in
// one, and in no other policy.
func TestBeyond(t *testing.T) {
	policy := func(policyType, principal string) string {
		return "organization: {policyTypes: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY]}\npolicies: [{name: H, type: " + policyType +
			", document: {Version: 2012-10-17, Statement: {Effect: Deny, " + principal +
			"Action: [\"s3:*\", \"kms:*\", \"ec2:*\", \"kms:RetireGrant\"], Resource: \"*\"}}}]\nroot: {policies: [H]}\n"
	}
	var got []string
	for _, line := range found(t, load(t, policy("RESOURCE_CONTROL_POLICY", `Principal: "*", `))) {
		_, line, _ = strings.Cut(line, "statement 1: ")
		got = append(got, line)
	}
	want := []string{
		`Action "ec2:*" is never met: AWS applies resource control policies to no action of ec2 (by its list of ` + iampolicy.RCPServicesAsOf + `)`,
		`Action "kms:RetireGrant" is never met: resource control policies do not restrict it`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := found(t, load(t, policy("SERVICE_CONTROL_POLICY", ""))); len(got) > 0 {
		t.Errorf("of an SCP: %q", got)
	}
}
