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
