package snapshot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/schema"
	"github.com/payer-reconciler/reconciler/snapshot"
)

const small = `
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}
policies:
  - name: Guard
    document: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "ec2:*", Resource: "*"}]}
root: {policies: [Guard]}
ous: [{name: Labs, tags: {a: b}}]
accounts: [{name: one, email: one@acme.example, ou: Labs, tags: {owner: me}}]
buckets: [{name: acme-billing, versioning: true, tags: {c: d}}]
users: [{name: robot}]
roles: [{name: vendor, description: a vendor's, trust: {accounts: ["444455556666"], externalId: acme-7f3c}}]
memberRoles: [{name: reader, in: {accounts: [one]}, trust: {accounts: ["444455556666"]}}]
`

// tampered is small as a pull request makes of it: everything is touched.
const tampered = `
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY], trustedServices: [cloudtrail.amazonaws.com]}
policies:
  - name: Guard
    document: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: ["ec2:*", "rds:*"], Resource: "*"}]}
  - name: Second
    document: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}
ous: [{name: Courses, previously: [Labs], tags: {a: c}, policies: [Second]}, {name: New}]
accounts: [{name: uno, email: one@acme.example, ou: New, tags: {owner: you}}]
pools: [{name: more, ou: New, ids: {from: 1, count: 3}, account: {name: "p${{ id }}", email: "p${{ id }}@acme.example"}}]
buckets: [{name: acme-billing, versioning: false, tags: {c: e}}, {name: acme-new}]
roles: [{name: vendor, description: another, maxSessionDuration: 2h, trust: {accounts: ["444455556666"], externalId: other}}]
iamPolicies: [{name: Look, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "ec2:Describe*", Resource: "*"}]}}]
memberRoles: [{name: reader, in: {accounts: [uno]}, trust: {accounts: ["777788889999"]}}]
quotas: {accounts: 20}
contacts: {security: {name: A, title: B, email: a@acme.example, phone: "+1 206 555 0100"}}
safety: {prune: true, maxRemovals: 50, maxMoves: 100%}
`

// TestAPullRequestIsPlanned: what was taken with the file of main is enough for
// one that changes nearly all of it.
func TestAPullRequestIsPlanned(t *testing.T) {
	for name, o := range map[string]awssim.Options{"prompt": {}, "lagging": {LagReads: 12}} {
		t.Run(name, func(t *testing.T) {
			r := kindtest.New(t, o)
			equal(r, taken(r, small), small)
			r.Apply(small)
			r.Sim.ResetCalls()
			f := taken(r, small)
			equal(r, f, small)
			equal(r, f, tampered)
			if p, err := from(r, f, tampered); err != nil || len(p.Plan.Changes) != 18 {
				t.Errorf("the plan of the pull request: %q, %v", kindtest.Lines(p), err)
			}
			equal(r, f, strings.Replace(small, "users: [{name: robot}]", "safety: {prune: true}", 1))
			if got, want := f.Assumed(), []string{"no other AWS account has a bucket named acme-new"}; !slices.Equal(got, want) {
				t.Errorf("it takes %q for granted, want %q", got, want)
			}
		})
	}
}

// TestNothingIsLost: what is read back of an answer is what AWS gave, as far as
// JSON says it.
func TestNothingIsLost(t *testing.T) {
	r := kindtest.New(t, awssim.Options{})
	r.Apply(small)
	f := taken(r, small)
	if len(f.Answers) < 60 {
		t.Fatalf("there are %d answers", len(f.Answers))
	}
	for _, a := range f.Answers {
		if a.Error != nil {
			continue
		}
		again, err := snapshot.Again(f, a)
		if err != nil {
			t.Errorf("%s %s: %v", a.Service, a.Operation, err)
		}
		if !bytes.Equal(again, a.Output) {
			t.Errorf("%s %s: %s became %s", a.Service, a.Operation, a.Output, again)
		}
	}
}

// TestTwoSnapshotsOfOneStateDifferInTheirHead, so that one may be kept in git.
func TestTwoSnapshotsOfOneStateDifferInTheirHead(t *testing.T) {
	r := kindtest.New(t, awssim.Options{})
	r.Apply(small)
	var texts []string
	for range 2 {
		f := taken(r, small)
		f.Header = snapshot.Header{}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, b.String())
	}
	if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
		t.Errorf("answers (-first +second):\n%s", diff)
	}
}

// TestNoSecrets: nobody gets in by what is in a file.
func TestNoSecrets(t *testing.T) {
	r := kindtest.New(t, awssim.Options{})
	r.Apply(small)
	key, err := r.IAM().CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("robot")})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := taken(r, small).Write(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	id, secret := r.Sim.Key(kindtest.Account)
	for what, word := range map[string]string{
		"the key that took it": id, "its secret": secret, "the id of a user's key": aws.ToString(key.AccessKey.AccessKeyId),
		"a session's key": "ASIA", "a session token": "SessionToken", "a secret key": "SecretAccessKey",
	} {
		if strings.Contains(text, word) {
			t.Errorf("%s is in the file", what)
		}
	}
	for _, there := range []string{`"operation":"AssumeRole"`, `"AccessKeyMetadata":[{}]`, "acme-7f3c"} {
		if !strings.Contains(text, there) {
			t.Errorf("%s is not in the file", there)
		}
	}
}

