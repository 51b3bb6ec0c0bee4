package kindtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	cur "github.com/aws/aws-sdk-go-v2/service/costandusagereportservice"
	curtypes "github.com/aws/aws-sdk-go-v2/service/costandusagereportservice/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/smithy-go"

	"github.com/payer-reconciler/reconciler/reconcile"
)

// S3 is the SDK's own client of a region in the payer, to act behind the tool's
// back.
func (r *Rig) S3(region string) *s3.Client {
	return s3.NewFromConfig(r.Config(), func(o *s3.Options) { o.Region = region })
}

// Bucket makes a bucket in us-east-1 with these keys and values as tags.
func (r *Rig) Bucket(name string, kv ...string) {
	r.Helper()
	Must[*s3.CreateBucketOutput](r)(r.S3("us-east-1").CreateBucket(r.Context(), &s3.CreateBucketInput{Bucket: &name}))
	if len(kv) > 0 {
		r.TagBucket(name, kv...)
	}
}

// TagBucket sets all tags of a bucket.
func (r *Rig) TagBucket(name string, kv ...string) {
	r.Helper()
	var tags []s3types.Tag
	for i := 0; i < len(kv); i += 2 {
		tags = append(tags, s3types.Tag{Key: &kv[i], Value: &kv[i+1]})
	}
	Must[*s3.PutBucketTaggingOutput](r)(r.S3("us-east-1").PutBucketTagging(r.Context(),
		&s3.PutBucketTaggingInput{Bucket: &name, Tagging: &s3types.Tagging{TagSet: tags}}))
}

// BucketTags gives the tags of a bucket.
func (r *Rig) BucketTags(name string) map[string]string {
	r.Helper()
	tags := map[string]string{}
	out, err := r.S3("us-east-1").GetBucketTagging(r.Context(), &s3.GetBucketTaggingInput{Bucket: &name})
	if code(err) == "NoSuchTagSet" {
		return tags
	}
	for _, t := range Must[*s3.GetBucketTaggingOutput](r)(out, err).TagSet {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags
}

// Buckets gives the names of the payer's buckets.
func (r *Rig) Buckets() []string {
	r.Helper()
	var names []string
	for _, b := range Must[*s3.ListBucketsOutput](r)(r.S3("us-east-1").ListBuckets(r.Context(), &s3.ListBucketsInput{})).Buckets {
		names = append(names, aws.ToString(b.Name))
	}
	return names
}

// BucketPolicy gives a bucket a policy of these statements, in JSON.
func (r *Rig) BucketPolicy(name string, statements ...string) {
	r.Helper()
	Must[*s3.PutBucketPolicyOutput](r)(r.S3("us-east-1").PutBucketPolicy(r.Context(), &s3.PutBucketPolicyInput{Bucket: &name,
		Policy: aws.String(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)}))
}

// PolicyOf is the policy of a bucket as AWS has it, "" where it has none.
func (r *Rig) PolicyOf(bucket string) string {
	r.Helper()
	out, err := r.S3("us-east-1").GetBucketPolicy(r.Context(), &s3.GetBucketPolicyInput{Bucket: &bucket})
	if code(err) == "NoSuchBucketPolicy" {
		return ""
	}
	return aws.ToString(Must[*s3.GetBucketPolicyOutput](r)(out, err).Policy)
}

// Sids counts the statements of a bucket's policy by their Sid.
func (r *Rig) Sids(bucket string) map[string]int {
	r.Helper()
	var doc struct{ Statement []struct{ Sid string } }
	if text := r.PolicyOf(bucket); text != "" {
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			r.Fatal(err)
		}
	}
	n := map[string]int{}
	for _, s := range doc.Statement {
		n[s.Sid]++
	}
	return n
}

// Contact sets an alternate contact of a member, or with "" of the payer.
func (r *Rig) Contact(id string, contactType accounttypes.AlternateContactType, name string) {
	r.Helper()
	in := &account.PutAlternateContactInput{AlternateContactType: contactType, Name: &name, Title: aws.String("CFO"),
		EmailAddress: aws.String("bill@acme.example"), PhoneNumber: aws.String("+1 555")}
	if id != "" {
		in.AccountId = &id
	}
	Must[*account.PutAlternateContactOutput](r)(account.NewFromConfig(r.Config()).PutAlternateContact(r.Context(), in))
}

