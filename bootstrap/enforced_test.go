package bootstrap_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/bootstrap"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// runner is the account that the tool runs in, outside the payer.
const runner = "444455556666"

// services are the SDK's names of what the simulator calls services.
var services = map[string]string{
	"sts": "STS", "organizations": "Organizations", "account": "Account", "tagging": "Resource Groups Tagging API",
	"iam": "IAM", "s3": "S3", "cur": "Cost and Usage Report Service", "servicequotas": "Service Quotas", "cloudformation": "CloudFormation",
}

// site is a payer on an AWS that holds every call against the policies of who
// makes it, with the role of bootstrap in it.
type site struct {
	*testing.T
	sim   *awssim.Server
	admin *iam.Client
	needs bootstrap.Needs
}

// client is the transport as the SDK asks for it.
type client struct{ http.RoundTripper }

func (c client) Do(r *http.Request) (*http.Response, error) { return c.RoundTrip(r) }

func newSite(t *testing.T, p *spec.Payer) *site {
	t.Helper()
	if p.Access == nil {
		p.Access = &spec.Access{RoleARN: "arn:aws:iam::" + p.AccountID + ":role/reconciler", ExternalID: "acme-7f3c"}
	}
	s := &site{T: t, sim: awssim.New(awssim.Options{Enforce: true}), needs: bootstrap.For(p, bootstrap.Options{Trust: runner})}
	id, secret := s.sim.Key(p.AccountID)
	s.admin = iam.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: client{s.sim.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
	for _, policy := range []bootstrap.Policy{s.needs.Plan, s.needs.Apply} {
		document := policy.Document()
		if _, err := s.admin.CreatePolicy(t.Context(), &iam.CreatePolicyInput{PolicyName: &policy.Name, PolicyDocument: &document}); err != nil {
			t.Fatal(err)
		}
	}
	trust := s.needs.TrustPolicy()
	if _, err := s.admin.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &s.needs.Role, Path: &s.needs.Path, AssumeRolePolicyDocument: &trust}); err != nil {
		t.Fatal(err)
	}
	s.attach(s.needs.Plan)
	return s
}

// attach gives the role one of its policies.
func (s *site) attach(p bootstrap.Policy) {
	s.Helper()
	arn := "arn:aws:iam::" + s.needs.AccountID + ":policy/" + p.Name
	if _, err := s.admin.AttachRolePolicy(s.Context(), &iam.AttachRolePolicyInput{RoleName: &s.needs.Role, PolicyArn: &arn}); err != nil {
		s.Fatal(err)
	}
}

// open enters the payer by its role, from the account of the runner.
func (s *site) open(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
	id, secret := s.sim.Key(runner)
	return cloud.Open(ctx, cloud.Options{
		Payer: p.Name, AccountID: p.AccountID, Region: p.HomeRegion, RoleARN: p.Access.RoleARN, ExternalID: p.Access.ExternalID,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: client{s.sim.Transport()},
	})
}

func (s *site) plan(p *spec.Payer) *reconcile.Planned {
	s.Helper()
	planned, err := reconcile.Plan(s.Context(), p, reconcile.Options{Kinds: kinds.All(), Open: s.open})
	if err != nil {
		s.Fatalf("plan: %v", err)
	}
	return planned
}

// listed fails the test where the tool has called what the table does not have.
func (s *site) listed(called map[string]bool) {
	s.Helper()
	rows := map[string]bootstrap.Row{}
	for _, r := range bootstrap.Table() {
		rows[r.Service+" "+r.Operation] = r
	}
	for _, c := range s.sim.Calls() {
		name := services[c.Service] + " " + c.Operation
		called[name] = true
		if r, ok := rows[name]; !ok {
			s.Errorf("%s is called and not in the table", name)
		} else if r.Write != c.Write {
			s.Errorf("%s: the table says write is %v", name, r.Write)
		}
	}
}