// TestDanger3AFailedReadMakesNoFile: any call that breaks down, is throttled or
// gets no answer ends it, whichever it is.
func TestDanger3AFailedReadMakesNoFile(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(small)
		r.Sim.ResetCalls()
		taken(r, small)
		for op := range r.Calls() {
			for _, kind := range []awssim.FaultKind{awssim.ServerError, awssim.Throttle, awssim.Drop} {
				r.Sim.Inject(awssim.Fault{Operation: op, Kind: kind})
				if _, err := r.Snapshot(t.Context(), r.Payer(small)); err == nil {
					t.Errorf("%s: %s, and there is a snapshot", op, kind)
				}
				r.Sim.ClearFaults()
			}
		}
	})
}

// TestAnEmptyPageIsNotTheEnd of any list.
func TestAnEmptyPageIsNotTheEnd(t *testing.T) {
	r := kindtest.New(t, awssim.Options{})
	r.Apply(small)
	for _, op := range []string{"ListAccounts", "ListPolicies", "ListOrganizationalUnitsForParent", "ListPoliciesForTarget", "ListCreateAccountStatus", "GetResources"} {
		r.Sim.Inject(awssim.Fault{Operation: op, Kind: awssim.EmptyPage})
	}
	f := taken(r, small)
	r.Sim.ClearFaults()
	equal(r, f, small)
	equal(r, f, tampered)
}

// TestWhatAWSRefusesIsSaid: without the right to read IAM there is a snapshot
// that says so, and only a plan that needs IAM fails, in AWS's words.
func TestWhatAWSRefusesIsSaid(t *testing.T) {
	const bare = "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n"
	r := kindtest.New(t, awssim.Options{})
	r.Apply(bare)
	r.Sim.Inject(awssim.Fault{Operation: "ListBuckets", Kind: awssim.Deny})
	f := taken(r, bare)
	r.Sim.ClearFaults()
	if want := []string{"list the buckets"}; !slices.Equal(f.Refused, want) {
		t.Errorf("refused is %q, want %q", f.Refused, want)
	}
	equal(r, f, bare)
	_, err := from(r, f, bare+"buckets: [{name: acme-new}]\n")
	r.Refused(err, "the snapshot does not have the answer to S3 HeadBucket of Bucket acme-new")

	r.Sim.Inject(awssim.Fault{Operation: "ListAccounts", Kind: awssim.Deny})
	_, err = r.Snapshot(t.Context(), r.Payer(bare))
	r.Refused(err, "list the accounts", "AccessDenied")
}

// TestWhatWasNeverAskedIsAnError, and no absence; so is a write.
func TestWhatWasNeverAskedIsAnError(t *testing.T) {
	r := kindtest.New(t, awssim.Options{})
	r.Apply(small)
	f := taken(r, small)
	_, err := from(r, f, strings.Replace(small, "ou: Labs, tags: {owner: me}", "ou: Labs, contacts: {billing: {name: A, title: B, email: a@acme.example, phone: '1'}}", 1))
	r.Refused(err, "the snapshot does not have the answer to Account GetAlternateContact of AccountId", "AlternateContactType BILLING; take a new one")
	var missing *snapshot.MissingError
	if !errors.As(err, &missing) || missing.Payer != "acme" {
		t.Errorf("the error is %v", err)
	}

	p := r.Payer(small)
	r.Instead = f.Answer
	s, err := r.Options().Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Organizations().AttachPolicy(t.Context(), &organizations.AttachPolicyInput{PolicyId: aws.String("p-12345678"), TargetId: aws.String("r-1234")})
	r.Refused(err, "a snapshot answers no such call")
}

// TestATypeOnItsWay: a policy type that AWS is still enabling is so in the plan
// from a snapshot, too.
func TestATypeOnItsWay(t *testing.T) {
	r := kindtest.New(t, awssim.Options{Manual: true, SettleTime: time.Hour})
	root := r.Organize()
	_, err := r.Org().EnablePolicyType(t.Context(), &organizations.EnablePolicyTypeInput{RootId: &root, PolicyType: "TAG_POLICY"})
	if err != nil {
		t.Fatal(err)
	}
	const body = "organization: {policyTypes: [SERVICE_CONTROL_POLICY, TAG_POLICY]}\n"
	equal(r, taken(r, body), body)
	if p, err := from(r, taken(r, body), body); err != nil || !slices.Equal(kindtest.Lines(p), []string{"> policy-type/TAG_POLICY"}) {
		t.Errorf("plan %q, %v", kindtest.Lines(p), err)
	}
}

// TestSchema: the file fits its schema, which says of every field and no other.
func TestSchema(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(schema.Snapshot(), &doc); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("s.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("s.json")
	if err != nil {
		t.Fatal(err)
	}
	r := kindtest.New(t, awssim.Options{})
	r.Apply(small)
	var b bytes.Buffer
	if err := taken(r, small).Write(&b); err != nil {
		t.Fatal(err)
	}
	read, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(read); err != nil {
		t.Error(err)
	}
	read.(map[string]any)["answers"].([]any)[0].(map[string]any)["operation"] = "DeletePolicy"
	if compiled.Validate(read) == nil {
		t.Error("the schema takes a write")
	}
	definitions := doc["definitions"].(map[string]any)
	for _, tt := range []struct {
		of  any
		has []reflect.Type
	}{
		{doc, []reflect.Type{reflect.TypeFor[snapshot.Header](), reflect.TypeFor[snapshot.File]()}},
		{definitions["answer"], []reflect.Type{reflect.TypeFor[snapshot.Answer]()}},
		{definitions["failure"], []reflect.Type{reflect.TypeFor[snapshot.Failure]()}},
	} {
		want := map[string]bool{}
		for _, typ := range tt.has {
			for i := range typ.NumField() {
				if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name != "" {
					want[name] = true
				}
			}
		}
		got := map[string]bool{}
		for name := range tt.of.(map[string]any)["properties"].(map[string]any) {
			got[name] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("fields (-form +schema):\n%s", diff)
		}
	}
}
