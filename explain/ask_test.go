package explain

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// on is a policy on a node, by its name; a name with a colon is of another type
// than SCP.
func on(name string, statements ...string) Attached {
	policyType := spec.SCP
	if name == "RCP" || name == spec.RCPFullAWSAccess {
		policyType = spec.RCP
	}
	doc := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[%s]}`, strings.Join(statements, ","))
	return Attached{Policy: spec.PolicyRef(policyType, name), Type: policyType, Document: doc}
}

var (
	full   = Attached{Policy: spec.PolicyRef(spec.SCP, spec.FullAWSAccess), Type: spec.SCP, Document: Full}
	rcps   = Attached{Policy: spec.PolicyRef(spec.RCP, spec.RCPFullAWSAccess), Type: spec.RCP, Document: RCPFull}
	onlyS3 = on("OnlyS3", `{"Sid":"S3","Effect":"Allow","Action":"s3:*","Resource":"*"}`)
	noEC2  = on("NoEC2", `{"Effect":"Deny","Action":"ec2:*","Resource":"*"}`)
	theirs = on("RCP", `{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}`)
	member = spec.AccountRef("a@acme.example")
)

// TestSCPEvaluation has the two figures of the page "SCP evaluation" of the
// Organizations user guide, and its text on Deny.
func TestSCPEvaluation(t *testing.T) {
	for _, tt := range []struct {
		name                  string
		root, unit, own       []Attached
		action, want, decider string
	}{
		{"figure 1: an Allow on every level", []Attached{full}, []Attached{full}, []Attached{full}, "s3:GetObject", Allow, ""},
		{"figure 2: no Allow on the unit", []Attached{full}, nil, []Attached{full}, "s3:GetObject", Deny, "no SCP on ou/Production allows it"},
		{"no Allow on the account", []Attached{full}, []Attached{full}, []Attached{onlyS3}, "ec2:StartInstances", Deny, "no SCP on account/a@acme.example allows it"},
		{"no Allow on the root", []Attached{onlyS3}, []Attached{full}, []Attached{full}, "ec2:StartInstances", Deny, "no SCP on root allows it"},
		{"a Deny on the unit beats Allows on root and account", []Attached{full}, []Attached{full, noEC2}, []Attached{full}, "ec2:StartInstances", Deny,
			"statement 1 of policy/NoEC2 on ou/Production"},
		{"a Deny on the unit means its service only", []Attached{full}, []Attached{full, noEC2}, []Attached{full}, "s3:GetObject", Allow, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree, err := New(map[string][]Attached{"": tt.root, "Production": tt.unit})
			if err != nil {
				t.Fatal(err)
			}
			if err := tree.Add(Account{Ref: member, Name: "B", ID: "444455556666", OU: "Production", On: tt.own}); err != nil {
				t.Fatal(err)
			}
			for _, named := range []string{"B", "444455556666", "A@acme.example"} {
				got, err := tree.Ask(Question{Account: named, Action: tt.action})
				if err != nil {
					t.Fatal(err)
				}
				if got.Decision != tt.want || tt.decider != "" && got.Why() != tt.decider {
					t.Errorf("%s: %s, %s", named, got.Decision, got.Why())
				}
			}
		})
	}
}

func TestRCPs(t *testing.T) {
	tree, err := New(map[string][]Attached{"": {full, rcps, theirs}, "Labs": {full, rcps}})
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Add(Account{Ref: member, ID: "444455556666", OU: "Labs", On: []Attached{full, rcps}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		on      bool
		arn     string
		context string
		want    string
		note    bool
	}{
		{true, "arn:aws:s3:::b/k", "aws:PrincipalOrgID=o-1", Allow, false},
		{true, "arn:aws:s3:::b/k", "aws:PrincipalOrgID=o-2", Deny, false},
		{true, "arn:aws:s3:::b/k", "", Deny, false},
		{false, "arn:aws:s3:::b/k", "", Allow, false},
		{true, "arn:aws:s3:us-east-1:777788889999:accesspoint/x", "", Allow, true},
		{true, "arn:aws:s3:us-east-1:444455556666:accesspoint/x", "", Deny, false},
		{true, "arn:aws:s3:::b/k", "aws:PrincipalArn=arn:aws:sts::444455556666:assumed-role/AWSServiceRoleForX/s", Allow, true},
	} {
		tree.RCPs = tt.on
		got, err := tree.Ask(Question{Account: "a@acme.example", Action: "s3:GetObject", Resource: tt.arn, Context: contextOf(t, tt.context)})
		if err != nil {
			t.Fatal(err)
		}
		if got.Decision != tt.want || (len(got.Notes) > 0) != tt.note {
			t.Errorf("%v: %s, notes %q", tt, got.Decision, got.Notes)
		}
		if got.Decision == Deny && got.Why() != "statement Org of policy/RESOURCE_CONTROL_POLICY:RCP on root" {
			t.Errorf("%v: %s", tt, got.Why())
		}
	}
}

// TestMissingKeys asks about keys that follow from who asks: nothing follows
// where nobody said so.
func TestMissingKeys(t *testing.T) {
	tree, err := New(map[string][]Attached{"": {full, on("P",
		`{"Sid":"Service","Effect":"Deny","Action":"a:Service","Resource":"*","Condition":{"Null":{"aws:PrincipalIsAWSService":"false"}}}`,
		`{"Sid":"Type","Effect":"Deny","Action":"a:Type","Resource":"*","Condition":{"Null":{"aws:PrincipalType":"false","aws:userid":"false"}}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"a:Service", "a:Type"} {
		got, err := tree.Ask(Question{Action: action, Context: contextOf(t, "aws:PrincipalArn=arn:aws:iam::444455556666:role/x")})
		if err != nil || got.Decision != Allow {
			t.Errorf("%s: %v, %v", action, got, err)
		}
	}
}

