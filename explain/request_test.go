package explain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// guarded has a Deny for each key that requests may lack.
func guarded(t *testing.T) *Tree {
	t.Helper()
	deny := func(action, condition string) string {
		return `{"Sid":"` + action + `","Effect":"Deny","Action":"a:` + action + `","Resource":"*","Condition":{` + condition + `}}`
	}
	tree, err := New(map[string][]Attached{"": {full, rcps, theirs, on("P",
		deny("Account", `"StringEquals":{"aws:PrincipalAccount":"444455556666"}`),
		deny("Type", `"StringEquals":{"aws:PrincipalType":"AssumedRole"}`),
		deny("Name", `"StringEquals":{"aws:username":"ann"}`),
		deny("Id", `"Null":{"aws:userid":"false"}`),
		deny("Org", `"StringEquals":{"aws:PrincipalOrgID":"o-1"}`),
		deny("Region", `"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}`),
		deny("Via", `"Bool":{"aws:ViaAWSService":"false","aws:SecureTransport":"true"}`),
		deny("Service", `"Bool":{"aws:PrincipalIsAWSService":"false"}`),
		deny("Exempt", `"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}`),
		deny("Until", `"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}`),
		deny("MFA", `"Bool":{"aws:MultiFactorAuthPresent":"true"}`),
		`{"Sid":"Abroad","Effect":"Deny","Action":"a:Both","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}}`,
		`{"Sid":"All","Effect":"Deny","Action":"a:Both","Resource":"*"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	tree.Organization, tree.Management = "o-1", "111122223333"
	if err := tree.Add(Account{Ref: member, ID: "444455556666", On: []Attached{full, rcps}}); err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestImpliedKeys: what aws:PrincipalArn tells is in the request, and no more.
func TestImpliedKeys(t *testing.T) {
	tree := guarded(t)
	const x, ann = "aws:PrincipalArn=arn:aws:iam::444455556666:role/x", "aws:PrincipalArn=arn:aws:iam::444455556666:user/ann"
	for _, tt := range []struct{ account, action, context, want string }{
		{"", "a:Account", x, Deny},
		{"", "a:Account", "aws:principalarn=arn:aws:iam::444455556666:role/x", Deny},
		{"", "a:Account", "", Allow},
		{"", "a:Account", "aws:PrincipalArn=arn:aws:iam::777788889999:role/x", Allow},
		{"", "a:Account", "aws:PrincipalAccount=444455556666", Deny},
		{"", "a:Type", x, Deny},
		{"", "a:Type", ann, Allow},
		{"", "a:Type", "aws:PrincipalAccount=444455556666", Allow},
		{"", "a:Name", ann, Deny},
		{"", "a:Name", x, Allow},
		{"", "a:Id", x, Allow},
		{"", "a:Service", x, Allow},
		{"444455556666", "a:Org", x, Deny},
		{"444455556666", "a:Org", "", Allow},
		{"444455556666", "a:Org", "aws:PrincipalArn=arn:aws:iam::777788889999:role/x", Allow},
		{"", "a:Org", x, Allow},
		{"", "a:Org", "aws:PrincipalArn=arn:aws:iam::111122223333:role/x", Deny},
		{"444455556666", "s3:GetObject", x, Allow},
	} {
		tree.RCPs = strings.HasPrefix(tt.action, "s3:")
		got, err := tree.Ask(Question{Account: tt.account, Action: tt.action, Context: contextOf(t, tt.context)})
		if err != nil || got.Decision != tt.want {
			t.Errorf("%v: %+v, %v", tt, got, err)
		}
	}
	_, err := tree.Ask(Question{Account: "444455556666", Action: "a:Org", Context: contextOf(t, x+";aws:PrincipalOrgID=o-2")})
	if err == nil || !strings.Contains(err.Error(), "aws:PrincipalOrgID is o-1") {
		t.Errorf("another organization: %v", err)
	}
}

// TestNotGiven: where the answer hangs on a key that every request has, it says
// so, and nowhere else.
func TestNotGiven(t *testing.T) {
	const x = "aws:PrincipalArn=arn:aws:iam::444455556666:role/x"
	note := func(key string) string { return key + " was not given; every request has it" }
	for _, tt := range []struct {
		rcps            bool
		action, context string
		decision        string
		want            []string
	}{
		{false, "a:Region", "", Deny, []string{note("aws:RequestedRegion")}},
		{false, "a:Region", "aws:RequestedRegion=us-east-1", Deny, nil},
		{false, "a:Region", "aws:requestedregion=eu-west-1", Allow, nil},
		{false, "a:Via", "", Allow, []string{note("aws:SecureTransport"), note("aws:ViaAWSService")}},
		{false, "a:Via", "aws:SecureTransport=true", Allow, []string{note("aws:ViaAWSService")}},
		{false, "a:Via", "aws:SecureTransport=false", Allow, nil},
		{false, "a:Service", "", Allow, []string{"aws:PrincipalIsAWSService was not given; every signed request has it"}},
		{false, "a:Exempt", "", Deny, []string{"aws:PrincipalArn was not given; every signed request has it"}},
		{false, "a:Exempt", x, Allow, nil},
		{false, "a:Account", "", Allow, []string{note("aws:PrincipalAccount")}},
		{false, "a:Type", "", Allow, []string{note("aws:PrincipalType")}},
		{false, "a:Type", x, Deny, nil},
		{false, "a:Id", x, Allow, []string{"aws:userid was not given; every signed request has it"}},
		{false, "a:Org", "", Allow, []string{"aws:PrincipalOrgID was not given; every request of a member account has it"}},
		{false, "a:Until", "", Allow, []string{note("aws:CurrentTime")}},
		{false, "a:MFA", "", Allow, nil},
		{false, "a:Name", "", Allow, nil},
		{false, "a:Both", "", Deny, nil}, // is denied whatever the region
		{false, "b:Other", "", Allow, nil},
		{true, "s3:GetObject", "", Deny, nil}, // of a stranger the key is missing
	} {
		tree := guarded(t)
		tree.RCPs = tt.rcps
		got, err := tree.Ask(Question{Action: tt.action, Context: contextOf(t, tt.context)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got.Notes); diff != "" || got.Decision != tt.decision {
			t.Errorf("%v: %s (-want +got):\n%s", tt, got.Decision, diff)
		}
	}
	got, err := guarded(t).Ask(Question{Action: "a:Region", Context: map[string][]string{"aws:RequestedRegion": {}}})
	if err != nil || len(got.Notes) > 0 {
		t.Errorf("a key that is said to be missing: %+v, %v", got, err)
	}
}
