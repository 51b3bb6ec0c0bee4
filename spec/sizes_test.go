package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

// policyOf makes an identity policy that is sent with so many characters.
func policyOf(n int) string {
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::` + `"}]}`
	return "{document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"arn:aws:s3:::" + strings.Repeat("x", n-len(doc)) + "\"}]}}"
}

// TestIAMSizes: what fits just so, and what is one character too long.
func TestIAMSizes(t *testing.T) {
	trust := "trust: {services: [ec2.amazonaws.com]}"
	for _, tt := range []struct{ payer, mistake string }{
		{"roles: [{name: r, " + trust + ", inlinePolicies: {a: " + policyOf(10_000) + ", b: " + policyOf(240) + "}}]\n", ""},
		{"roles: [{name: r, " + trust + ", inlinePolicies: {a: " + policyOf(10_000) + ", b: " + policyOf(241) + "}}]\n",
			"roles[0].inlinePolicies: the policies embedded in a role have 10,241 of 10,240 characters in sum"},
		{"groups: [{name: g, inlinePolicies: {a: " + policyOf(5120) + ", b: null}}]\n", ""},
		{"groups: [{name: g, inlinePolicies: {a: " + policyOf(5121) + "}}]\n", "groups[0].inlinePolicies: the policies embedded in a group have 5,121 of 5,120"},
		{"users: [{name: u, inlinePolicies: {a: " + policyOf(2048) + "}}]\n", ""},
		{"users: [{name: u, inlinePolicies: {a: " + policyOf(2049) + "}}]\n", "users[0].inlinePolicies: the policies embedded in a user have 2,049 of 2,048"},
		{"iamPolicies: [{name: p, " + policyOf(6144)[1:] + "]\n", ""},
		{"iamPolicies: [{name: p, " + policyOf(6145)[1:] + "]\n", "iamPolicies[0].document: the document has 6,145 of 6,144 characters"},
		{"roles: [{name: r, trust: {accounts: [" + ids(38) + "], externalId: acme-7f3c}}]\n", ""},
		{"roles: [{name: r, trust: {accounts: [" + ids(60) + "], externalId: acme-7f3c}}]\n", "roles[0].trust: the trust policy has 2,145 of 2,048 characters"},
		{"limits: {trustCharacters: 4096}\nroles: [{name: r, trust: {accounts: [" + ids(60) + "], externalId: acme-7f3c}}]\n", ""},
		{"limits: {managedPolicies: 2}\nusers: [{name: u, managedPolicies: [\"arn:aws:iam::aws:policy/A\", \"arn:aws:iam::aws:policy/B\", \"arn:aws:iam::aws:policy/C\"]}]\n", "3 of 2 policies attached to a user"},
		{"roles: [{name: r, " + trust + ", description: \"" + strings.Repeat("x", 1000) + "\"}]\n", ""},
		{"roles: [{name: r, " + trust + ", description: \"" + strings.Repeat("x", 1001) + "\"}]\n", "1,001 of 1,000 characters are too many"},
		{"roles: [{name: r, " + trust + ", path: /" + strings.Repeat("x", 511) + "/}]\n", "the path has 513 of 512 characters"},
	} {
		wants(t, tt.payer, tt.mistake)
	}
}

// ids lists so many account ids.
func ids(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"%012d"`, 222200000000+i))
	}
	return strings.Join(all, ", ")
}

func TestBucketPolicySize(t *testing.T) {
	statements := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`{Sid: S%03d, Effect: Deny, Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-a/%s"}`, i, strings.Repeat("x", 900)))
		}
		return "buckets: [{name: acme-a, statements: [" + strings.Join(all, ", ") + "]}]\n"
	}
	wants(t, statements(19), "")
	wants(t, statements(20)+"billingReports: [{name: r, bucket: acme-a}]\n", "buckets[0].statements: the statements, those of billing reports counted, have 20,")
	wants(t, statements(21), "buckets[0].statements: the statements have 21,")
}

// TestManySelectors: the cost of a selector is one look at each account.
func TestManySelectors(t *testing.T) {
	var roles strings.Builder
	for i := range 50 {
		fmt.Fprintf(&roles, "  - {name: r%d, trust: {services: [ec2.amazonaws.com]}, in: {pools: [p], ous: [/, Labs]}}\n", i)
	}
	dir := repository(t, head+"ous: [{name: Labs}]\npools: [{name: p, ou: Labs, ids: {from: 1, count: 2000}, account: {name: \"${{ id }}\", email: \"a${{ id }}@acme.example\"}}]\nmemberRoles:\n"+roles.String())
	payers, err := spec.Load([]string{dir}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range payers[0].MemberRoles {
		if len(m.Accounts) != 2000 || len(m.OUs) != 2 {
			t.Fatalf("%s is in %d accounts", m.Name, len(m.Accounts))
		}
	}
}
