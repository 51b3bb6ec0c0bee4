package kinds_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cur "github.com/aws/aws-sdk-go-v2/service/costandusagereportservice"
	"github.com/aws/aws-sdk-go-v2/service/costandusagereportservice/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/spec"
)

const daily = "billingReports: [{name: costs, bucket: acme-bills, prefix: cur, timeUnit: DAILY, format: Parquet, artifacts: [ATHENA], elements: [RESOURCES]%s}]\n"

// TestReportComesAfterWhatItNeeds makes bucket, statements and report in one
// apply, in this order.
func TestReportComesAfterWhatItNeeds(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := bucketOf("acme-bills", ", publicAccessBlock: true") + fmt.Sprintf(daily, "")
		r.Sim.ResetCalls()
		want(t, "plan", r.Apply(body), []string{"+ billing-report/costs", "+ bucket/acme-bills", "+ bucket-policy/acme-bills", "+ organization"})
		r.Equal("order", r.Order("CreateBucket", "PutBucketPolicy", "Report"), []string{"CreateBucket", "PutBucketPolicy", "PutReportDefinition"})
		r.Settled(body)
		d := r.Reports()["costs"]
		r.Equal("report", fmt.Sprintln(aws.ToString(d.S3Bucket), aws.ToString(d.S3Prefix), d.S3Region, d.TimeUnit, d.Format, d.Compression,
			d.AdditionalArtifacts, d.AdditionalSchemaElements), "acme-bills cur us-east-1 DAILY Parquet Parquet [ATHENA] [RESOURCES]\n")
		tags := kindtest.Must[*cur.ListTagsForResourceOutput](r)(cur.NewFromConfig(r.Config()).ListTagsForResource(t.Context(),
			&cur.ListTagsForResourceInput{ReportName: aws.String("costs")})).Tags
		if len(tags) != 2 || !slices.ContainsFunc(tags, func(t types.Tag) bool {
			return aws.ToString(t.Key) == "reconciler:payer" && aws.ToString(t.Value) == "acme"
		}) {
			t.Errorf("tags %v", tags)
		}
	})
}

// TestReportThatCannotChange is blocked with what it is.
func TestReportThatCannotChange(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := bucketOf("acme-bills", "") + fmt.Sprintf(daily, "")
		r.Apply(body)
		want(t, "plan", r.Plan(strings.Replace(body, "DAILY", "HOURLY", 1)), []string{
			"!~ billing-report/costs timeUnit: DAILY -> HOURLY (blocked: AWS takes it at the creation of a report only: it is DAILY)"})
		moved := strings.Replace(body, "prefix: cur", "prefix: bills", 1)
		want(t, "plan", r.Apply(moved), []string{"~ billing-report/costs prefix: cur -> bills"})
		r.Settled(moved)
	})
}

// TestReportWaitsForAFreshPolicy: AWS may not see the bucket's policy at once.
func TestReportWaitsForAFreshPolicy(t *testing.T) {
	for _, comes := range []bool{true, false} {
		t.Run(fmt.Sprint("comes ", comes), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				body := bucketOf("acme-bills", "") + fmt.Sprintf(daily, "")
				r.Apply(strings.Replace(body, "costs", "keep", 1))
				policy := r.PolicyOf("acme-bills")
				two := strings.Replace(body, "billingReports: [", "billingReports: [{name: keep, bucket: acme-bills, format: Parquet, artifacts: [ATHENA], elements: [RESOURCES]}, ", 1)
				p := r.Plan(two)
				want(t, "plan", p, []string{"+ billing-report/costs"})
				client := r.S3("us-east-1")
				kindtest.Must[*s3.DeleteBucketPolicyOutput](r)(client.DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: aws.String("acme-bills")}))
				if comes {
					done := make(chan struct{})
					defer func() { <-done }()
					go func() {
						defer close(done)
						time.Sleep(50 * time.Millisecond) // five tries of a session without rates
						_, _ = client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("acme-bills"), Policy: &policy})
					}()
				}
				a, err := r.TryApply(p)
				if comes {
					r.Equal("outcomes", a.Result.Outcomes, []executor.Outcome{executor.Done})
					return
				}
				r.Refused(err, "PutReportDefinition", "the bucket's policy must let billingreports.amazonaws.com")
			})
		})
	}
}

// TestDanger17ReportIsMadeOnce loses the answer of its making, and of its change.
func TestDanger17ReportIsMadeOnce(t *testing.T) {
	for _, fault := range []awssim.FaultKind{awssim.DropAnswer, awssim.ServerError, awssim.Drop} {
		t.Run(string(fault), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				body := bucketOf("acme-bills", "") + fmt.Sprintf(daily, "")
				r.Sim.Inject(awssim.Fault{Operation: "PutReportDefinition", Kind: fault, Nth: 1})
				a, err := r.TryApply(r.Plan(body))
				if fault == awssim.DropAnswer && err != nil {
					t.Errorf("%v, %v", err, a.Result.Errs)
				}
				r.Sim.ClearFaults()
				r.Apply(body)
				r.Settled(body)
				r.Equal("reports", len(r.Reports()), 1)
			})
		})
	}
}