// payers are those of the examples, and one with all that these have not.
func payers(t *testing.T) []*spec.Payer {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../examples")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"examples/.git/HEAD": "ref: refs/heads/main\n", "examples/whole/payers/whole.yaml": whole} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	repos, err := filepath.Glob(filepath.Join(dir, "examples", "*", "payers"))
	if err != nil || len(repos) < 4 {
		t.Fatalf("examples %v, %v", repos, err)
	}
	var all []*spec.Payer
	for _, repo := range repos {
		if err := os.RemoveAll(filepath.Join(filepath.Dir(repo), "accounts")); err != nil {
			t.Fatal(err)
		}
		list, err := spec.Load([]string{repo}, spec.Options{Presets: presets.FS})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

// whole has something of every kind, with every field that costs a call.
const whole = `apiVersion: reconciler/v1
kind: Payer
name: whole
accountId: "555566667777"
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY], trustedServices: [account.amazonaws.com]}
tags: {owner: ops}
policies: [{name: NoS3, document: {Version: 2012-10-17, Statement: {Effect: Deny, Action: "s3:*", Resource: "*"}}}]
ous: [{name: Labs, policies: [NoS3]}]
accounts: [{name: sec, email: sec@acme.example, ou: Labs, contacts: {security: {name: Sec, title: Sec, email: sec@acme.example, phone: "+1 555 0100"}}}]
iamPolicies: [{name: Reader, document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "s3:Get*", Resource: "*"}}}]
roles:
  - name: reader
    description: Reads
    maxSessionDuration: 2h
    permissionsBoundary: arn:aws:iam::aws:policy/ReadOnlyAccess
    trust: {accounts: ["444455556666"], externalId: acme-7f3c}
    managedPolicies: [Reader]
    inlinePolicies: {list: {document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "s3:List*", Resource: "*"}}}}
users: [{name: bob, managedPolicies: [Reader], inlinePolicies: {list: {document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "s3:List*", Resource: "*"}}}}}]
groups: [{name: readers, members: [bob], managedPolicies: [Reader], inlinePolicies: {list: {document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "s3:List*", Resource: "*"}}}}}]
memberRoles:
  - {name: audit, in: {ous: [Labs]}, deploy: stackset, trust: {accounts: ["555566667777"]}, managedPolicies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
  - {name: direct, in: {accounts: [sec]}, trust: {accounts: ["555566667777"]}, managedPolicies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
buckets:
  - name: acme-whole-billing
    versioning: true
    encryption: {algorithm: AES256}
    publicAccessBlock: true
    ownership: BucketOwnerEnforced
    lifecycle: [{id: old, prefix: cur/, expireAfterDays: 400}]
billingReports: [{name: whole, bucket: acme-whole-billing, prefix: cur, timeUnit: DAILY, format: Parquet}]
quotas: {accounts: auto}
contacts: {billing: {name: Bill, title: Finance, email: bill@acme.example, phone: "+1 555 0101"}}
`

// TestPoliciesSuffice runs every example with the role of bootstrap, on an AWS
// that enforces its policies: the one for plan plans and changes nothing, both
// together apply, and nothing is called that the table does not name.
func TestPoliciesSuffice(t *testing.T) {
	called := map[string]bool{}
	for _, p := range payers(t) {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, p)
				s.sim.ResetCalls()
				planned := s.plan(p)
				if _, err := planned.Apply(t.Context(), reconcile.ApplyOptions{}); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
					t.Errorf("apply with the policy of plan: %v", err)
				}
				if _, done := s.sim.Writes(); done != 4 { // those of newSite
					t.Errorf("%d writes were done with the policy of plan", done-4)
				}
				s.attach(s.needs.Apply)
				a, err := s.plan(p).Apply(t.Context(), reconcile.ApplyOptions{})
				if err != nil {
					t.Fatalf("apply: %v", err)
				}
				for i, o := range a.Result.Outcomes {
					if o != executor.Done {
						t.Errorf("change %d: %s %v", i, o, a.Result.Errs[i])
					}
				}
				if again := s.plan(p); len(again.Plan.Changes) > 0 {
					t.Errorf("a second plan has %d changes, such as %s", len(again.Plan.Changes), again.Plan.Changes[0].Ref)
				}
				s.listed(called)
			})
		})
	}
	for _, name := range []string{"IAM CreateRole", "S3 PutBucketPolicy", "CloudFormation CreateStackSet", "STS AssumeRole",
		"Cost and Usage Report Service PutReportDefinition", "Account PutAlternateContact", "Service Quotas ListServiceQuotas"} {
		if !called[name] {
			t.Errorf("no example calls %s", name)
		}
	}
}

// TestLeaseSuffices: the policy for plan reads whether the payer is paused, and
// both together take the lease, pause, and let go.
func TestLeaseSuffices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &spec.Payer{Name: "acme", AccountID: "111122223333", HomeRegion: "us-east-1", Lease: &spec.Lease{Bucket: "acme-billing", Key: "acme.lease"}}
		s := newSite(t, p)
		id, secret := s.sim.Key(p.AccountID)
		admin := s3.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: client{s.sim.Transport()}, Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
		if _, err := admin.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &p.Lease.Bucket}); err != nil {
			t.Fatal(err)
		}
		session, err := s.open(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		at := func(key string) lease.Store {
			return lease.S3(s3.NewFromConfig(session.Config("")), p.Lease.Bucket, key, p.AccountID)
		}
		if pause, err := lease.ReadPause(t.Context(), at("acme.lease.pause")); pause != nil || err != nil {
			t.Errorf("pause: %v, %v", pause, err)
		}
		if _, err := lease.Acquire(t.Context(), at("acme.lease"), lease.Options{}); cloud.Code(err) != "AccessDenied" {
			t.Errorf("acquire with the policy of plan: %v", err)
		}
		s.attach(s.needs.Apply)
		l, err := lease.Acquire(t.Context(), at("acme.lease"), lease.Options{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute) // renewals
		if err := l.Release(t.Context()); err != nil {
			t.Error(err)
		}
		if err := lease.SetPause(t.Context(), at("acme.lease.pause"), lease.Pause{By: "ops"}); err != nil {
			t.Error(err)
		}
		if pause, err := lease.ClearPause(t.Context(), at("acme.lease.pause")); pause == nil || err != nil {
			t.Errorf("clear: %v, %v", pause, err)
		}
		if _, err := lease.Acquire(t.Context(), at("other.lease"), lease.Options{}); cloud.Code(err) != "AccessDenied" {
			t.Errorf("another key: %v", err)
		}
	})
}

// TestNobodyElseGetsIn has the wrong external id, and another account.
func TestNobodyElseGetsIn(t *testing.T) {
	p := payers(t)[0]
	s := newSite(t, p)
	if _, err := s.open(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	wrong := *p
	wrong.Access = &spec.Access{RoleARN: p.Access.RoleARN, ExternalID: "another"}
	if _, err := s.open(t.Context(), &wrong); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("with another external id: %v", err)
	}
	id, secret := s.sim.Key("999988887777")
	_, err := cloud.Open(t.Context(), cloud.Options{Payer: p.Name, AccountID: p.AccountID, RoleARN: p.Access.RoleARN, ExternalID: p.Access.ExternalID,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: client{s.sim.Transport()}})
	if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("from another account: %v", err)
	}
}