// Contacts gives the names of the alternate contacts of a member, or with ""
// of the payer, by their type.
func (r *Rig) Contacts(id string) map[string]string {
	r.Helper()
	all := map[string]string{}
	for _, t := range accounttypes.AlternateContactType("").Values() {
		in := &account.GetAlternateContactInput{AlternateContactType: t}
		if id != "" {
			in.AccountId = &id
		}
		out, err := account.NewFromConfig(r.Config()).GetAlternateContact(r.Context(), in)
		if code(err) == "ResourceNotFoundException" {
			continue
		}
		all[string(t)] = aws.ToString(Must[*account.GetAlternateContactOutput](r)(out, err).AlternateContact.Name)
	}
	return all
}

// Report makes a billing report in a bucket, under the prefix theirs, with these
// keys and values as tags.
func (r *Rig) Report(name, bucket string, kv ...string) {
	r.Helper()
	var tags []curtypes.Tag
	for i := 0; i < len(kv); i += 2 {
		tags = append(tags, curtypes.Tag{Key: &kv[i], Value: &kv[i+1]})
	}
	Must[*cur.PutReportDefinitionOutput](r)(cur.NewFromConfig(r.Config()).PutReportDefinition(r.Context(), &cur.PutReportDefinitionInput{Tags: tags,
		ReportDefinition: &curtypes.ReportDefinition{ReportName: &name, S3Bucket: &bucket, S3Prefix: aws.String("theirs"), S3Region: "us-east-1",
			TimeUnit: curtypes.TimeUnitDaily, Format: curtypes.ReportFormatCsv, Compression: curtypes.CompressionFormatGzip,
			ReportVersioning: curtypes.ReportVersioningOverwriteReport, RefreshClosedReports: aws.Bool(true),
			AdditionalSchemaElements: []curtypes.SchemaElement{}}}))
}

// Reports gives the billing reports by name.
func (r *Rig) Reports() map[string]curtypes.ReportDefinition {
	r.Helper()
	all := map[string]curtypes.ReportDefinition{}
	for p := cur.NewDescribeReportDefinitionsPaginator(cur.NewFromConfig(r.Config()), &cur.DescribeReportDefinitionsInput{}); p.HasMorePages(); {
		for _, d := range Must[*cur.DescribeReportDefinitionsOutput](r)(p.NextPage(r.Context())).ReportDefinitions {
			all[aws.ToString(d.ReportName)] = d
		}
	}
	return all
}

// The quota of accounts of the simulator.
const quotaService, quotaCode = "organizations", "L-E619E033"

// AskQuota requests a number of accounts.
func (r *Rig) AskQuota(n float64) {
	r.Helper()
	Must[*servicequotas.RequestServiceQuotaIncreaseOutput](r)(servicequotas.NewFromConfig(r.Config()).RequestServiceQuotaIncrease(r.Context(),
		&servicequotas.RequestServiceQuotaIncreaseInput{ServiceCode: aws.String(quotaService), QuotaCode: aws.String(quotaCode), DesiredValue: &n}))
}

// QuotaRequests gives what was requested of the quota of accounts, with the state.
func (r *Rig) QuotaRequests() []string {
	r.Helper()
	var all []string
	for _, q := range Must[*servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaOutput](r)(servicequotas.NewFromConfig(r.Config()).
		ListRequestedServiceQuotaChangeHistoryByQuota(r.Context(), &servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaInput{
			ServiceCode: aws.String(quotaService), QuotaCode: aws.String(quotaCode)})).RequestedQuotas {
		all = append(all, fmt.Sprintf("%.0f %s", aws.ToFloat64(q.DesiredValue), q.Status))
	}
	return all
}

// Await applies a payer file with that body again and again, an hour apart,
// until nothing waits for AWS any more, and gives the first plan. Nothing may
// fail on the way.
func (r *Rig) Await(body string) *reconcile.Planned {
	r.Helper()
	first := r.Plan(body)
	for range 10 {
		p := r.Plan(body)
		if len(p.Plan.Changes) == 0 {
			return first
		}
		if _, err := r.TryApply(p); err != nil {
			r.Fatalf("apply: %v", err)
		}
		time.Sleep(time.Hour) // on the test's own clock
	}
	r.Fatalf("still waiting: %q", Lines(r.Plan(body)))
	return first
}

// code is AWS's code of an error, "" where it is none.
func code(err error) string {
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
