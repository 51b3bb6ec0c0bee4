package spec_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/payer-reconciler/reconciler/spec"
)

func TestTests(t *testing.T) {
	p := one(t, `-- acme.yaml --
apiVersion: reconciler/v1
kind: Payer
name: acme
accountId: "111122223333"
organization: {create: true}
ous: [{name: Labs, ous: [{name: Trial}]}]
accounts: [{name: lab, email: Lab@acme.example, ou: Labs}]
tests:
  - {name: unit, ou: Labs/Trial, action: "ec2:RunInstances", resource: "*", context: {"ec2:VolumeSize": 50, "aws:TagKeys": [a, 7], "aws:SecureTransport": true, "a:b": []}, expect: allow}
  - {name: root, ou: /, action: "a:B", resource: "arn:aws:iam::${{ payer.accountId }}:role/x", expect: deny}
  - {name: account, account: lab, action: "a:B", expect: deny}
  - {name: email, account: lab@ACME.example, action: "a:B", expect: deny}
safety: {maxNewlyDenied: 3}
`)
	want := []spec.Test{
		{Name: "unit", OU: "Labs/Trial", Action: "ec2:RunInstances", Resource: "*", Expect: "allow",
			Context: map[string][]string{"ec2:VolumeSize": {"50"}, "aws:TagKeys": {"a", "7"}, "aws:SecureTransport": {"true"}, "a:b": {}}},
		{Name: "root", Action: "a:B", Resource: "arn:aws:iam::111122223333:role/x", Expect: "deny", Context: map[string][]string{}},
		{Name: "account", Account: "lab@acme.example", Action: "a:B", Expect: "deny", Context: map[string][]string{}},
		{Name: "email", Account: "lab@acme.example", Action: "a:B", Expect: "deny", Context: map[string][]string{}},
	}
	if diff := cmp.Diff(want, p.Tests, cmpopts.IgnoreFields(spec.Test{}, "Pos")); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
	if got := p.Tests[0].Pos.String() + " " + p.Safety.MaxNewlyDenied.String(); got != "acme.yaml:9 3" {
		t.Errorf("the first test and the guard: %s", got)
	}
}

// A policy that is attached as TYPE:NAME is of that type.
func TestAttachedType(t *testing.T) {
	p := one(t, `-- acme.yaml --
apiVersion: reconciler/v1
kind: Payer
name: acme
accountId: "111122223333"
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY, TAG_POLICY]}
policies:
  - {name: P, document: {Version: 2012-10-17, Statement: {Effect: Deny, Action: "s3:*", Resource: "*"}}}
  - {name: P, type: TAG_POLICY, document: {tags: {}}}
  - {name: Q, type: RESOURCE_CONTROL_POLICY, document: {Version: 2012-10-17, Statement: {Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*"}}}
root: {policies: [P, "TAG_POLICY:P", "RESOURCE_CONTROL_POLICY:Q", FullAWSAccess]}
ous: [{name: Labs, policies: [Q]}]
`)
	var got []string
	for _, a := range append(p.Node.Policies, p.OUs[0].Policies...) {
		got = append(got, a.Policy.Name+" "+a.Type)
	}
	want := []string{"P SERVICE_CONTROL_POLICY", "TAG_POLICY:P TAG_POLICY", "RESOURCE_CONTROL_POLICY:Q RESOURCE_CONTROL_POLICY",
		"FullAWSAccess SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY:Q RESOURCE_CONTROL_POLICY"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attached (-want +got):\n%s", diff)
	}
}
