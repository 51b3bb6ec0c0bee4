package moto

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
)

type ref = resource.Ref

// college is a payer that is entered by a role.
func college(name, account string, count int) string {
	return fmt.Sprintf(`apiVersion: reconciler/v1
kind: Payer
name: %s
accountId: "%s"
access: {roleArn: "arn:aws:iam::%[2]s:role/reconciler", externalId: college-7f3c}
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}
policies:
  - name: Deny
    document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: "iam:*", Resource: "*"}]}
ous:
  - {name: Labs, policies: [Deny]}
pools:
  - name: students
    ou: Labs
    ids: {from: 1, count: %d}
    account: {name: "%[1]s ${{ id }}", email: "%[1]s${{ id }}@example.com"}
    csv: accounts/%[1]s.csv
`, name, account, count)
}

// TestSeveralPayers fills three payers of one repository, each entered by
// AssumeRole from the same credentials: each gets its own and nothing else.
func TestSeveralPayers(t *testing.T) {
	r := newRepo(t, college("art", "111122223333", 3), college("law", "222233334444", 4), labs())
	r.apply()
	r.settled()
	seen := map[string]string{}
	for i, p := range r.plan() {
		name, want := p.Payer.Name, []int{3, 4, 50}[i]
		rows := r.csv("accounts/" + name + ".csv")
		if len(rows) != want {
			t.Errorf("%s: %d rows, want %d", name, len(rows), want)
		}
		members := 0
		for o := range p.Live.Kind("account") {
			if o.ID() == p.Payer.AccountID {
				continue
			}
			members++
			if other := seen[o.ID()]; other != "" {
				t.Errorf("account %s is in %s and in %s", o.ID(), other, name)
			}
			seen[o.ID()] = name
		}
		if members != want {
			t.Errorf("%s: %d members, want %d", name, members, want)
		}
		org, _ := p.Live.Get(ref{Kind: "organization"})
		if arn := org.Outputs["arn"]; !strings.Contains(arn, "::"+p.Payer.AccountID+":") {
			t.Errorf("%s: the organization is %s", name, arn)
		}
	}
	// One of them drifts; only that one has a plan.
	r.write("payers/p0.yaml", college("art", "111122223333", 5))
	plans := r.plan()
	if got := len(lines(plans[0].Plan)); got != 2 {
		t.Errorf("art: %d lines, want 2", got)
	}
	for _, p := range plans[1:] {
		if got := lines(p.Plan); len(got) > 0 {
			t.Errorf("%s: %q", p.Payer.Name, got)
		}
	}
}
