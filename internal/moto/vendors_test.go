package moto

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

// TestMotoVendors applies the example of every vendor, as far as moto has the
// services: it has no billing reports and no account quota. Then there is
// nothing left to do.
func TestMotoVendors(t *testing.T) {
	for name, want := range map[string]struct {
		creates   int
		documents map[string]string // inline policy of the vendor's role -> document, minified by hand
	}{
		"labs": {46, map[string]string{"vocareumadmin-policy": `{"Version":"2012-10-17","Statement":[` +
			`{"Effect":"Allow","Action":["organizations:Describe*","organizations:List*"],"Resource":"*"},` +
			`{"Effect":"Allow","Action":["s3:List*","s3:Get*"],"Resource":"arn:aws:s3:::acme-labs-billing"},` +
			`{"Effect":"Allow","Action":["sts:AssumeRole"],"Resource":["arn:aws:iam::*:role/vocareum","arn:aws:iam::*:role/voclabs"]}]}`}},
		"labs-standard": {6, nil},
		"costs":         {9, nil},
		"networks":      {11, nil},
	} {
		t.Run(name, func(t *testing.T) {
			text := example(t, name)
			if name == "networks" {
				// moto takes its time for AWS's own policies in every account.
				t.Setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
				text = strings.Replace(text, "[berlin, lyon, porto, turin]", "[berlin]", 1)
			}
			r := newRepo(t, text)
			r.without = []string{"quota", "billing-report"}
			if got := r.plan()[0].Plan.Summary(); got.Create != want.creates || got.Blocked+got.Waiting > 0 {
				t.Errorf("the plan has %+v, want %d creates", got, want.creates)
			}
			r.apply()
			r.settled()
			for policy, document := range want.documents {
				got, err := r.iam().GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: aws.String("vocareumadmin"), PolicyName: &policy})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(canonicalOf(t, document), canonicalOf(t, aws.ToString(got.PolicyDocument))); diff != "" {
					t.Errorf("%s (-want +got):\n%s", policy, diff)
				}
			}
			if name == "networks" {
				assumable(r)
			}
		})
	}
}

// example is a payer of the example of the vendors, moved into moto's account.
func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/vendors/payers/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	moved := regexp.MustCompile(`accountId: "\d{12}"`).ReplaceAllString(string(text), `accountId: "`+tools.MotoAccount+`"`)
	if moved == string(text) {
		t.Fatal("the example is in moto's account already")
	}
	return moved
}

// canonicalOf is the form in which documents of one meaning are equal.
func canonicalOf(t *testing.T, document string) string {
	t.Helper()
	s, err := iampolicy.Canonical([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// assumable wants a policy of the group for every member, on the role there.
func assumable(r *repo) {
	r.Helper()
	list, err := r.iam().ListGroupPolicies(r.Context(), &iam.ListGroupPoliciesInput{GroupName: aws.String("micetro")})
	if err != nil {
		r.Fatal(err)
	}
	slices.Sort(list.PolicyNames)
	if diff := cmp.Diff([]string{"assume-MicetroAccess-hub", "assume-MicetroAccess-site-berlin"}, list.PolicyNames); diff != "" {
		r.Fatalf("policies of the group (-want +got):\n%s", diff)
	}
	id := *r.ids()("account/aws-hub@acme.example")
	got, err := r.iam().GetGroupPolicy(r.Context(), &iam.GetGroupPolicyInput{GroupName: aws.String("micetro"), PolicyName: aws.String("assume-MicetroAccess-hub")})
	if err != nil {
		r.Fatal(err)
	}
	for _, want := range []string{"sts:assumerole", "arn:aws:iam::" + id + ":role/MicetroAccess"} {
		if doc := canonicalOf(r.T, aws.ToString(got.PolicyDocument)); !strings.Contains(doc, want) {
			r.Errorf("%s is not in %s", want, doc)
		}
	}
}
