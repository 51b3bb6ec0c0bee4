package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

const things = "-- acme.yaml --\n" + head + `
homeRegion: eu-west-1
tags: {team: it}
memberRole: Door
ous: [{name: Labs, ous: [{name: Trial}]}, {name: Security}]
accounts:
  - {name: security, email: sec@acme.example, ou: Security, memberRole: Gate, contacts: {security: {name: A, title: B, email: a@acme.example, phone: "+1 5"}}}
pools:
  - name: students
    ou: Labs/Trial
    ids: [a1, a2]
    account: {name: "${{ id }}", email: "${{ id }}@acme.example", contacts: {billing: null}}
roles:
  - name: vendor
    path: /v/
    description: for the vendor
    trust: {accounts: ["117530877863"], principals: ["${{ user:net.arn }}"], services: [ec2.amazonaws.com], externalId: acme-7f3c, mfa: true}
    maxSessionDuration: 12h
    permissionsBoundary: Optima
    inlinePolicies: {own: {document: &d {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "s3:*", Resource: "${{ bucket:acme-bills.arn }}"}]}}, old: null}
    managedPolicies: ["arn:aws:iam::aws:policy/ReadOnlyAccess", Optima]
    absent: ["arn:aws:iam::111122223333:policy/Gone"]
    handoff: true
    tags: {a: b}
iamPolicies: [{name: Optima, description: costs, document: *d}]
groups:
  - {name: nets, members: [net], absentMembers: [eve], exclusive: true, assume: [{role: Reader, in: {pools: [students]}}]}
users: [{name: net, permissionsBoundary: null, adopt: true}]
memberRoles:
  - {name: Reader, trust: {accounts: ["${{ payer.accountId }}"]}, managedPolicies: ["arn:aws:iam::aws:policy/IAMReadOnlyAccess"], in: {ous: [Labs], accounts: [security], payer: true}}
  - {name: Wide, trust: {services: [lambda.amazonaws.com]}, in: {ous: [/]}, deploy: stackset, stackSet: {failureTolerance: 10%, retainOnAccountRemoval: true}}
buckets:
  - name: acme-bills
    region: us-east-1
    versioning: true
    encryption: {algorithm: "aws:kms", kmsKey: alias/k, bucketKey: true}
    publicAccessBlock: true
    ownership: BucketOwnerEnforced
    lifecycle: [{id: old, prefix: cur/, expireAfterDays: 400, transitions: [{afterDays: 30, storageClass: STANDARD_IA}]}]
    absentLifecycle: [older]
    statements: [{Sid: Pay, Effect: Allow, Principal: {AWS: "${{ role:vendor.arn }}"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-bills/*"}]
    absent: [Gone]
billingReports: [{name: acme, bucket: acme-bills, format: Parquet, artifacts: [ATHENA], elements: [RESOURCES]}]
quotas: {accounts: auto}
contacts: {billing: {name: Bill, title: CFO, email: bill@acme.example, phone: "1"}, operations: null}
`

