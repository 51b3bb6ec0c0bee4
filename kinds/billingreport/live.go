package billingreport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	cur "github.com/aws/aws-sdk-go-v2/service/costandusagereportservice"
	"github.com/aws/aws-sdk-go-v2/service/costandusagereportservice/types"
	"github.com/aws/smithy-go"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/bucket"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// region is the one of the payer's partition where reports are.
func region(s *cloud.Session) string { return spec.ReportRegion(s.Config("").Region) }

func client(s *cloud.Session) *cur.Client {
	return cur.NewFromConfig(s.Config(region(s)), func(o *cur.Options) { o.Retryer = retryer{o.Retryer} })
}

// retryer does not ask again where there is no such service.
type retryer struct{ aws.Retryer }

// IsErrorRetryable reports whether a call may work in a moment.
func (r retryer) IsErrorRetryable(err error) bool {
	return !absent(err) && r.Retryer.IsErrorRetryable(err)
}

// live lists the reports of the account where the file names one, or where it
// may have named one: a report of ours goes into a bucket of ours. Of those that
// the file names with tags it reads these.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	if p != nil && len(p.BillingReports) == 0 && len(p.Buckets) == 0 && read.Count(bucket.Kind.Name) == 0 {
		return nil, nil
	}
	definitions, err := list(ctx, s)
	switch {
	case err != nil && absent(err) && (p == nil || len(p.BillingReports) == 0):
		return nil, nil
	case err != nil:
		return nil, err
	}
	objects := make([]resource.Object, len(definitions))
	err = orgs.Each(ctx, definitions, func(ctx context.Context, i int, d types.ReportDefinition) (err error) {
		if objects[i] = object(s, d); tagged(p, objects[i].Ref) {
			objects[i], err = confirm(ctx, s, objects[i])
		}
		return err
	})
	return objects, err
}

// tagged says that the tags of a report are asked for.
func tagged(p *spec.Payer, ref resource.Ref) bool {
	return p == nil || slices.ContainsFunc(p.BillingReports, func(r spec.BillingReport) bool { return r.Ref() == ref && len(r.Tags) > 0 })
}

// absent says that the endpoint has no such service: an emulator answers that
// it broke down, and not in the words of the service.
func absent(err error) bool {
	var r interface{ HTTPStatusCode() int }
	var unread *smithy.DeserializationError
	return errors.As(err, &unread) && errors.As(err, &r) && r.HTTPStatusCode() >= http.StatusInternalServerError
}

func list(ctx context.Context, s *cloud.Session) ([]types.ReportDefinition, error) {
	var all []types.ReportDefinition
	c := client(s)
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := c.DescribeReportDefinitions(ctx, &cur.DescribeReportDefinitionsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		all = append(all, page.ReportDefinitions...)
		return page.NextToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list billing reports: %w", err)
	}
	return all, nil
}

func object(s *cloud.Session, d types.ReportDefinition) resource.Object {
	name := aws.ToString(d.ReportName)
	return resource.Object{
		Ref: spec.BillingReportRef(name),
		Attrs: resource.Attrs{
			"bucket": resource.Lit(aws.ToString(d.S3Bucket)), "region": resource.Lit(string(d.S3Region)),
			"prefix": resource.Lit(aws.ToString(d.S3Prefix)), "timeUnit": resource.Lit(string(d.TimeUnit)),
			"format": resource.Lit(string(d.Format)), "compression": resource.Lit(string(d.Compression)),
			"elements": listed(d.AdditionalSchemaElements), "artifacts": listed(d.AdditionalArtifacts),
			"versioning":           resource.Lit(string(d.ReportVersioning)),
			"refreshClosedReports": resource.Lit(strconv.FormatBool(aws.ToBool(d.RefreshClosedReports))),
		},
		Outputs: outputs(s, name),
		After:   []resource.Ref{spec.BucketRef(aws.ToString(d.S3Bucket))},
	}
}

func outputs(s *cloud.Session, name string) map[string]string {
	at := region(s)
	return map[string]string{"id": name, "arn": fmt.Sprintf("arn:%s:cur:%s:%s:definition/%s",
		bucket.Partition(at), at, s.AccountID(), name)}
}

// tagsOf reads all tags of a report.
func tagsOf(ctx context.Context, s *cloud.Session, name string) (map[string]string, error) {
	out, err := client(s).ListTagsForResource(ctx, &cur.ListTagsForResourceInput{ReportName: aws.String(name)})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}

// confirm reads tags and owner afresh. A report that is gone comes back as absent.
func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	tags, err := tagsOf(ctx, s, have.ID())
	switch {
	case cloud.Code(err) == notFound:
		facts := maps.Clone(have.Facts)
		if facts == nil {
			facts = map[string]string{}
		}
		facts[resource.FactAbsent] = "true"
		have.Facts, have.OwnerRead = facts, true
		return have, nil
	case err != nil:
		return have, fmt.Errorf("read tags of billing report %s: %w", have.ID(), err)
	}
	return orgs.Confirm(have, tags), nil
}

// notFound is AWS's code for a report that is not there.
const notFound = "ResourceNotFoundException"
