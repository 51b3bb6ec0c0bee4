package bucket

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/payer-reconciler/reconciler/cloud"
)

// NoSuchBucket is S3's code for a bucket that is not there.
const NoSuchBucket = "NoSuchBucket"

// Client is the S3 client of a region. Where the endpoint is not S3's own, the
// bucket stands in the path: its name in front of a host would not resolve.
func Client(s *cloud.Session, region string) *s3.Client {
	return s3.NewFromConfig(s.Config(region), func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil })
}

// handle is one bucket in one region. Every call says whose the bucket must be.
type handle struct {
	s3     *s3.Client
	name   *string
	owner  *string
	region string
}

func open(s *cloud.Session, region, name string) *handle {
	return &handle{s3: Client(s, region), name: aws.String(name), owner: aws.String(s.AccountID()), region: region}
}

// outputs are what other objects may ask of the bucket.
func (h *handle) outputs() map[string]string {
	return map[string]string{"id": *h.name, "name": *h.name, "region": h.region, "arn": ARN(h.region, *h.name)}
}

// ARN names a bucket in the partition of its region.
func ARN(region, name string) string { return "arn:" + Partition(region) + ":s3:::" + name }

// Partition is the part of AWS that a region is in, as ARNs name it.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// status is the HTTP status of an error, and the region that the answer says
// the bucket is in.
func status(err error) (code int, region string) {
	var r *smithyhttp.ResponseError
	if !errors.As(err, &r) || r.Response == nil {
		return 0, ""
	}
	return r.HTTPStatusCode(), r.Response.Header.Get("X-Amz-Bucket-Region")
}

// missing says that S3 has no bucket of that name.
func missing(err error) bool {
	if cloud.Code(err) == NoSuchBucket {
		return true
	}
	code, _ := status(err) // the answer to HEAD has no body
	return code == http.StatusNotFound && cloud.Code(err) == "NotFound"
}

// tags reads all tags of the bucket.
func (h *handle) tags(ctx context.Context) (map[string]string, error) {
	out, err := h.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
	all := map[string]string{}
	switch {
	case cloud.Code(err) == "NoSuchTagSet":
		return all, nil
	case err != nil:
		return nil, err
	}
	for _, t := range out.TagSet {
		all[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return all, nil
}
