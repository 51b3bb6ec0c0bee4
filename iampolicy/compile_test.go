package iampolicy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompileRefuses(t *testing.T) {
	for _, tt := range []struct{ doc, want string }{
		{`{`, "1:2: the document ends where a key in quotation marks should be"},
		{`{}`, "1:1: Statement is missing"},
		{`{"Statement":["x"]}`, `1:15: a statement is an object, not the string "x"`},
		{`{"Statement":{"Effect":"allow"}}`, "1:14: a statement has no Effect that is Allow or Deny"},
		{`{"Statement":{"Effect":"Allow"}}`, "1:14: a statement has neither Action nor NotAction"},
		{`{"Statement":{"Effect":"Allow","Action":"*"}}`, "1:14: a statement has neither Resource nor NotResource, nor a Principal"},
		{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Same":{}}}}`, `1:73: unknown condition operator "Same"`},
		{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{}}}}`, `1:73: unknown condition operator "NullIfExists"`},
		{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":[null]}}}}`,
			"1:88: the value of a:b is a string or a list of strings, not null"},
	} {
		_, err := Compile([]byte(tt.doc))
		if err == nil || err.Error() != tt.want || len(Problems(err)) != 1 {
			t.Errorf("Compile(%s) = %v, want %s", tt.doc, err, tt.want)
		}
	}
	if _, err := Compile([]byte("%7B%22Statement%22:%5B%5D%7D")); err != nil {
		t.Errorf("Compile of IAM's encoding: %v", err)
	}
}

func TestPolicyTellsOfItself(t *testing.T) {
	p := compiled(t, `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:PrincipalTag/X}"},
		{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"S3:Prefix":"${aws:username}","aws:username":"x"}}}]}`)
	if p.Len() != 2 || p.Sid(0) != "A" || p.Sid(1) != "" {
		t.Errorf("Len = %d, Sids %q and %q", p.Len(), p.Sid(0), p.Sid(1))
	}
	if diff := cmp.Diff([]string{"aws:principaltag/x", "aws:username", "s3:prefix"}, p.Keys()); diff != "" {
		t.Errorf("Keys (-want +got):\n%s", diff)
	}
	if got := p.Match(1, asked{context: keys{"s3:prefix": {"ann"}, "aws:username": {"x"}}}.request(t)); got != No {
		t.Errorf("Match = %d", got)
	}
	one, err := CompileStatement([]byte(`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`))
	if err != nil || one.Match(0, asked{}.request(t)) != Yes {
		t.Errorf("CompileStatement = %v, %v", one, err)
	}
}

func TestPrincipalOf(t *testing.T) {
	for _, tt := range []struct {
		arn  string
		want Principal
		key  string
		says string
	}{
		{ann, Principal{ARN: ann}, "aws:username", "ann"},
		{ann, Principal{ARN: ann}, "aws:principaltype", "User"},
		{op, Principal{ARN: "arn:aws:iam::111122223333:role/op", Session: op}, "aws:principaltype", "AssumedRole"},
		{op, Principal{ARN: "arn:aws:iam::111122223333:role/op", Session: op}, "aws:username", ""},
		{op, Principal{ARN: "arn:aws:iam::111122223333:role/op", Session: op}, "aws:principalaccount", "111122223333"},
		{"111122223333", Principal{ARN: "arn:aws:iam::111122223333:root"}, "aws:userid", "111122223333"},
		{"111122223333", Principal{ARN: "arn:aws:iam::111122223333:root"}, "aws:principaltype", "Account"},
		{"arn:aws:iam::111122223333:role/a/op", Principal{ARN: "arn:aws:iam::111122223333:role/a/op"}, "aws:principalarn", "arn:aws:iam::111122223333:role/a/op"},
		{"arn:aws:sts::111122223333:federated-user/x", Principal{ARN: "arn:aws:sts::111122223333:federated-user/x", Session: "arn:aws:sts::111122223333:federated-user/x"},
			"aws:principaltype", "FederatedUser"},
	} {
		got, err := PrincipalOf(tt.arn)
		if err != nil || got != tt.want || got.says(tt.key) != tt.says {
			t.Errorf("PrincipalOf(%s) = %+v, %v; %s is %q", tt.arn, got, err, tt.key, got.says(tt.key))
		}
	}
	for _, arn := range []string{"", "*", "arn:aws:s3:::b", "arn:aws:iam::1:group/x", "arn:aws:sts::1:assumed-role/x", "arn:aws:iam::1:role/"} {
		if got, err := PrincipalOf(arn); err == nil {
			t.Errorf("PrincipalOf(%q) = %+v", arn, got)
		}
	}
	withID := Principal{ARN: "arn:aws:iam::111122223333:role/op", Session: op, ID: "AROAX"}
	if got := withID.says("aws:userid") + " " + (Principal{}).says("aws:userid") + " " + (Principal{}).says("aws:principaltype"); got != "AROAX:s1 anonymous Anonymous" {
		t.Errorf("ids are %s", got)
	}
	service := Principal{Service: "x.amazonaws.com"}
	if got := service.says("aws:principalisawsservice") + service.says("aws:principalservicename"); got != "truex.amazonaws.com" {
		t.Errorf("a service says %s", got)
	}
}

