package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
)

// TestAwait: what a quota has no room for waits, the last of the file first;
// what is there, what AWS made and what another quota counts make no difference.
func TestAwait(t *testing.T) {
	table, err := cloud.ParseRates("f", []byte(`{"quotas": [{"name": "organizational units", "limit": 4}, {"name": "policies of SERVICE_CONTROL_POLICY", "limit": 2},
		{"name": "policies of any other type", "limit": 1}, {"name": "IAM roles", "limit": 1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, have, want, waits string }{
		{"nothing", "", "", ""},
		{"room for all", "ou/A ou/B", "ou/A ou/C ou/D", ""},
		{"room for one", "ou/A ou/B ou/Z", "ou/A ou/C ou/D", "ou/D 4 needs 5"},
		{"no room", "ou/A ou/B ou/Y ou/Z", "ou/C ou/D ou/A", "ou/C 4 needs 6, ou/D 4 needs 6"},
		{"more than the table knows", "ou/A ou/B ou/X ou/Y ou/Z", "ou/C", ""},
		{"AWS's own", "policy/FullAWSAccess! policy/A", "policy/A policy/B", ""},
		{"of two types", "policy/A policy/B", "policy/C policy/TAG_POLICY:A policy/TAG_POLICY:B", "policy/C 2 needs 3, policy/TAG_POLICY:B 1 needs 2"},
		{"a colon in a name", "", "policy/A:1 policy/A:2 policy/TAG_POLICY:A", ""},
		{"what must be absent", "ou/A ou/B ou/Y ou/Z", "ou/C-", ""},
		{"what was found to be absent", "ou/A ou/B ou/Y ou/Z-", "ou/Z ou/C", "ou/C 4 needs 5"},
		{"roles", "role/AWSServiceRoleForX! role/a", "role/a role/b", "role/b 1 needs 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			have, want := stateOf(t, tt.have), stateOf(t, tt.want)
			await(want, have, table)
			var got []string
			for o := range want.All() {
				if s := o.Facts[resource.FactWaiting]; s != "" {
					var limit, needs int
					name := quotaOf(o.Ref)
					if _, err := fmt.Sscanf(strings.Replace(s, name+", ", "", 1), "a quota of %d needs %d;", &limit, &needs); err != nil {
						t.Errorf("%s: %v", s, err)
					}
					got = append(got, fmt.Sprintf("%s %d needs %d", o.Ref, limit, needs))
				}
			}
			if diff := cmp.Diff(tt.waits, strings.Join(got, ", ")); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

// TestQuotasOfPolicies: the table that a file overrides says of each policy type
// what the limits of policies say.
func TestQuotasOfPolicies(t *testing.T) {
	for name, l := range iampolicy.Limits() {
		if q, ok := cloud.PublishedRates().Quota(cloud.QuotaPolicies(name)); !ok || q.Limit != l.Policies {
			t.Errorf("%s: %d policies in one table, %d in the other", name, q.Limit, l.Policies)
		}
	}
}

// stateOf has objects by their refs; those with a ! are AWS's own, those
// with a - absent.
func stateOf(t *testing.T, refs string) *resource.State {
	t.Helper()
	s := &resource.State{}
	for _, f := range strings.Fields(refs) {
		name, is := strings.CutSuffix(f, "!")
		kind, name, _ := strings.Cut(name, "/")
		o := resource.Object{Ref: resource.Ref{Kind: kind, Name: name}}
		if is {
			o.Facts = map[string]string{resource.FactSystem: "true"}
		}
		if o.Ref.Name, is = strings.CutSuffix(o.Ref.Name, "-"); is {
			o.Facts = map[string]string{resource.FactAbsent: "true"}
		}
		if err := s.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	return s
}
