package awssim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cur "github.com/aws/aws-sdk-go-v2/service/costandusagereportservice"
	"github.com/aws/aws-sdk-go-v2/service/costandusagereportservice/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/awssim"
)

// deliver is the policy that lets the billing service write reports of an
// account into a bucket.
func deliver(bucket, account string) string {
	when := `"Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `","aws:SourceArn":"arn:aws:cur:us-east-1:` + account + `:definition/*"}}`
	return `{"Version":"2012-10-17","Statement":[
		{"Sid":"Look","Effect":"Allow","Principal":{"Service":"billingreports.amazonaws.com"},"Action":["s3:GetBucketAcl","s3:GetBucketPolicy"],"Resource":"arn:aws:s3:::` + bucket + `",` + when + `},
		{"Sid":"Write","Effect":"Allow","Principal":{"Service":"billingreports.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::` + bucket + `/*",` + when + `}]}`
}

func (b buckets) policy(name, text string) error {
	_, err := b.PutBucketPolicy(b.ctx, &s3.PutBucketPolicyInput{Bucket: &name, Policy: &text})
	return err
}

// billable is a rig whose account has a bucket that reports can go to.
func billable(t *testing.T) (*rig, *cur.Client) {
	t.Helper()
	r := newRig(t, awssim.Options{})
	b := bucketsOf(r, "us-east-1")
	b.create("acme-billing")
	if err := b.policy("acme-billing", deliver("acme-billing", "111122223333")); err != nil {
		t.Fatal(err)
	}
	return r, cur.NewFromConfig(r.cfg)
}

// TestReportsTakeEitherCondition: AWS's guide compares the source letter by
// letter with a name that ends in a star; a wildcard is let pass as well.
func TestReportsTakeEitherCondition(t *testing.T) {
	r, c := billable(t)
	b := bucketsOf(r, "us-east-1")
	exact := deliver("acme-billing", "111122223333")
	wild := strings.ReplaceAll(exact, `,"aws:SourceArn"`, `},"StringLike":{"aws:SourceArn"`)
	for name, policy := range map[string]string{"exact": exact, "wild": wild, "other": strings.ReplaceAll(exact, "definition/*", "definition/x")} {
		if err := b.policy("acme-billing", policy); err != nil {
			t.Fatal(err)
		}
		got, want := code(err2(c.PutReportDefinition(r.ctx, &cur.PutReportDefinitionInput{ReportDefinition: daily(name)}))), ""
		if name == "other" {
			want = "ValidationException"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func daily(name string) *types.ReportDefinition {
	return &types.ReportDefinition{
		ReportName: &name, TimeUnit: types.TimeUnitDaily, Format: types.ReportFormatParquet, Compression: types.CompressionFormatParquet,
		AdditionalSchemaElements: []types.SchemaElement{types.SchemaElementResources}, S3Bucket: aws.String("acme-billing"), S3Prefix: aws.String("cur"),
		S3Region: types.AWSRegionUsStandard, ReportVersioning: types.ReportVersioningOverwriteReport, RefreshClosedReports: aws.Bool(true),
	}
}

func TestSDKReports(t *testing.T) {
	r, c := billable(t)
	put := func(name string) error {
		return err2(c.PutReportDefinition(r.ctx, &cur.PutReportDefinitionInput{ReportDefinition: daily(name), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}}}))
	}
	for i := range 5 {
		if err := put(fmt.Sprint("report", i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := code(put("report0")); got != "DuplicateReportNameException" {
		t.Errorf("a name twice: %s", got)
	}
	if got := code(put("sixth")); got != "ReportLimitReachedException" {
		t.Errorf("a sixth report: %s", got)
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	changed := daily("report1")
	changed.S3Prefix = aws.String("other")
	ok(err2(c.ModifyReportDefinition(r.ctx, &cur.ModifyReportDefinitionInput{ReportName: aws.String("report1"), ReportDefinition: changed})))
	ok(err2(c.DeleteReportDefinition(r.ctx, &cur.DeleteReportDefinitionInput{ReportName: aws.String("report4")})))
	ok(err2(c.TagResource(r.ctx, &cur.TagResourceInput{ReportName: aws.String("report0"), Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}}})))
	ok(err2(c.UntagResource(r.ctx, &cur.UntagResourceInput{ReportName: aws.String("report0"), TagKeys: []string{"a", "none"}})))
	tags := must[*cur.ListTagsForResourceOutput](t)(c.ListTagsForResource(r.ctx, &cur.ListTagsForResourceInput{ReportName: aws.String("report0")})).Tags
	if len(tags) != 1 || *tags[0].Key != "b" {
		t.Errorf("tags %+v", tags)
	}
	var got []string
	p := cur.NewDescribeReportDefinitionsPaginator(c, &cur.DescribeReportDefinitionsInput{MaxResults: aws.Int32(5)})
	for p.HasMorePages() {
		for _, d := range must[*cur.DescribeReportDefinitionsOutput](t)(p.NextPage(r.ctx)).ReportDefinitions {
			got = append(got, *d.ReportName+" "+*d.S3Prefix)
		}
	}
	if want := "[report0 cur report1 other report2 cur report3 cur]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestSDKReportRefusals(t *testing.T) {
	r, c := billable(t)
	b := bucketsOf(r, "us-east-1")
	_ = must[*cur.PutReportDefinitionOutput](t)(c.PutReportDefinition(r.ctx, &cur.PutReportDefinitionInput{ReportDefinition: daily("there")}))
	theirs := bucketsOf(on(t, r.sim, "444455556666"), "us-east-1")
	theirs.create("their-billing")
	b.create("bare")
	b.create("other-account")
	b.create("half")
	for name, text := range map[string]string{
		"other-account": deliver("other-account", "444455556666"),
		"half":          strings.Replace(deliver("half", "111122223333"), `"s3:PutObject"`, `"s3:PutObjectAcl"`, 1),
	} {
		if err := b.policy(name, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		what   string
		change func(*types.ReportDefinition)
		want   string
	}{
		{"nothing wrong", func(d *types.ReportDefinition) {}, ""},
		{"ZIP of Parquet", func(d *types.ReportDefinition) { d.Compression = types.CompressionFormatZip }, "ValidationException"},
		{"text in Parquet", func(d *types.ReportDefinition) { d.Format = types.ReportFormatCsv }, "ValidationException"},
		{"Athena", func(d *types.ReportDefinition) { d.AdditionalArtifacts = []types.AdditionalArtifact{"ATHENA"} }, ""},
		{"Athena and another", func(d *types.ReportDefinition) {
			d.AdditionalArtifacts = []types.AdditionalArtifact{"ATHENA", "REDSHIFT"}
		}, "ValidationException"},
		{"Athena of new versions", func(d *types.ReportDefinition) {
			d.AdditionalArtifacts, d.ReportVersioning = []types.AdditionalArtifact{"ATHENA"}, types.ReportVersioningCreateNewReport
		}, "ValidationException"},
		{"Redshift of Parquet", func(d *types.ReportDefinition) { d.AdditionalArtifacts = []types.AdditionalArtifact{"REDSHIFT"} }, "ValidationException"},
		{"an artifact that AWS does not have", func(d *types.ReportDefinition) { d.AdditionalArtifacts = []types.AdditionalArtifact{"EXCEL"} }, "ValidationException"},
		{"a time unit that AWS does not have", func(d *types.ReportDefinition) { d.TimeUnit = "WEEKLY" }, "ValidationException"},
		{"a name with a blank", func(d *types.ReportDefinition) { d.ReportName = aws.String("a b") }, "ValidationException"},
		{"no bucket", func(d *types.ReportDefinition) { d.S3Bucket = aws.String("nobody") }, "ValidationException"},
		{"another's bucket", func(d *types.ReportDefinition) { d.S3Bucket = aws.String("their-billing") }, "ValidationException"},
		{"a bucket without a policy", func(d *types.ReportDefinition) { d.S3Bucket = aws.String("bare") }, "ValidationException"},
		{"a bucket for another account's reports", func(d *types.ReportDefinition) { d.S3Bucket = aws.String("other-account") }, "ValidationException"},
		{"a bucket that must not be written", func(d *types.ReportDefinition) { d.S3Bucket = aws.String("half") }, "ValidationException"},
		{"the wrong region of a bucket", func(d *types.ReportDefinition) { d.S3Region = "eu-west-1" }, "ValidationException"},
	} {
		d := daily("new")
		tt.change(d)
		err := err2(c.PutReportDefinition(r.ctx, &cur.PutReportDefinitionInput{ReportDefinition: d}))
		if got := code(err); got != tt.want {
			t.Errorf("%s: got %q, want %q (%v)", tt.what, got, tt.want, err)
		}
		if err == nil {
			_ = must[*cur.DeleteReportDefinitionOutput](t)(c.DeleteReportDefinition(r.ctx, &cur.DeleteReportDefinitionInput{ReportName: d.ReportName}))
		}
	}
	hourly := daily("there")
	hourly.TimeUnit = types.TimeUnitHourly
	west := cur.NewFromConfig(r.cfg, func(o *cur.Options) { o.Region = "eu-west-1" })
	for _, tt := range []struct {
		what string
		err  error
		want string
	}{
		{"change the time unit", err2(c.ModifyReportDefinition(r.ctx, &cur.ModifyReportDefinitionInput{ReportName: aws.String("there"), ReportDefinition: hourly})), "ValidationException"},
		{"change the name", err2(c.ModifyReportDefinition(r.ctx, &cur.ModifyReportDefinitionInput{ReportName: aws.String("there"), ReportDefinition: daily("new")})), "ValidationException"},
		{"change what is not there", err2(c.ModifyReportDefinition(r.ctx, &cur.ModifyReportDefinitionInput{ReportName: aws.String("new"), ReportDefinition: daily("new")})), "ValidationException"},
		{"delete what is not there", err2(c.DeleteReportDefinition(r.ctx, &cur.DeleteReportDefinitionInput{ReportName: aws.String("new")})), "ValidationException"},
		{"the tags of what is not there", err2(c.ListTagsForResource(r.ctx, &cur.ListTagsForResourceInput{ReportName: aws.String("new")})), "ResourceNotFoundException"},
		{"pages of four", err2(c.DescribeReportDefinitions(r.ctx, &cur.DescribeReportDefinitionsInput{MaxResults: aws.Int32(4)})), "ValidationException"},
		{"another region", err2(west.DescribeReportDefinitions(r.ctx, &cur.DescribeReportDefinitionsInput{})), "InvalidSignatureException"},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}

// TestReportsInEmptyPages finds reports behind a page that has none.
func TestReportsInEmptyPages(t *testing.T) {
	r, c := billable(t)
	_ = must[*cur.PutReportDefinitionOutput](t)(c.PutReportDefinition(r.ctx, &cur.PutReportDefinitionInput{ReportDefinition: daily("there")}))
	r.sim.Inject(awssim.Fault{Operation: "DescribeReportDefinitions", Nth: 1, Kind: awssim.EmptyPage})
	n, empty := 0, 0
	p := cur.NewDescribeReportDefinitionsPaginator(c, &cur.DescribeReportDefinitionsInput{})
	for p.HasMorePages() {
		page := must[*cur.DescribeReportDefinitionsOutput](t)(p.NextPage(r.ctx))
		n += len(page.ReportDefinitions)
		if len(page.ReportDefinitions) == 0 {
			empty++
		}
	}
	if n != 1 || empty != 1 {
		t.Errorf("%d reports and %d empty pages, want 1 and 1", n, empty)
	}
}
