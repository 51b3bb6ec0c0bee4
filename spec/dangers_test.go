package spec_test

import (
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

const (
	denyAll  = `{Version: 2012-10-17, Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}`
	allowAll = `{Version: 2012-10-17, Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}`
)

// wants loads one payer file that has just the one mistake, or none ("").
func wants(t *testing.T, payer, mistake string) {
	t.Helper()
	got := load(repository(t, head+payer))
	if mistake == "" && got != "ok acme\n" || !strings.Contains(got, mistake) {
		t.Errorf("%s\ngot %swant %s", payer, got, mistake)
	}
	if mistake != "" && strings.Contains(got, "ok ") {
		t.Errorf("a payer with a mistake counts: %s", got)
	}
}

func TestDanger1FullAWSAccessStays(t *testing.T) {
	policies := "policies: [{name: D, document: " + denyAll + "}, {name: A, document: " + allowAll + "}, {name: T, type: TAG_POLICY, document: {Allow: true}}]\n"
	none := "fullAWSAccess: no other SCP here allows anything"
	wants(t, policies+"root: {policies: [D]}\n", "")
	wants(t, policies+"root: {policies: [D], fullAWSAccess: false}\n", none)
	wants(t, policies+"root: {fullAWSAccess: false}\n", none)
	wants(t, policies+"root: {policies: [T], fullAWSAccess: false}\n", none)
	wants(t, policies+"ous: [{name: X, policies: [D], fullAWSAccess: false}]\nroot: {policies: [A]}\n", none)
	wants(t, policies+"root: {policies: [D, A], fullAWSAccess: false}\n", "")
}

func TestDanger7CountIsBounded(t *testing.T) {
	pool := "pools: [{name: p, ids: {from: 1, count: COUNT}, account: {name: \"${{ id }}\", email: \"a${{ id }}@acme.example\"}}]\n"
	wants(t, strings.Replace(pool, "COUNT", "10000000", 1), "ids.count: 10,000,000 of 50,000 accounts")
	payers, err := spec.Load([]string{repository(t, head+strings.Replace(pool, "COUNT", "2000", 1))}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := payers[0].Safety.MaxAccountCreates; got != (spec.Amount{Number: 50}) {
		t.Errorf("maxAccountCreates %+v", got)
	}
}

func TestDanger10BothNamesAlive(t *testing.T) {
	wants(t, "ous: [{name: New, previously: [Old]}, {name: Old}]\n", "both names are alive")
	wants(t, "ous: [{name: New, previously: [Old]}, {name: Newer, previously: [Old]}]\n", "claims the old name too")
	wants(t, "ous: [{name: New, previously: [Old], ous: [{name: Old}]}]\n", "")
	wants(t, "policies: [{name: A, previously: [B], document: "+denyAll+"}, {name: B, document: "+denyAll+"}]\n", "both names are alive")
	wants(t, "policies: [{name: A, previously: [B], document: "+denyAll+"}, {name: B, type: TAG_POLICY, document: {}}]\n", "")
}

func TestDanger24TwoNames(t *testing.T) {
	wants(t, "ous: [{name: A/B}, {name: A, ous: [{name: B}]}]\naccounts: [{name: a, email: a@acme.example, ou: 'A\\/B'}]\n", "")
	wants(t, "ous: [{name: A/B}]\naccounts: [{name: a, email: a@acme.example, ou: A/B}]\n", `no OU "A/B" (did you mean "A\/B"?)`)
	wants(t, "accounts: [{name: a, email: a@acme.example}, {name: b, email: A@Acme.example}]\n", "account a has the email")
	wants(t, "policies: [{name: A, document: "+denyAll+"}, {name: A, type: TAG_POLICY, document: {}}]\nroot: {policies: [A, \"TAG_POLICY:A\"]}\n", "")
}

func TestDanger24OneNameOfTwoThings(t *testing.T) {
	const trust = ", trust: {services: [ec2.amazonaws.com]}}"
	bucket := "buckets: [{name: acme-bills}]\n"
	for _, tt := range []struct{ body, want string }{
		{bucket + "roles: [{name: x" + trust + "]\nusers: [{name: x}]\ngroups: [{name: x}]\niamPolicies: [{name: x, document: " + denyAll + "}]\nbillingReports: [{name: x, bucket: acme-bills}]\n", ""},
		{"roles: [{name: x" + trust + ", {name: x" + trust + "]\n", "roles[1].name: role \"x\" is there already"},
		{"roles: [{name: x" + trust + ", {name: X" + trust + "]\n", "roles[1].name: "},
		{"users: [{name: x}, {name: X}]\n", "users[1].name: "},
		{"groups: [{name: x}, {name: X}]\n", "groups[1].name: "},
		{"iamPolicies: [{name: x, document: " + denyAll + "}, {name: X, document: " + denyAll + "}]\n", "iamPolicies[1].name: "},
		{bucket + "billingReports: [{name: x, bucket: acme-bills}, {name: x, bucket: acme-bills, prefix: other}]\n", "billingReports[1].name: "},
		{"buckets: [{name: acme-bills}, {name: acme-bills, region: eu-west-1}]\n", "buckets[1].name: "},
		{"buckets: [{name: acme-bills}, {name: Acme-bills}]\n", "buckets[1].name: "},
		{"memberRoles: [{name: x, in: {ous: [Labs]}, deploy: stackset" + trust + ", {name: x, in: {ous: [Labs/Deep]}, deploy: stackset" + trust + "]\nous: [{name: Labs, ous: [{name: Deep}]}]\n", "memberRoles[1]"},
		{"memberRoles: [{name: x, in: {accounts: [a]}" + trust + ", {name: X, in: {accounts: [a]}" + trust + "]\naccounts: [{name: a, email: a@acme.example}]\n", "memberRoles[1]"},
		{"memberRoles: [{name: x, in: {ous: [Labs], payer: true}, deploy: stackset" + trust + "]\nous: [{name: Labs}]\nroles: [{name: x" + trust + "]\n", "is there already"},
	} {
		wants(t, tt.body, tt.want)
	}
}