// TestReportsBeyondTheLimit wait: an account has five.
func TestReportsBeyondTheLimit(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(bucketOf("acme-bills", "") + "billingReports: [{name: keep, bucket: acme-bills}]\n")
		for i := range 4 {
			r.Report(fmt.Sprint("theirs", i), "acme-bills")
		}
		p := r.Plan(reportOf("refreshClosedReports: true"))
		a, err := r.TryApply(p)
		if err != nil {
			t.Fatal(err)
		}
		r.Equal("outcomes", a.Result.Outcomes, []executor.Outcome{executor.Waiting})
		r.Equal("unmanaged", len(kindtest.Unmanaged(p)), 4)
	})
}

// TestLastReportOfTheFile is seen still while there is a bucket, and pruned.
func TestLastReportOfTheFile(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(bucketOf("acme-bills", "") + fmt.Sprintf(daily, ""))
		p := r.Plan(bucketOf("acme-bills", ""))
		r.Want(p)
		r.Equal("left", kindtest.Left(p), []string{"billing-report/costs"})
		gone := organizationOnly + "ous: [{name: Keep}]\nsafety: {prune: true}\n"
		want(t, "plan", r.Apply(gone), []string{"- billing-report/costs", "+ ou/Keep"})
		r.Settled(gone)
	})
}

// TestReportInChina: a bucket lets in reports of the region that they are made in.
func TestReportInChina(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Answer("DescribeReportDefinitions", map[string]any{"ReportDefinitions": []any{map[string]any{"ReportName": "costs"}}})
		r.Answer("ListTagsForResource", map[string]any{"Tags": []any{}})
		p := r.Plan("homeRegion: cn-northwest-1\n" + bucketOf("acme-bills", "") + fmt.Sprintf(daily, ""))
		const from = "arn:aws-cn:cur:cn-northwest-1:" + kindtest.Account + ":definition/"
		arn, _ := p.Live.Output(spec.BillingReportRef("costs"), "arn")
		r.Equal("report", arn, from+"costs")
		all := p.Payer.Buckets[0].Statements
		r.Equal("statements", len(all), 2)
		for _, w := range all {
			if text := w.Document.String(); !strings.Contains(text, `"aws:SourceArn":"`+from+`*"`) {
				t.Errorf("the report is made as %s, and the bucket lets in %s", arn, text)
			}
		}
	})
}

// TestReportTags: a report bears the payer's tags and its own, as every object
// that takes tags; what others put on it stays.
func TestReportTags(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		tagged := func(payers, own string) string {
			return "tags: {" + payers + "}\n" + bucketOf("acme-bills", "") + fmt.Sprintf(daily, ", tags: {"+own+"}")
		}
		client := cur.NewFromConfig(r.Config())
		have := func() map[string]string {
			all := map[string]string{}
			for _, tag := range kindtest.Must[*cur.ListTagsForResourceOutput](r)(client.ListTagsForResource(t.Context(),
				&cur.ListTagsForResourceInput{ReportName: aws.String("costs")})).Tags {
				all[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
			}
			return all
		}
		mark := func(more map[string]string) map[string]string {
			more["reconciler:payer"], more["reconciler:name"] = "acme", "costs"
			return more
		}
		body := tagged("team: cloud, stage: a", "stage: b, course: x")
		r.Apply(body)
		r.Equal("tags of a new report", have(), mark(map[string]string{"team": "cloud", "stage": "b", "course": "x"}))
		r.Settled(body)
		kindtest.Must[*cur.TagResourceOutput](r)(client.TagResource(t.Context(), &cur.TagResourceInput{ReportName: aws.String("costs"),
			Tags: []types.Tag{{Key: aws.String("theirs"), Value: aws.String("stays")}, {Key: aws.String("team"), Value: aws.String("?")}}}))
		r.Sim.ResetCalls()
		body = tagged("team: cloud", "stage: c, course: null")
		want(t, "plan", r.Apply(body), []string{"~ billing-report/costs tags.course: x -> none, tags.stage: b -> c, tags.team: ? -> cloud"})
		r.Equal("tags", have(), mark(map[string]string{"team": "cloud", "stage": "c", "theirs": "stays"}))
		r.Equal("definitions sent", r.Calls()["ModifyReportDefinition"], 0)
		r.Settled(body)
	})
}

// TestDanger17TagsOfAReportMadeOnce: a report of ours that is there by now, with
// no tag but the mark, gets those of the file.
func TestDanger17TagsOfAReportMadeOnce(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := "tags: {team: cloud}\n" + bucketOf("acme-bills", "") + "billingReports: [{name: keep, bucket: acme-bills}%s]\n"
		r.Apply(fmt.Sprintf(body, ""))
		body = fmt.Sprintf(body, ", {name: costs, bucket: acme-bills}")
		p := r.Plan(body)
		r.Report("costs", "acme-bills", "reconciler:payer", "acme") // by a pass that was killed
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.Settled(body)
	})
}