func TestAskRefuses(t *testing.T) {
	tree := offline(t, load(t, "testdata/vocareum.yaml"))
	for want, q := range map[string]Question{
		`the payer file has no unit "Vocarem" (did you mean "Vocareum"?)`:                      {OU: "Vocarem"},
		`the payer file has no unit "ou/Vocarem" (did you mean "Vocareum"?)`:                   {OU: "ou/Vocarem"},
		`the payer file has no unit "ou/"`:                                                     {OU: "ou/"},
		`the payer file has no account "nobody"`:                                               {Account: "nobody"},
		`the payer file has no account "labb@acme.example" (did you mean "lab@acme.example"?)`: {Account: "labb@acme.example"},
	} {
		if _, err := tree.Ask(q); err == nil || err.Error() != want {
			t.Errorf("Ask(%v) = %v, want %s", q, err, want)
		}
	}
	if got, err := tree.Ask(Question{OU: "ou/Vocareum", Action: "a:B"}); err != nil || got.Where != (resource.Ref{Kind: "ou", Name: "Vocareum"}) {
		t.Errorf("by its ref: %v, %v", got, err)
	}
	if got, err := tree.Ask(Question{Account: "lab", Action: "ses:SendEmail"}); err != nil || got.Decision != Deny || got.Where != spec.AccountRef("lab@acme.example") {
		t.Errorf("an account: %v, %v", got, err)
	}
	if got, err := tree.Ask(Question{Account: "111122223333", Action: "ses:SendEmail"}); err != nil || got.Decision != Allow || got.Why() != Unbound {
		t.Errorf("the management account: %v, %v", got, err)
	}
	if _, err := New(map[string][]Attached{"": {{Policy: spec.PolicyRef(spec.SCP, "Bad"), Type: spec.SCP, Document: "{"}}}); err == nil || !strings.HasPrefix(err.Error(), "read policy/Bad: ") {
		t.Errorf("New of nonsense: %v", err)
	}
}

func TestAddContext(t *testing.T) {
	context := map[string][]string{}
	for _, pair := range []string{"aws:TagKeys=a,b", "AWS:tagkeys=c", "a:b=", `a:c=x\,y,z`, "a:d=k=v"} {
		if err := AddContext(context, pair); err != nil {
			t.Error(err)
		}
	}
	want := map[string][]string{"aws:TagKeys": {"a", "b", "c"}, "a:b": {""}, "a:c": {"x,y", "z"}, "a:d": {"k=v"}}
	if diff := cmp.Diff(want, context); diff != "" {
		t.Errorf("context (-want +got):\n%s", diff)
	}
	for _, pair := range []string{"", "a:b", "=x", "region=x"} {
		if err := AddContext(context, pair); err == nil {
			t.Errorf("AddContext(%q) gives no error", pair)
		}
	}
}

func TestForm(t *testing.T) {
	p := load(t, "testdata/vocareum.yaml")
	q := Question{OU: "Market", Action: "ec2:DescribeInstances", Context: contextOf(t, short.Replace("$voc"))}
	got, err := offline(t, p).Ask(q)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got.Form(p, "file", q))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"formatVersion":"1.0","payer":"vocareum","accountId":"111122223333","source":"file","where":"ou/Market","action":"ec2:DescribeInstances",` +
		`"context":{"aws:PrincipalArn":["arn:aws:iam::444455556666:role/vocareum"]},"decision":"deny",` +
		`"noAllow":[{"node":"ou/Market","type":"SERVICE_CONTROL_POLICY"}]}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}