func TestThings(t *testing.T) {
	p := one(t, things)
	r := p.Roles[0]
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::117530877863:root","${{ user/net.arn }}"]},"Action":"sts:AssumeRole",` +
		`"Condition":{"StringEquals":{"sts:ExternalId":"acme-7f3c"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}},` +
		`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	if got := r.Trust.String(); got != trust {
		t.Errorf("trust\n%s\nwant\n%s", got, trust)
	}
	if r.Path != "/v/" || r.MaxSession != 43200 || !r.Handoff || r.Description.Value() != "for the vendor" || len(r.Tags) != 2 {
		t.Errorf("role %+v", r)
	}
	optima := resource.Output(spec.IAMPolicyRef("Optima"), "arn")
	if !r.Boundary.Equal(optima) || !r.Policies.Managed[1].ARN.Equal(optima) || !r.Policies.Managed[2].Absent || len(r.Policies.Managed) != 3 {
		t.Errorf("boundary %v, managed %+v", r.Boundary, r.Policies.Managed)
	}
	if i := r.Policies.Inline; len(i) != 2 || i[0].Name != "own" || len(i[0].Document.Refs()) != 1 || !i[1].Document.IsNone() {
		t.Errorf("inline %+v", i)
	}
	if u := p.Users[0]; !u.Boundary.IsNone() || !u.Adopt.Adopt {
		t.Errorf("user %+v", u)
	}
	if g := p.Groups[0]; g.Members[0].Value != "net" || g.AbsentMembers[0].Value != "eve" || !g.ExactMembers {
		t.Errorf("group %+v", g)
	}
	if q := p.Quotas.Accounts; q == nil || !q.Auto {
		t.Errorf("quota %+v", q)
	}
	if c := p.Contacts; c.Billing.Name != "Bill" || !c.Operations.Absent || c.Security != nil {
		t.Errorf("contacts %+v", c)
	}
}

func TestMemberRoles(t *testing.T) {
	p := one(t, things)
	direct, wide := p.MemberRoles[0], p.MemberRoles[1]
	var got []string
	for _, a := range direct.Accounts {
		got = append(got, a.Name+" by "+a.MemberRole)
	}
	if diff := cmp.Diff([]string{"security by Gate", "a1 by Door", "a2 by Door"}, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if a := direct.Accounts; a[0].Contacts.Security.Name != "A" || !a[1].Contacts.Billing.Absent || !direct.Payer || a[1].Tags["team"] == nil {
		t.Errorf("accounts %+v", a)
	}
	if len(p.Roles) != 2 || p.Roles[1].Name != "Reader" || direct.StackSet != nil {
		t.Errorf("the payer has the roles %+v", p.Roles)
	}
	want := &spec.StackSet{Pos: wide.StackSet.Pos, Name: "reconciler-Wide", Region: "eu-west-1",
		FailureTolerance: wide.StackSet.FailureTolerance, MaxConcurrent: spec.Amount{Number: 10}, RetainOnAccountRemoval: true}
	if diff := cmp.Diff(want, wide.StackSet); diff != "" || !wide.StackSet.FailureTolerance.Percent {
		t.Errorf("stack set (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{""}, wide.OUs); diff != "" || len(wide.Accounts) != 0 {
		t.Errorf("units (-want +got):\n%s%v", diff, wide.Accounts)
	}
}

func TestBuckets(t *testing.T) {
	p := one(t, things)
	b := p.Buckets[0]
	if b.Region != "us-east-1" || !*b.Versioning || b.Encryption.KMSKey.Value() != "alias/k" || !*b.Encryption.BucketKey ||
		!*b.PublicAccessBlock.RestrictPublicBuckets || b.Lifecycle[0].Transitions[0].Days != 30 || !b.Lifecycle[0].Enabled || b.AbsentLifecycle[0].Value != "older" {
		t.Errorf("bucket %+v", b)
	}
	var got []string
	for _, s := range b.Statements {
		got = append(got, s.Sid+" "+s.Document.String())
	}
	condition := `"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333","aws:SourceArn":"arn:aws:cur:us-east-1:111122223333:definition/*"}}}`
	service := `"Effect":"Allow","Principal":{"Service":"billingreports.amazonaws.com"},"Action":`
	want := []string{
		`Pay {"Sid":"Pay","Effect":"Allow","Principal":{"AWS":"${{ role/vendor.arn }}"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-bills/*"}`,
		`ReconcilerBillingReportsRead {"Sid":"ReconcilerBillingReportsRead",` + service + `["s3:GetBucketAcl","s3:GetBucketPolicy"],"Resource":"arn:aws:s3:::acme-bills",` + condition,
		`ReconcilerBillingReportsWrite {"Sid":"ReconcilerBillingReportsWrite",` + service + `"s3:PutObject","Resource":"arn:aws:s3:::acme-bills/*",` + condition,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
	r, team := p.BillingReports[0], resource.Lit("it")
	wantReport := spec.BillingReport{Pos: r.Pos, Name: "acme", Bucket: "acme-bills", Region: "us-east-1", Prefix: "cur", TimeUnit: "DAILY", Format: "Parquet",
		Compression: "Parquet", Elements: []string{"RESOURCES"}, Artifacts: []string{"ATHENA"}, Versioning: "OVERWRITE_REPORT", Refresh: true,
		Tags: map[string]*resource.Text{"team": &team}}
	if diff := cmp.Diff(wantReport, r); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestAssume(t *testing.T) {
	p := one(t, things)
	i := p.Groups[0].Policies.Inline
	if len(i) != 2 || i[0].Name != "assume-Reader-a1" || i[0].Account.Name != "a1" ||
		i[0].Document.String() != `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::${{ account/a1@acme.example.id }}:role/Reader"}]}` {
		t.Errorf("inline %+v", i)
	}
	pool := strings.Replace(things, "ids: [a1, a2]", "ids: {from: 1, count: COUNT}", 1)
	for _, tt := range []struct {
		count, least, most string
	}{
		{"60", `"Resource":["arn:aws:iam::${{ account/1@acme.example.id }}:role/Reader",`, `${{ account/60@acme.example.id }}:role/Reader"]}]}`},
		{"500", `"Resource":"arn:aws:iam::*:role/Reader","Condition":{`, `"aws:ResourceOrgID":"${{ organization.id }}"}}}]}`},
	} {
		p := one(t, strings.Replace(pool, "COUNT", tt.count, 1))
		g := p.Groups[0].Policies
		if len(g.Inline) != 0 || len(g.Managed) != 1 || !g.Managed[0].ARN.Equal(resource.Output(spec.IAMPolicyRef("nets-assume-Reader"), "arn")) {
			t.Errorf("%s accounts: inline %+v, managed %+v", tt.count, g.Inline, g.Managed)
		}
		policy := p.IAMPolicies[1]
		if got := policy.Document.String(); policy.Name != "nets-assume-Reader" || !strings.Contains(got, tt.least) || !strings.HasSuffix(got, tt.most) {
			t.Errorf("%s accounts: %s %s", tt.count, policy.Name, got)
		}
	}
}

func TestDefaultsOfQuotasAndContacts(t *testing.T) {
	p := one(t, "-- payers/a.yaml --\n"+head+`
contacts: {billing: {name: Own, title: T, email: a@acme.example, phone: "1"}}
roles: [{name: r, trust: {file: trust.json}, inlinePolicies: {p: {file: p.json}}}]
-- d.yaml --
apiVersion: reconciler/v1
kind: Defaults
quotas: {accounts: 300}
contacts: {billing: null, security: {name: Sec, title: T, email: s@acme.example, phone: "2"}}
limits: {trustCharacters: 4096}
-- trust.json --
{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Principal": {"AWS": "${{ payer.accountId }}"}, "Action": "sts:AssumeRole"}
}
-- p.json --
{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "${{ organization.arn }}"}}
`)
	if q := p.Quotas.Accounts; q == nil || q.Auto || q.Number != 300 || q.Pos.File != "d.yaml" {
		t.Errorf("quota %+v", q)
	}
	if c := p.Contacts; c.Billing.Absent || c.Billing.Name != "Own" || c.Security.Name != "Sec" || c.Operations != nil {
		t.Errorf("contacts %+v", c)
	}
	r := p.Roles[0]
	if r.Trust.Value() != `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}` || p.Limits.Trust() != 4096 {
		t.Errorf("trust %s of %d", r.Trust, p.Limits.Trust())
	}
	if i := r.Policies.Inline[0]; i.Source != "p.json" || len(i.Document.Refs()) != 1 {
		t.Errorf("inline %+v", i)
	}
	if r.Description != nil || r.MaxSession != 0 || r.Boundary != nil || r.Path != "/" {
		t.Errorf("what is not set is managed: %+v", r)
	}
}

// TestReferencesToThings: every output that a thing has, in texts and documents.
func TestReferencesToThings(t *testing.T) {
	p := one(t, things+`
policies:
  - name: P
    description: "${{ role:vendor.name }} ${{ group:nets.arn }} ${{ quota.accounts }} ${{ role:Reader.arn }}"
    document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: "s3:*", Resource: ["${{ bucket:acme-bills.arn }}/*", "arn:aws:s3:::${{ bucket:acme-bills.name }}"],
      Condition: {ArnEquals: {"aws:PrincipalArn": ["${{ role:vendor.arn }}", "${{ user:net.arn }}", "${{ iamPolicy:Optima.arn }}"]}}}]}
`)
	want := []resource.Ref{spec.RoleRef("vendor"), spec.GroupRef("nets"), spec.QuotaRef, spec.RoleRef("Reader")}
	if diff := cmp.Diff(want, p.Policies[0].Description.Refs()); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}
	want = []resource.Ref{spec.BucketRef("acme-bills"), spec.RoleRef("vendor"), spec.UserRef("net"), spec.IAMPolicyRef("Optima")}
	if diff := cmp.Diff(want, p.Policies[0].Document.Refs()); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	for _, tt := range []struct{ ref, mistake string }{
		{"${{ quota.accounts }}", "the file has no quotas.accounts"},
		{"${{ quota:x.accounts }}", "there is one quota: write ${{ quota.accounts }}"},
		{"${{ role:x.arn }}", `no role "x"`},
		{"${{ role.arn }}", "which role? write ${{ role:NAME.arn }}"},
		{"${{ bucket:x.id }}", `bucket has no output "id"; it has arn, name`},
		{"${{ iampolicy:x.arn }}", `no thing "iampolicy" (did you mean "iamPolicy"?)`},
	} {
		wants(t, "tags: {a: \""+tt.ref+"\"}\n", tt.mistake)
	}
}

// TestAssumeOfTwoRoles has a policy for each role and account.
func TestAssumeOfTwoRoles(t *testing.T) {
	p := one(t, strings.Replace(things, "in: {pools: [students]}}]", "in: {pools: [students]}}, {role: Other, path: /p/, in: {accounts: [a2]}}]", 1))
	var names []string
	for _, i := range p.Groups[0].Policies.Inline {
		names = append(names, i.Name)
	}
	if diff := cmp.Diff([]string{"assume-Reader-a1", "assume-Reader-a2", "assume-Other-a2"}, names); diff != "" {
		t.Errorf("inline policies (-want +got):\n%s", diff)
	}
	if got := p.Groups[0].Policies.Inline[2].Document.String(); !strings.Contains(got, `"Resource":"arn:aws:iam::${{ account/a2@acme.example.id }}:role/p/Other"`) {
		t.Errorf("the policy of Other is %s", got)
	}
	if !p.Groups[0].Policies.Assume || p.Users[0].Policies.Assume {
		t.Errorf("assume is set for the group alone")
	}
}
