package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

// The organization o-inside00001 has the payer 111122223333 and the member
// 222233334444; 444455556666 and 555566667777 are accounts of others.
const (
	member = `{"AWS": "arn:aws:iam::222233334444:root"}`
	other  = `{"AWS": "arn:aws:iam::444455556666:root"}`
	canon  = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
	github = `{"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`
)

func inside(p *planner.Plan) report.Input {
	return report.Input{Name: "acme", AccountID: "111122223333", Plan: p, Organization: "o-inside00001",
		Members: map[string]bool{"111122223333": true, "222233334444": true}}
}

// allows is a statement; condition may be "".
func allows(principal, condition string) string {
	if condition != "" {
		condition = `, "Condition": ` + condition
	}
	return `{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": ` + principal + condition + `}`
}

func policyOf(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`
}

// stack is a template of CloudFormation with a role of this trust.
func stack(trust string) string {
	return `{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r",
		"AssumeRolePolicyDocument": ` + trust + `, "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}}}}`
}

// TestForeign is whom a document lets in, by hand: "" is nobody from outside.
func TestForeign(t *testing.T) {
	for _, tt := range []struct{ name, document, want string }{
		{"a member", policyOf(allows(member, "")), ""},
		{"an account", policyOf(allows(other, "")), "444455556666"},
		{"an account by its id", policyOf(allows(`{"AWS": ["444455556666", "222233334444"]}`, "")), "444455556666"},
		{"an account as a number", policyOf(allows(`{"AWS": 444455556666}`, "")), "444455556666"},
		{"a role of an account", policyOf(allows(`{"AWS": "arn:aws:iam::444455556666:role/hub"}`, "")), "444455556666"},
		{"a session", policyOf(allows(`{"AWS": "arn:aws-us-gov:sts::444455556666:assumed-role/hub/me"}`, "")), "444455556666"},
		{"a principal that is gone", policyOf(allows(`{"AWS": "AROAEXAMPLEEXAMPLE123"}`, "")), ""},
		{"an account to be made", policyOf(allows(`{"AWS": "arn:aws:iam::${{ account/a@acme.example.id }}:root"}`, "")), ""},
		{"an identity of CloudFront", policyOf(allows(`{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}`, "")),
			"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},
		{"denied", policyOf(strings.Replace(allows(other, ""), "Allow", "Deny", 1)), ""},
		{"two statements", policyOf(allows(member, ""), allows(other, "")), "444455556666"},
		{"one statement, in no list", `{"Statement": ` + allows(other, "") + `}`, "444455556666"},
		{"a statement alone", allows(other, ""), "444455556666"},
		{"a service", policyOf(allows(`{"Service": "ec2.amazonaws.com"}`, "")), ""},
		{"a service on behalf of anyone", allows(`{"Service": "cloudtrail.amazonaws.com"}`, ""), ""},
		{"an account with an external id", policyOf(allows(other, `{"StringEquals": {"sts:ExternalId": "x"}}`)), "444455556666"},

		{"anyone", policyOf(allows(`"*"`, "")), "*"},
		{"anyone as AWS", policyOf(allows(`{"AWS": ["*"]}`, "")), "*"},
		{"all accounts by a pattern", policyOf(allows(`{"AWS": "arn:aws:iam::*:root"}`, "")), "*"},
		{"all but one", `{"Effect": "Allow", "NotPrincipal": ` + member + `}`, "*"},
		{"all but one are denied", `{"Effect": "Deny", "NotPrincipal": ` + member + `}`, ""},
		{"all but one, of the organization", `{"Effect": "Allow", "NotPrincipal": ` + member + `, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-inside00001"}}}`, ""},

		{"the organization", allows(`"*"`, `{"StringEquals": {"aws:PrincipalOrgID": "o-inside00001"}}`), ""},
		{"the organization in other letters", allows(`"*"`, `{"stringequals": {"AWS:principalorgid": ["o-inside00001"]}}`), ""},
		{"the organization of the resource", allows(`"*"`, `{"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}`), ""},
		{"the organization by reference", allows(`"*"`, `{"StringEquals": {"aws:PrincipalOrgID": "${{ organization.id }}"}}`), ""},
		{"another organization", allows(`"*"`, `{"StringEquals": {"aws:PrincipalOrgID": ["o-inside00001", "o-other000001"]}}`), "o-other000001"},
		{"all organizations", allows(`"*"`, `{"StringLike": {"aws:PrincipalOrgID": "o-*"}}`), "*"},
		{"its own organization", allows(`"*"`, `{"StringEquals": {"aws:PrincipalOrgID": "${aws:PrincipalOrgID}"}}`), "*"},
		{"a path", allows(`"*"`, `{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-inside00001/r-1/ou-1/*"}}`), ""},
		{"a path of another", allows(`"*"`, `{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-other000001/*"}}`), "o-other000001"},
		{"a path that reads like a reference", allows(`"*"`, `{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-other000001/${{ x }}/*"}}`), "o-other000001"},
		{"a path of all", allows(`"*"`, `{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*/r-1/*"}}`), "*"},
		{"all of none", allows(`"*"`, `{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-inside00001/*"}}`), "*"},
		{"all of some", allows(`"*"`, `{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-inside00001/*"}, "Null": {"aws:PrincipalOrgPaths": "false"}}`), ""},
		{"if it is there", allows(`"*"`, `{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-inside00001"}}`), "*"},
		{"not the organization", allows(`"*"`, `{"StringNotEquals": {"aws:PrincipalOrgID": "o-inside00001"}}`), "*"},
		{"any organization", allows(`"*"`, `{"Null": {"aws:PrincipalOrgID": "false"}}`), "*"},
		{"services for the organization", allows(`"*"`, `{"StringEquals": {"aws:SourceOrgID": "o-inside00001"}}`), ""},

		{"an account in the condition", policyOf(allows(`{"AWS": "*"}`, `{"StringEquals": {"aws:PrincipalAccount": "444455556666"}}`)), "444455556666"},
		{"accounts in the condition", allows(`"*"`, `{"StringLike": {"aws:PrincipalAccount": ["555566667777", "444455556666", "222233334444"]}}`), "444455556666 555566667777"},
		{"the account of the resource", allows(`"*"`, `{"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}`), ""},
		{"any account", allows(`"*"`, `{"StringLike": {"aws:PrincipalAccount": ["222233334444", "????????????"]}}`), "*"},
		{"its own account", allows(`"*"`, `{"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}`), "*"},
		{"no account", allows(`"*"`, `{"StringEquals": {"aws:PrincipalAccount": []}}`), "*"},
		{"a principal", allows(`"*"`, `{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::222233334444:role/ops"}}`), ""},
		{"principals of an account", allows(`"*"`, `{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}`), "444455556666"},
		{"a pattern that ends in the account", allows(`"*"`, `{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666*"}}`), "444455556666"},
		{"principals of the resource's account", allows(`"*"`, `{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:role/*"}}`), ""},
		{"any principal", allows(`"*"`, `{"StringLike": {"aws:PrincipalArn": "*"}}`), "*"},
		{"any principal of a name", allows(`"*"`, `{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops"}}`), "*"},
		{"any principal of a name in a pattern", allows(`"*"`, `{"StringLike": {"aws:PrincipalArn": "*:role/ops"}}`), "*"},
		{"a source of a member", allows(`"*"`, `{"StringEquals": {"aws:SourceAccount": "222233334444"}}`), ""},
		{"a source of another", allows(`"*"`, `{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:444455556666:*"}}`), "444455556666"},
		{"a source without an account", allows(`"*"`, `{"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::their-bucket"}}`), "arn:aws:s3:::their-bucket"},
		{"services only", allows(`"*"`, `{"Bool": {"aws:PrincipalIsAWSService": "true"}}`), ""},
		{"all but services", allows(`"*"`, `{"Bool": {"aws:PrincipalIsAWSService": "false"}}`), "*"},
		{"access points of an account", allows(`"*"`, `{"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}}`), ""},
		{"a user's id", allows(`"*"`, `{"StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLE123:*"}}`), "AROAEXAMPLEEXAMPLE123:*"},
		{"any user's session", allows(`"*"`, `{"StringLike": {"aws:userid": "*:ops"}}`), "*"},
		{"two conditions", allows(`"*"`, `{"StringEquals": {"aws:PrincipalOrgID": "o-inside00001", "aws:PrincipalAccount": "444455556666"}}`), ""},
		{"a condition that binds and one that does not", allows(`"*"`, `{"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalAccount": "444455556666"}}`), "444455556666"},

		{"over TLS", allows(`"*"`, `{"Bool": {"aws:SecureTransport": "true"}}`), "*"},
		{"a tag that anyone sets", allows(`"*"`, `{"StringEquals": {"aws:PrincipalTag/team": "ops"}}`), "*"},
		{"with a secret", policyOf(allows(`"*"`, `{"StringEquals": {"sts:ExternalId": "x"}}`)), "*"},
		{"an address", allows(`"*"`, `{"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "198.51.100.7"]}}`), "* from 192.0.2.0/24 * from 198.51.100.7"},
		{"all addresses", allows(`"*"`, `{"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}`), "*"},
		{"not an address", allows(`"*"`, `{"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}`), "*"},
		{"an endpoint", allows(`"*"`, `{"StringEquals": {"aws:SourceVpce": "vpce-1a2b"}}`), "* from vpce-1a2b"},
		{"any endpoint", allows(`"*"`, `{"StringLike": {"aws:SourceVpce": "vpce-*"}}`), "*"},
		{"an address in the organization", allows(`"*"`, `{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "StringEquals": {"aws:PrincipalOrgID": "o-inside00001"}}`), ""},

		{"an account once it is a member", policyOf(allows(other, `{"StringEquals": {"aws:PrincipalOrgID": "o-inside00001"}}`)), ""},
		{"an account of its organization", policyOf(allows(other, `{"StringEquals": {"aws:PrincipalOrgID": "o-other000001"}}`)), "444455556666"},
		{"an account that is another", policyOf(allows(other, `{"StringEquals": {"aws:PrincipalAccount": "555566667777"}}`)), ""},
		{"a role by the account and its ARN", policyOf(allows(other, `{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/hub"}}`)), "444455556666"},

		{"a canonical user", allows(`{"CanonicalUser": "`+canon+`"}`, ""), "CanonicalUser " + canon},
		{"a provider", policyOf(allows(`{"Federated": "cognito-identity.amazonaws.com"}`, "")), "Federated cognito-identity.amazonaws.com"},
		{"a pool of a provider", policyOf(allows(`{"Federated": "cognito-identity.amazonaws.com"}`, `{"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1"}}`)), ""},
		{"all of GitHub", policyOf(allows(github, `{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}`)), "Federated arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		{"all repositories of GitHub", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}`)), "Federated arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		{"GitHub: a branch of all repositories", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*:ref:refs/heads/main"}}`)), "Federated arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		{"GitHub: repositories of one name", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*/infra:*"}}`)), "Federated arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		{"GitHub: owners that begin alike", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme*"}}`)), "Federated arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		{"GitHub: an environment of all", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:sub": "*:environment:prod"}}`)), "Federated arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		{"GitHub: an environment alone", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:environment": "prod"}}`)), "Federated arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		{"GitHub: the issuer alone", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:iss": "https://token.actions.githubusercontent.com"}}`)), "Federated arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		{"GitHub: an audience that the caller writes", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:aud": "https://acme.example"}}`)), "Federated arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		{"GitHub: all repositories of an owner", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}`)), ""},
		{"GitHub: an owner by its claim", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:repository_owner": "acme"}}`)), ""},
		{"GitHub: a branch exactly", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/payers:ref:refs/heads/main"}}`)), ""},
		{"Cognito: whoever is signed in to any pool", policyOf(allows(`{"Federated": "cognito-identity.amazonaws.com"}`, `{"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}`)), "Federated cognito-identity.amazonaws.com"},
		{"a cluster's service account", policyOf(allows(`{"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1"}`, `{"StringLike": {"oidc.eks.eu-west-1.amazonaws.com/id/A1:sub": "system:serviceaccount:prod:*"}}`)), ""},
		{"a repository of GitHub", policyOf(allows(github, `{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/payers:*"}}`)), ""},
		{"SAML", policyOf(allows(`{"Federated": "arn:aws:iam::111122223333:saml-provider/acme"}`, `{"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}`)), ""},
		{"a provider of an account", policyOf(allows(`{"Federated": "arn:aws:iam::444455556666:saml-provider/x"}`, `{"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}`)), "444455556666"},

		{"a template", stack(policyOf(allows(other, ""))), "444455556666"},
		{"a template of members", stack(policyOf(allows(member, ""))), ""},
		{"a template for anyone", stack(policyOf(allows(`"*"`, `{"StringLike": {"aws:PrincipalArn": "*"}}`))), "*"},
		{"a template for its account", stack(policyOf(allows(`{"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}`, ""))), ""},
		{"a template for its account by Ref", stack(policyOf(allows(`{"AWS": {"Ref": "AWS::AccountId"}}`, ""))), ""},
		{"a template that joins", stack(policyOf(allows(`{"AWS": {"Fn::Join": ["", ["arn:aws:iam::", "444455556666", ":root"]]}}`, ""))), "444455556666"},

		{"words", "Effect: Allow, Principal: *", ""},
		{"broken JSON", `{"Statement": [{"Effect": "Allow", "Principal": "*"`, ""},
	} {
		p := &planner.Plan{Changes: []planner.Change{made("role", "r", attrs("trust", tt.document))}}
		got := strings.Join(report.New(inside(p)).Payers[0].Changes[0].Foreign, " ")
		if got != tt.want {
			t.Errorf("%s: it lets in %q, want %q\n%s", tt.name, got, tt.want, tt.document)
		}
		if tt.want != "" && !json.Valid([]byte(tt.document)) {
			t.Errorf("%s is not JSON", tt.name)
		}
	}
}

// TestForeignIsWhatChanges: whom an update newly lets in, and whom it asks for an
// external id no longer, in JSON, text and Markdown.
func TestForeignIsWhatChanges(t *testing.T) {
	asks := `{"StringEquals": {"sts:ExternalId": "s3cr3t"}}`
	for _, tt := range []struct {
		name, before, after   string
		foreign, noExternalID []string
		text, markdown        string
	}{
		{name: "it stays", before: policyOf(allows(other, "")), after: policyOf(allows(member, ""), allows(other, ""))},
		{name: "anyone before", before: policyOf(allows(`"*"`, "")), after: policyOf(allows(other, ""))},
		{name: "the external id goes", before: policyOf(allows(other, asks)), after: policyOf(allows(other, "")), noExternalID: []string{"444455556666"},
			text: "! no longer asks account 444455556666 for an external id\n", markdown: "> - `role/r` no longer asks account `444455556666` for an external id\n"},
		{name: "the external id is anything", before: policyOf(allows(other, asks)), after: policyOf(allows(other, `{"StringLike": {"sts:ExternalId": "*"}}`)), noExternalID: []string{"444455556666"}},
		{name: "the external id if there is one", before: policyOf(allows(other, asks)), after: policyOf(allows(other, `{"StringEqualsIfExists": {"sts:ExternalId": "s3cr3t"}}`)), noExternalID: []string{"444455556666"}},
		{name: "another way in beside it", before: policyOf(allows(other, asks)), after: policyOf(allows(other, asks), allows(`{"AWS": "arn:aws:iam::444455556666:role/hub"}`, "")), noExternalID: []string{"444455556666"}},
		{name: "another external id", before: policyOf(allows(other, asks)), after: policyOf(allows(other, `{"StringEquals": {"sts:ExternalId": "new"}}`))},
		{name: "it was not asked of all", before: policyOf(allows(other, asks), allows(other, "")), after: policyOf(allows(other, ""))},
		{name: "a member's external id goes", before: policyOf(allows(member, asks)), after: policyOf(allows(member, ""))},
		{name: "the condition goes", before: policyOf(allows(`"*"`, `{"StringEquals": {"aws:PrincipalOrgID": "o-inside00001"}}`)), after: policyOf(allows(`"*"`, "")), foreign: []string{"*"},
			text: "! lets in anyone, of whatever organization\n", markdown: "> - `role/r` lets in anyone, of whatever organization\n"},
		{name: "a provider, of anyone before", before: policyOf(allows(`"*"`, "")), after: policyOf(allows(`{"Federated": "accounts.google.com"}`, "")), foreign: []string{"Federated accounts.google.com"},
			text: "! lets in whoever signs in with accounts.google.com, who may be of any organization\n", markdown: "lets in whoever signs in with `accounts.google.com`, who may be of any organization\n"},
		{name: "another organization", after: allows(`"*"`, `{"StringEquals": {"aws:PrincipalOrgID": "o-other000001"}}`), foreign: []string{"o-other000001"},
			text: "! lets in organization o-other000001, which is not this one\n", markdown: "lets in organization `o-other000001`, which is not this one\n"},
		{name: "an account and an organization", after: policyOf(allows(other, ""), allows(`"*"`, `{"StringEquals": {"aws:PrincipalOrgID": "o-other000001"}}`)), foreign: []string{"444455556666", "o-other000001"},
			text: "! lets in account 444455556666, organization o-other000001, which are not of this organization\n"},
		{name: "a place", after: allows(`"*"`, `{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}`), foreign: []string{"* from 192.0.2.0/24"},
			text: "! lets in anyone from 192.0.2.0/24, who may be of any organization\n"},
		{name: "a canonical user", after: allows(`{"CanonicalUser": "`+canon+`"}`, ""), foreign: []string{"CanonicalUser " + canon},
			text: "! lets in canonical user " + canon + ", who may be of any organization\n"},
		{name: "one comes and another's external id goes", before: policyOf(allows(other, asks)), after: policyOf(allows(`{"AWS": ["444455556666", "555566667777"]}`, "")),
			foreign: []string{"555566667777"}, noExternalID: []string{"444455556666"},
			markdown: "> - `role/r` lets in account `555566667777`, which is not of this organization, and no longer asks account `444455556666` for an external id\n"},
	} {
		c := change(planner.Update, ref("role", "r"), 1)
		c.Fields = []planner.Field{lit("trust", tt.before, tt.after)}
		if tt.before == "" {
			c.Fields[0].Before = resource.None()
		}
		r := report.New(inside(&planner.Plan{Changes: []planner.Change{c}}))
		got := r.Payers[0].Changes[0]
		if diff := cmp.Diff([][]string{tt.foreign, tt.noExternalID}, [][]string{got.Foreign, got.NoExternalID}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		s := asMarkdown(t, r, report.MarkdownOptions{})
		inPlace(t, r, s)
		if text := textOf(t, r); !strings.Contains(text, tt.text) || !strings.Contains(s, tt.markdown) {
			t.Errorf("%s: it is\n%s%s", tt.name, text, s)
		}
		if told := len(tt.foreign)+len(tt.noExternalID) > 0; told != strings.Contains(s, "[!WARNING]") {
			t.Errorf("%s: a warning is there: %v\n%s", tt.name, !told, s)
		}
	}
}

// TestStackSetSaysIntoHowManyAccounts it lets somebody: those in its units and
// below them, each once.
func TestStackSetSaysIntoHowManyAccounts(t *testing.T) {
	for _, tt := range []struct {
		kind, trust string
		units       []string
		want        int
		text        string
	}{
		{"stack-set", other, []string{"ous.Vocareum"}, 1300, "which is not of this organization (in 1,300 accounts)"},
		{"stack-set", other, []string{"ous.Vocareum", "ous.Vocareum/Trial", "ous.Security"}, 1301, "(in 1,301 accounts)"},
		{"stack-set", other, []string{"ous./"}, 1303, "(in 1,303 accounts)"},
		{"stack-set", other, []string{"ous.Security"}, 1, "(in 1 account)"},
		{"stack-set", other, []string{"ous.New", "ous.Voc"}, 0, "which is not of this organization\n"},
		{"stack-set", member, []string{"ous.Vocareum"}, 0, ""},
		{"role", other, []string{"ous.Vocareum"}, 0, "which is not of this organization\n"},
	} {
		c := made(tt.kind, "reconciler-M", attrs("template", `{"Resources":{"Role":`+policyOf(allows(tt.trust, ""))+`}}`))
		if tt.kind == "role" {
			c.Want.Attrs = attrs("trust", policyOf(allows(tt.trust, "")))
		}
		for _, u := range tt.units {
			c.Want.Attrs[u] = resource.Lit("deployed")
		}
		in := inside(&planner.Plan{Changes: []planner.Change{c}})
		in.Tree = []report.Unit{{After: 2}, {Path: "New"}, {Path: "Security", After: 1}, {Path: "Vocareum", Before: 900, After: 1288}, {Path: "Vocareum/Trial", After: 12}}
		r := report.New(in)
		s, text := asMarkdown(t, r, report.MarkdownOptions{}), textOf(t, r)
		inPlace(t, r, s)
		if got := r.Payers[0].Changes[0].ForeignAccounts; got != tt.want || !strings.Contains(text, tt.text) || !strings.Contains(s, tt.text) || (tt.want == 0) == strings.Contains(s, "(in ") {
			t.Errorf("%s of %v: %d, want %d\n%s%s", tt.kind, tt.units, got, tt.want, text, s)
		}
		if err := fits(compiled(t), r); err != nil {
			t.Error(err)
		}
	}
}
