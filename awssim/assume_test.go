package awssim_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/payer-reconciler/reconciler/awssim"
)

// assume is AssumeRole by a client, with what a change says beside the role.
func (r *rig) assume(arn string, change ...func(*sts.AssumeRoleInput)) (*rig, error) {
	r.Helper()
	in := &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("me")}
	for _, f := range change {
		f(in)
	}
	out, err := r.sts.AssumeRole(r.ctx, in)
	if err != nil {
		return nil, err
	}
	c := out.Credentials
	return with(r.TB, r.sim, "http://aws.example", r.cfg.HTTPClient, *c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken), nil
}

func external(id string) func(*sts.AssumeRoleInput) {
	return func(in *sts.AssumeRoleInput) { in.ExternalId = &id }
}

func lasting(seconds int32) func(*sts.AssumeRoleInput) {
	return func(in *sts.AssumeRoleInput) { in.DurationSeconds = &seconds }
}

func withMFA(serial, code string) func(*sts.AssumeRoleInput) {
	return func(in *sts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &serial, &code }
}

// TestAssumeRoleTrust holds callers against trust policies.
func TestAssumeRoleTrust(t *testing.T) {
	var record bytes.Buffer
	p := newPeople(t, awssim.Options{Record: &record})
	trust := func(principal, condition string) string {
		if condition != "" {
			condition = `,"Condition":` + condition
		}
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + condition + `}]}`
	}
	vendor := `{"AWS":"arn:aws:iam::117530877863:root"}`
	secret := `{"StringEquals":{"sts:ExternalId":"acme-7f3c"}}`
	mfa := `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`
	p.role("vendor", trust(vendor, secret))
	p.role("open", trust(vendor, ""))
	p.role("provider", trust(vendor, mfa))
	p.role("named", trust(`{"AWS":["arn:aws:iam::777788889999:role/ops"]}`, ""))
	p.role("service", trust(`{"Service":"ec2.amazonaws.com"}`, ""))
	p.role("denied", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:*"},{"Effect":"Deny","Principal":{"AWS":"117530877863"},"Action":"sts:AssumeRole"}]}`)
	p.sim.AddRole("777788889999", "ops", "")
	p.sim.AddRole("777788889999", "dev", "")
	them, others := on(t, p.sim, "117530877863"), on(t, p.sim, "777788889999")
	ops, dev := must[*rig](t)(others.assume("arn:aws:iam::777788889999:role/ops")), must[*rig](t)(others.assume("arn:aws:iam::777788889999:role/dev"))
	device := withMFA("arn:aws:iam::117530877863:mfa/ops", "123456")
	const no = "AccessDenied"
	for _, tt := range []struct {
		name, role string
		who        *rig
		in         func(*sts.AssumeRoleInput)
		want       string
	}{
		{"the right external id", "vendor", them, external("acme-7f3c"), ""},
		{"another external id", "vendor", them, external("acme-7f3d"), no},
		{"no external id", "vendor", them, nil, no},
		{"another account with the external id", "vendor", others, external("acme-7f3c"), no},
		{"an external id that nobody asks for", "open", them, external("acme-7f3c"), ""},
		{"no MFA", "provider", them, nil, no},
		{"MFA", "provider", them, device, ""},
		{"somebody else's device", "provider", them, withMFA("arn:aws:iam::777788889999:mfa/ops", "123456"), no},
		{"the role that is named", "named", ops, nil, ""},
		{"another role", "named", dev, nil, no},
		{"the account of the role that is named", "named", others, nil, no},
		{"a service's role", "service", p.rig, nil, no},
		{"an explicit deny", "denied", them, nil, no},
		{"all but that", "denied", others, nil, ""},
		{"no such role", "nobody", them, nil, no},
		{"the wrong path", "path/open", them, nil, no},
	} {
		in := tt.in
		if in == nil {
			in = func(*sts.AssumeRoleInput) {}
		}
		if got := code(err2(tt.who.assume("arn:aws:iam::111122223333:role/"+tt.role, in))); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := p.trust("vendor"); !strings.Contains(got, "acme-7f3c") || strings.Contains(record.String(), "acme-7f3c") {
		t.Errorf("the external id is not in the trust %s, or in the record", got)
	}
}

// TestAssumeRoleLength: a session lasts as long as its role says, and an hour
// where a role's session asks for it.
func TestAssumeRoleLength(t *testing.T) {
	p := newPeople(t, awssim.Options{})
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`
	p.role("hour", doc)
	_ = must[*iam.CreateRoleOutput](t)(p.iam.CreateRole(p.ctx, &iam.CreateRoleInput{RoleName: aws.String("day"), AssumeRolePolicyDocument: &doc, MaxSessionDuration: aws.Int32(43200)}))
	hour, day := "arn:aws:iam::111122223333:role/hour", "arn:aws:iam::111122223333:role/day"
	chained := must[*rig](t)(p.assume(hour))
	for i, tt := range []struct {
		who  *rig
		arn  string
		d    int32
		want string
	}{
		{p.rig, hour, 3600, ""}, {p.rig, hour, 3601, "ValidationError"}, {p.rig, day, 43200, ""},
		{chained, day, 3600, ""}, {chained, day, 3601, "ValidationError"}, {p.rig, day, 899, "ValidationError"},
	} {
		if got := code(err2(tt.who.assume(tt.arn, lasting(tt.d)))); got != tt.want {
			t.Errorf("row %d: got %q, want %q", i, got, tt.want)
		}
	}
	long := must[*rig](t)(p.assume(day, lasting(43200)))
	p.sim.Advance(12*time.Hour - time.Minute)
	_ = must[*sts.GetCallerIdentityOutput](t)(long.sts.GetCallerIdentity(p.ctx, &sts.GetCallerIdentityInput{}))
	_ = must[*iam.DeleteRoleOutput](t)(p.iam.DeleteRole(p.ctx, &iam.DeleteRoleInput{RoleName: aws.String("day")}))
	if got := code(err2(long.sts.GetCallerIdentity(p.ctx, &sts.GetCallerIdentityInput{}))); got != "InvalidClientTokenId" {
		t.Errorf("a session of a role that is gone: %s", got)
	}
}

// TestFreshRole: a new role cannot be assumed, nor named in a policy, before
// all of AWS knows it; the role of a made account neither.
func TestFreshRole(t *testing.T) {
	p := newPeople(t, awssim.Options{Manual: true})
	p.role("lab", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`)
	arn := "arn:aws:iam::111122223333:role/lab"
	naming := func(n int) error {
		doc, name := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+arn+`"},"Action":"sts:AssumeRole"}]}`, fmt.Sprint("second", n)
		return err2(p.iam.CreateRole(p.ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &doc}))
	}
	p.sim.Advance(9 * time.Second)
	if got, naming := code(err2(p.assume(arn))), code(naming(1)); got != "AccessDenied" || naming != "MalformedPolicyDocument" {
		t.Errorf("after nine seconds: %q, and to name it %q", got, naming)
	}
	p.sim.Advance(time.Second)
	if got, naming := code(err2(p.assume(arn))), code(naming(2)); got != "" || naming != "" {
		t.Errorf("after ten seconds: %q, and to name it %q", got, naming)
	}
	p.start()
	id := must[*organizations.CreateAccountOutput](t)(p.org.CreateAccount(p.ctx, &organizations.CreateAccountInput{
		AccountName: aws.String("lab"), Email: aws.String("lab@example.com"), RoleName: aws.String("vocareum"),
	})).CreateAccountStatus.Id
	p.sim.Advance(10 * time.Second)
	made := *p.status(*id).AccountId
	member := "arn:aws:iam::" + made + ":role/vocareum"
	if got := code(err2(p.assume(member))); got != "AccessDenied" {
		t.Errorf("the role of an account that was just made: %q", got)
	}
	p.sim.Advance(10 * time.Second)
	inside := peopleOf(must[*rig](t)(p.assume(member)))
	if got, want := inside.trust("vocareum"), `{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"}}],"Version":"2012-10-17"}`; got != want {
		t.Errorf("its trust is %s", got)
	}
	at := must[*iam.ListAttachedRolePoliciesOutput](t)(inside.iam.ListAttachedRolePolicies(p.ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("vocareum")})).AttachedPolicies
	if len(at) != 1 || *at[0].PolicyArn != adminArn {
		t.Errorf("it has %+v", at)
	}
}
