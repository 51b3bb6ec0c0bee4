package moto

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/payer-reconciler/reconciler/internal/tools"
)

// bills is a payer with a bucket of every setting, one of none in another
// region, statements in its policy, and contacts of itself and of members.
const bills = `apiVersion: reconciler/v1
kind: Payer
name: bills
accountId: "` + tools.MotoAccount + `"
organization: {create: true, trustedServices: [account.amazonaws.com]}
ous: [{name: Labs}]
pools:
  - {name: students, ou: Labs, ids: {from: 1, count: 3}, csv: accounts/bills.csv, account: {name: "${{ id }}", email: "lab${{ id }}@example.com",
     contacts: {security: {name: Sec, title: CISO, email: sec@example.com, phone: "+1 555"}}}}
contacts: {billing: {name: Bill, title: CFO, email: bill@example.com, phone: "+1 556"}}
buckets:
  - name: acme-bills
    versioning: true
    encryption: {algorithm: "aws:kms", kmsKey: alias/bills, bucketKey: true}
    publicAccessBlock: true
    ownership: BucketOwnerEnforced
    lifecycle: [{id: old, prefix: cur/, expireAfterDays: 400, transitions: [{afterDays: 30, storageClass: STANDARD_IA}]}]
    tags: {course: a}
    statements:
      - {Sid: Pay, Effect: Allow, Principal: {AWS: "arn:aws:iam::` + tools.MotoAccount + `:root"}, Action: ["s3:GetObject"], Resource: "${{ bucket:acme-bills.arn }}/*"}
  - {name: acme-west, region: eu-west-1}
`

// TestBucketsAndContacts makes them, finds nothing to do afterwards, and heals
// what others change without touching what is theirs.
func TestBucketsAndContacts(t *testing.T) {
	r := newRepo(t, bills)
	r.apply()
	r.settled()
	client, contacts, ctx := r.s3("us-east-1"), r.contacts(), t.Context()
	name := aws.String("acme-bills")
	out, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: name})
	if err != nil || len(out.TagSet) != 3 {
		t.Fatalf("tags %v, %v", out, err)
	}
	theirs := `{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::acme-bills"}`
	for _, tt := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"versioning suspended", func() error {
			_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: name,
				VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended}})
			return err
		}, []string{"update bucket/acme-bills versioning"}},
		{"a tag changed, one added", func() error {
			_, err := client.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: name, Tagging: &types.Tagging{TagSet: append(out.TagSet[:0:0],
				types.Tag{Key: aws.String("course"), Value: aws.String("b")}, types.Tag{Key: aws.String("theirs"), Value: aws.String("stays")},
				types.Tag{Key: aws.String("reconciler:payer"), Value: aws.String("bills")}, types.Tag{Key: aws.String("reconciler:name"), Value: name})}})
			return err
		}, []string{"update bucket/acme-bills tags.course"}},
		{"the policy replaced", func() error {
			_, err := client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: aws.String(`{"Version":"2012-10-17","Statement":[` + theirs + `]}`)})
			return err
		}, []string{"update bucket-policy/acme-bills statement.Pay"}},
		{"a contact of a member changed", func() error {
			_, err := contacts.PutAlternateContact(ctx, &account.PutAlternateContactInput{AccountId: r.ids()("account/lab2@example.com"),
				AlternateContactType: accounttypes.AlternateContactTypeSecurity, Name: aws.String("Sec"), Title: aws.String("Nobody"),
				EmailAddress: aws.String("sec@example.com"), PhoneNumber: aws.String("+1 555")})
			return err
		}, []string{"update contact/lab2@example.com/SECURITY title"}},
		{"the payer's own contact deleted", func() error {
			_, err := contacts.DeleteAlternateContact(ctx, &account.DeleteAlternateContactInput{AlternateContactType: accounttypes.AlternateContactTypeBilling})
			return err
		}, []string{"create contact/BILLING"}},
	} {
		if err := tt.do(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		t.Log(tt.name)
		r.proxy.Forget()
		r.heals(tt.want...)
		if w := r.proxy.Writes(); len(w) != 1 {
			t.Errorf("%s was healed by %q", tt.name, w)
		}
		r.settled()
	}
	policy, err := client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: name})
	if err != nil || !strings.Contains(aws.ToString(policy.Policy), theirs) {
		t.Errorf("the statement of others: %v, %v", policy, err)
	}
	after, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: name})
	if err != nil || len(after.TagSet) != 4 {
		t.Errorf("the tag of others: %v, %v", after, err)
	}
	r.write("payers/p0.yaml", bills[:strings.Index(bills, "buckets:")])
	p := r.plan()[0]
	if left := p.Plan.Left; len(left) != 2 || left[0].Ref.String() != "bucket/acme-bills" || len(p.Plan.Changes) != 0 {
		t.Errorf("left %v, changes %q, want both buckets: moto finds those of all regions", left, lines(p.Plan))
	}
}

// s3 is the SDK's own client of a region, for what others do there.
func (r *repo) s3(region string) *s3.Client {
	return s3.NewFromConfig(r.config(r.Context()), func(o *s3.Options) { o.UsePathStyle, o.Region = true, region })
}

// contacts is the SDK's own client of Account Management.
func (r *repo) contacts() *account.Client { return account.NewFromConfig(r.config(r.Context())) }

func (r *repo) config(ctx context.Context) aws.Config {
	r.Helper()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		r.Fatal(err)
	}
	cfg.BaseEndpoint = aws.String(r.moto.URL)
	return cfg
}
