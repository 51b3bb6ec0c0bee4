package awssim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/payer-reconciler/reconciler/awssim"
)

// motoBuckets are calls of S3 in an order in which each makes sense.
var motoBuckets = []step{
	{"no bucket", inBucket(func(b buckets, name *string) (any, error) {
		return b.HeadBucket(b.ctx, &s3.HeadBucketInput{Bucket: name})
	}), ""},
	{"make one", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.CreateBucket(b.ctx, &s3.CreateBucketInput{Bucket: name})))
	}), ""},
	{"make it again", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.CreateBucket(b.ctx, &s3.CreateBucketInput{Bucket: name})))
	}), ""},
	{"where it is", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketLocation(b.ctx, &s3.GetBucketLocationInput{Bucket: name})
	}), ""},
	{"no tags", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketTagging(b.ctx, &s3.GetBucketTaggingInput{Bucket: name})
	}), ""},
	{"tag it", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.PutBucketTagging(b.ctx, &s3.PutBucketTaggingInput{Bucket: name, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}})))
	}), ""},
	{"its tags", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketTagging(b.ctx, &s3.GetBucketTaggingInput{Bucket: name})
	}), ""},
	{"a tag twice", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.PutBucketTagging(b.ctx, &s3.PutBucketTaggingInput{Bucket: name, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}, {Key: aws.String("a"), Value: aws.String("c")}}}})))
	}), ""},
	{"no versions", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketVersioning(b.ctx, &s3.GetBucketVersioningInput{Bucket: name})
	}), ""},
	{"keep versions", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.PutBucketVersioning(b.ctx, &s3.PutBucketVersioningInput{Bucket: name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})))
	}), ""},
	{"versions", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketVersioning(b.ctx, &s3.GetBucketVersioningInput{Bucket: name})
	}), ""},
	{"suspend them", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.PutBucketVersioning(b.ctx, &s3.PutBucketVersioningInput{Bucket: name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended}})))
	}), ""},
	{"the encryption of a new bucket", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketEncryption(b.ctx, &s3.GetBucketEncryptionInput{Bucket: name})
	}), "a new bucket of AWS has SSE-S3, one of moto none"},
	{"encrypt", inBucket(func(b buckets, name *string) (any, error) {
		d := types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms}
		return nothing(err2(b.PutBucketEncryption(b.ctx, &s3.PutBucketEncryptionInput{Bucket: name, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &d, BucketKeyEnabled: aws.Bool(true)}},
		}})))
	}), ""},
	{"encrypted", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketEncryption(b.ctx, &s3.GetBucketEncryptionInput{Bucket: name})
	}), ""},
	{"the access block of a new bucket", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetPublicAccessBlock(b.ctx, &s3.GetPublicAccessBlockInput{Bucket: name})
	}), "a new bucket of AWS blocks all four, one of moto nothing"},
	{"block", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.PutPublicAccessBlock(b.ctx, &s3.PutPublicAccessBlockInput{Bucket: name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicPolicy: aws.Bool(true)}})))
	}), ""},
	{"blocked", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetPublicAccessBlock(b.ctx, &s3.GetPublicAccessBlockInput{Bucket: name})
	}), ""},
	{"unblock", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.DeletePublicAccessBlock(b.ctx, &s3.DeletePublicAccessBlockInput{Bucket: name})))
	}), ""},
	{"unblocked", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetPublicAccessBlock(b.ctx, &s3.GetPublicAccessBlockInput{Bucket: name})
	}), ""},
	{"who owns", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.PutBucketOwnershipControls(b.ctx, &s3.PutBucketOwnershipControlsInput{Bucket: name, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred}}}})))
	}), ""},
	{"owned", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketOwnershipControls(b.ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name})
	}), ""},
	{"own nothing", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.DeleteBucketOwnershipControls(b.ctx, &s3.DeleteBucketOwnershipControlsInput{Bucket: name})))
	}), ""},
	{"not owned", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketOwnershipControls(b.ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name})
	}), ""},
	{"no rules", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketLifecycleConfiguration(b.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
	}), ""},
	{"rules", inBucket(func(b buckets, name *string) (any, error) {
		rule := types.LifecycleRule{ID: aws.String("old"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("cur/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(400)}}
		return nothing(err2(b.PutBucketLifecycleConfiguration(b.ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{rule}}})))
	}), ""},
	{"ruled", inBucket(func(b buckets, name *string) (any, error) {
		out, err := b.GetBucketLifecycleConfiguration(b.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
		if err != nil {
			return nil, err
		}
		return map[string]any{"Rules": out.Rules}, nil
	}), ""},
	{"no policy", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketPolicy(b.ctx, &s3.GetBucketPolicyInput{Bucket: name})
	}), ""},
	{"a policy", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(b.policy(*name, strings.Join(strings.Fields(deliver(*name, "111122223333")), "")))
	}), ""},
	{"its policy", inBucket(func(b buckets, name *string) (any, error) {
		return b.GetBucketPolicy(b.ctx, &s3.GetBucketPolicyInput{Bucket: name})
	}), ""},
	{"no policy again", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.DeleteBucketPolicy(b.ctx, &s3.DeleteBucketPolicyInput{Bucket: name})))
	}), ""},
	{"an object", inBucket(func(b buckets, name *string) (any, error) {
		out, err := b.PutObject(b.ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("a"), Body: strings.NewReader("x"), IfNoneMatch: aws.String("*")})
		if err != nil {
			return nil, err
		}
		return map[string]any{"ETag": out.ETag}, nil
	}), ""},
	{"an object twice", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.PutObject(b.ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("a"), Body: strings.NewReader("y"), IfNoneMatch: aws.String("*")})))
	}), ""},
	{"another than was read", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.PutObject(b.ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("a"), Body: strings.NewReader("y"), IfMatch: aws.String(`"0"`)})))
	}), ""},
	{"change what is not there", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.PutObject(b.ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("z"), Body: strings.NewReader("y"), IfMatch: aws.String(`"0"`)})))
	}), ""},
	{"change what was read", inBucket(func(b buckets, name *string) (any, error) {
		tag := aws.String(`"9dd4e461268c8034f5c8564e155c67a6"`) // of x
		return nothing(err2(b.PutObject(b.ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("a"), Body: strings.NewReader("y"), IfMatch: tag})))
	}), ""},
	{"delete another than was read", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.DeleteObject(b.ctx, &s3.DeleteObjectInput{Bucket: name, Key: aws.String("a"), IfMatch: aws.String(`"0"`)})))
	}), ""},
	{"delete a bucket that is not empty", inBucket(func(b buckets, name *string) (any, error) {
		return nothing(err2(b.DeleteBucket(b.ctx, &s3.DeleteBucketInput{Bucket: name})))
	}), ""},
	{"no such object", inBucket(func(b buckets, name *string) (any, error) {
		return b.HeadObject(b.ctx, &s3.HeadObjectInput{Bucket: name, Key: aws.String("b")})
	}), ""},
	{"a policy that is none", inBucket(func(b buckets, name *string) (any, error) { return nothing(b.policy(*name, "notjson")) }), "moto keeps it, AWS answers MalformedPolicy"},
}

// inBucket asks about the one bucket of the comparison.
func inBucket(do func(buckets, *string) (any, error)) func(*rig, vars) (any, error) {
	return func(r *rig, _ vars) (any, error) {
		return do(bucketsOf(r, "us-east-1"), aws.String("acme-billing"))
	}
}

// TestMotoBuckets asks the simulator and moto the same of S3.
func TestMotoBuckets(t *testing.T) {
	url := moto(t)
	compare(t, newRig(t, awssim.Options{}), with(t, nil, url, http.DefaultClient, "test", "test", ""), motoBuckets)
}