// The evaluator must read what a payer's organization really has.
func exampleSCPs(t testing.TB) []*Policy {
	t.Helper()
	files, err := filepath.Glob("../examples/*/policies/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("find the examples: %v, %v", files, err)
	}
	var all []*Policy
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(doc), `"Statement"`) {
			continue
		}
		p := compiled(t, string(doc))
		p.Name = filepath.Base(file)
		all = append(all, p)
	}
	return all
}

// A vendor's conditions do not mean what they seem to: keys and operators of a
// block must all hold, and ForAnyValue never holds without a value.
func TestVendorPolicies(t *testing.T) {
	byName := map[string]*Policy{}
	for _, p := range exampleSCPs(t) {
		byName[p.Name] = p
	}
	conditional, protections := byName["ConditionalDeny.json"], byName["VocProtections.json"]
	if conditional == nil || protections == nil {
		t.Fatalf("the examples have no ConditionalDeny and VocProtections: %v", byName)
	}
	run := keys{"ec2:InstanceType": {"p4d.24xlarge"}, "ec2:Tenancy": {"default"}}
	if got := Evaluate([]*Policy{conditional}, &Request{Action: "ec2:RunInstances", Context: run}); got.Effect == ExplicitDeny {
		t.Errorf("a large instance of default tenancy: %v", got)
	}
	delete(run, "ec2:Tenancy")
	if got := Evaluate([]*Policy{conditional}, &Request{Action: "ec2:RunInstances", Context: run}); got.Sid() != "RestrictEC2" {
		t.Errorf("a large instance, nothing else being known of it: %v", got)
	}
	create := keys{"rds:DatabaseClass": {"db.r5.large"}}
	if got := Evaluate([]*Policy{conditional}, &Request{Action: "rds:CreateDBInstance", Context: create}); got.Effect == ExplicitDeny {
		t.Errorf("a large database without an engine: %v; ForAnyValue never holds without a value", got)
	}
	put := &Request{Action: "iam:PutRolePolicy", Resource: "arn:aws:iam::111122223333:role/vocareum"}
	put.Principal = Principal{ARN: "arn:aws:iam::111122223333:role/vocareum"}
	if got := Evaluate([]*Policy{protections}, put); got.Effect != ExplicitDeny {
		t.Errorf("the protected role changes itself: %v", got)
	}
	tag := &Request{Action: "iam:TagRole", Resource: put.Resource, Principal: put.Principal}
	if got := Evaluate([]*Policy{protections}, tag); got.Effect == ExplicitDeny {
		t.Errorf("the protected role tags itself: %v", got)
	}
	tag.Principal.ARN = "arn:aws:iam::111122223333:role/other"
	if got := Evaluate([]*Policy{protections}, tag); got.Effect != ExplicitDeny {
		t.Errorf("another role tags the protected one: %v", got)
	}
}

func BenchmarkChain(b *testing.B) {
	scps := exampleSCPs(b)
	levels := []Level{{"root", append(scps, compiled(b, full))}, {"ou/Labs", []*Policy{compiled(b, full)}}, {"account", []*Policy{compiled(b, full)}}}
	requests := make([]Request, 100)
	for i := range requests {
		arn := fmt.Sprintf("arn:aws:iam::%012d:role/lab", i)
		requests[i] = Request{
			Action: "ec2:RunInstances", Resource: fmt.Sprintf("arn:aws:ec2:us-east-1:%012d:instance/*", i), Principal: Principal{ARN: arn},
			Context: keys{"aws:requestedregion": {"us-east-1"}, "ec2:instancetype": {"t3.micro"}},
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Chain(levels, &requests[i%len(requests)])
	}
}
