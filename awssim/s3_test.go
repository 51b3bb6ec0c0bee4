package awssim_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
)

// buckets is S3 as an account sees it from a region.
type buckets struct {
	*rig
	*s3.Client
}

func bucketsOf(r *rig, region string) buckets {
	return buckets{r, s3.NewFromConfig(r.cfg, func(o *s3.Options) { o.UsePathStyle, o.Region = true, region })}
}

func (b buckets) create(name string) {
	b.Helper()
	_ = must[*s3.CreateBucketOutput](b.TB)(b.CreateBucket(b.ctx, &s3.CreateBucketInput{Bucket: &name}))
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	return string(must[[]byte](t)(json.MarshalIndent(v, "", " ")))
}

// answered is the status and the code of an error, "200" where it is none.
func answered(err error) string {
	if err == nil {
		return "200"
	}
	var res *smithyhttp.ResponseError
	var api smithy.APIError
	if !errors.As(err, &res) || !errors.As(err, &api) {
		return err.Error()
	}
	return fmt.Sprint(res.HTTPStatusCode(), " ", api.ErrorCode())
}

func TestSDKBucketAsItIsMade(t *testing.T) {
	b := bucketsOf(newRig(t, awssim.Options{}), "us-east-1")
	name := aws.String("acme-billing")
	b.create(*name)
	head := must[*s3.HeadBucketOutput](t)(b.HeadBucket(b.ctx, &s3.HeadBucketInput{Bucket: name}))
	if got := aws.ToString(head.BucketRegion); got != "us-east-1" {
		t.Errorf("region %q", got)
	}
	pab := must[*s3.GetPublicAccessBlockOutput](t)(b.GetPublicAccessBlock(b.ctx, &s3.GetPublicAccessBlockInput{Bucket: name})).PublicAccessBlockConfiguration
	if !*pab.BlockPublicAcls || !*pab.IgnorePublicAcls || !*pab.BlockPublicPolicy || !*pab.RestrictPublicBuckets {
		t.Errorf("public access block %+v", pab)
	}
	enc := must[*s3.GetBucketEncryptionOutput](t)(b.GetBucketEncryption(b.ctx, &s3.GetBucketEncryptionInput{Bucket: name})).ServerSideEncryptionConfiguration
	if got := enc.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm; got != types.ServerSideEncryptionAes256 {
		t.Errorf("encryption %q", got)
	}
	own := must[*s3.GetBucketOwnershipControlsOutput](t)(b.GetBucketOwnershipControls(b.ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name})).OwnershipControls
	if got := own.Rules[0].ObjectOwnership; got != types.ObjectOwnershipBucketOwnerEnforced {
		t.Errorf("ownership %q", got)
	}
	if got := must[*s3.GetBucketVersioningOutput](t)(b.GetBucketVersioning(b.ctx, &s3.GetBucketVersioningInput{Bucket: name})).Status; got != "" {
		t.Errorf("versioning %q", got)
	}
	if got := must[*s3.GetBucketLocationOutput](t)(b.GetBucketLocation(b.ctx, &s3.GetBucketLocationInput{Bucket: name})).LocationConstraint; got != "" {
		t.Errorf("location %q", got)
	}
	acl := must[*s3.GetBucketAclOutput](t)(b.GetBucketAcl(b.ctx, &s3.GetBucketAclInput{Bucket: name}))
	if len(acl.Grants) != 1 || acl.Grants[0].Permission != types.PermissionFullControl || *acl.Grants[0].Grantee.ID != *acl.Owner.ID || acl.Grants[0].Grantee.Type != types.TypeCanonicalUser {
		t.Errorf("access control list %+v", acl)
	}
	_ = must[*s3.GetBucketAccelerateConfigurationOutput](t)(b.GetBucketAccelerateConfiguration(b.ctx, &s3.GetBucketAccelerateConfigurationInput{Bucket: name}))
	_ = must[*s3.GetBucketLoggingOutput](t)(b.GetBucketLogging(b.ctx, &s3.GetBucketLoggingInput{Bucket: name}))
	if got := must[*s3.GetBucketRequestPaymentOutput](t)(b.GetBucketRequestPayment(b.ctx, &s3.GetBucketRequestPaymentInput{Bucket: name})).Payer; got != types.PayerBucketOwner {
		t.Errorf("%q pays", got)
	}
	for what, err := range map[string]error{
		"404 NoSuchTagSet":                          err2(b.GetBucketTagging(b.ctx, &s3.GetBucketTaggingInput{Bucket: name})),
		"404 NoSuchLifecycleConfiguration":          err2(b.GetBucketLifecycleConfiguration(b.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})),
		"404 NoSuchBucketPolicy":                    err2(b.GetBucketPolicy(b.ctx, &s3.GetBucketPolicyInput{Bucket: name})),
		"404 NoSuchCORSConfiguration":               err2(b.GetBucketCors(b.ctx, &s3.GetBucketCorsInput{Bucket: name})),
		"404 NoSuchWebsiteConfiguration":            err2(b.GetBucketWebsite(b.ctx, &s3.GetBucketWebsiteInput{Bucket: name})),
		"404 ReplicationConfigurationNotFoundError": err2(b.GetBucketReplication(b.ctx, &s3.GetBucketReplicationInput{Bucket: name})),
		"404 ObjectLockConfigurationNotFoundError":  err2(b.GetObjectLockConfiguration(b.ctx, &s3.GetObjectLockConfigurationInput{Bucket: name})),
	} {
		if got := answered(err); got != what {
			t.Errorf("got %s, want %s", got, what)
		}
	}
}

func TestSDKBucketRegions(t *testing.T) {
	r := newRig(t, awssim.Options{})
	east, west := bucketsOf(r, "us-east-1"), bucketsOf(r, "eu-west-1")
	in := func(b buckets, name, constraint string) string {
		in := &s3.CreateBucketInput{Bucket: &name}
		if constraint != "" {
			in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(constraint)}
		}
		return answered(err2(b.CreateBucket(b.ctx, in)))
	}
	for _, tt := range []struct{ got, want string }{
		{in(east, "east", ""), "200"},
		{in(east, "from-east", "eu-central-1"), "200"},
		{in(east, "bad-east", "us-east-1"), "400 InvalidLocationConstraint"},
		{in(east, "moon", "moon-1"), "400 InvalidLocationConstraint"},
		{in(west, "unspecified", ""), "400 IllegalLocationConstraintException"},
		{in(west, "other", "eu-central-1"), "400 IllegalLocationConstraintException"},
		{in(west, "west", "eu-west-1"), "200"},
		{in(west, "west", "eu-west-1"), "409 BucketAlreadyOwnedByYou"},
		{in(west, "old-europe", "EU"), "200"},
		{answered(err2(east.HeadBucket(r.ctx, &s3.HeadBucketInput{Bucket: aws.String("west")}))), "301 MovedPermanently"},
		{answered(err2(east.GetBucketTagging(r.ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("west")}))), "301 PermanentRedirect"},
		{string(must[*s3.GetBucketLocationOutput](t)(east.GetBucketLocation(r.ctx, &s3.GetBucketLocationInput{Bucket: aws.String("west")})).LocationConstraint), "eu-west-1"},
		{answered(err2(west.GetBucketLocation(r.ctx, &s3.GetBucketLocationInput{Bucket: aws.String("east")}))), "301 PermanentRedirect"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
	_, err := east.HeadBucket(r.ctx, &s3.HeadBucketInput{Bucket: aws.String("west")})
	var res *smithyhttp.ResponseError
	if !errors.As(err, &res) || res.Response.Header.Get("X-Amz-Bucket-Region") != "eu-west-1" {
		t.Errorf("the right region is not told: %v", err)
	}
	var names []string
	p := s3.NewListBucketsPaginator(east, &s3.ListBucketsInput{MaxBuckets: aws.Int32(2)})
	for p.HasMorePages() {
		page := must[*s3.ListBucketsOutput](t)(p.NextPage(r.ctx))
		for _, b := range page.Buckets {
			names = append(names, *b.Name+" "+aws.ToString(b.BucketRegion))
		}
	}
	want := []string{"east us-east-1", "from-east eu-central-1", "old-europe eu-west-1", "west eu-west-1"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("buckets (-want +got):\n%s", diff)
	}
}

// TestHostedBuckets asks with the bucket in the host, as clients of AWS itself
// do.
func TestHostedBuckets(t *testing.T) {
	r := newRig(t, awssim.Options{})
	hosted := s3.NewFromConfig(r.cfg)
	_ = must[*s3.CreateBucketOutput](t)(hosted.CreateBucket(r.ctx, &s3.CreateBucketInput{Bucket: aws.String("acme-billing")}))
	_ = must[*s3.PutObjectOutput](t)(hosted.PutObject(r.ctx, &s3.PutObjectInput{Bucket: aws.String("acme-billing"), Key: aws.String("a/b c"), Body: strings.NewReader("x")}))
	out := must[*s3.ListObjectsV2Output](t)(bucketsOf(r, "us-east-1").ListObjectsV2(r.ctx, &s3.ListObjectsV2Input{Bucket: aws.String("acme-billing")}))
	if len(out.Contents) != 1 || *out.Contents[0].Key != "a/b c" {
		t.Errorf("objects %+v", out.Contents)
	}
	west := s3.NewFromConfig(r.cfg, func(o *s3.Options) { o.Region = "eu-west-1" })
	if got := answered(err2(west.GetBucketTagging(r.ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("acme-billing")}))); got != "400 AuthorizationHeaderMalformed" {
		t.Errorf("the wrong region: %s", got)
	}
}

func TestSDKBucketsOfOthers(t *testing.T) {
	sim := awssim.New(awssim.Options{})
	mine, theirs := bucketsOf(on(t, sim, "111122223333"), "us-east-1"), bucketsOf(on(t, sim, "444455556666"), "us-east-1")
	name, me, they := aws.String("acme-billing"), aws.String("111122223333"), aws.String("444455556666")
	mine.create(*name)
	ctx := mine.ctx
	for _, tt := range []struct {
		what string
		err  error
		want string
	}{
		{"again", err2(mine.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name})), "200"},
		{"another's name", err2(theirs.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name})), "409 BucketAlreadyExists"},
		{"look at another's", err2(theirs.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: name})), "403 Forbidden"},
		{"read another's", err2(theirs.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: name})), "403 AccessDenied"},
		{"delete another's", err2(theirs.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: name})), "403 AccessDenied"},
		{"look at nobody's", err2(mine.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("nobody")})), "404 NotFound"},
		{"read nobody's", err2(mine.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("nobody")})), "404 NoSuchBucket"},
		{"the owner as expected", err2(mine.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: name, ExpectedBucketOwner: me})), "200"},
		{"another owner than expected", err2(mine.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name, ExpectedBucketOwner: they})), "403 AccessDenied"},
	} {
		if got := answered(tt.err); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.what, got, tt.want)
		}
	}
	if got := must[*s3.ListBucketsOutput](t)(theirs.ListBuckets(ctx, &s3.ListBucketsInput{})); len(got.Buckets) != 0 {
		t.Errorf("they have %+v", got.Buckets)
	}
}

// TestSDKBucketSettings sets, reads and removes all that a bucket can be given.
func TestSDKBucketSettings(t *testing.T) {
	b := bucketsOf(newRig(t, awssim.Options{}), "us-east-1")
	name := aws.String("acme-billing")
	_ = must[*s3.CreateBucketOutput](t)(b.CreateBucket(b.ctx, &s3.CreateBucketInput{Bucket: name, CreateBucketConfiguration: &types.CreateBucketConfiguration{
		Tags: []types.Tag{{Key: aws.String("made"), Value: aws.String("with tags")}},
	}}))
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	if got := must[*s3.GetBucketTaggingOutput](t)(b.GetBucketTagging(b.ctx, &s3.GetBucketTaggingInput{Bucket: name})).TagSet; len(got) != 1 || *got[0].Value != "with tags" {
		t.Errorf("tags %+v", got)
	}
	ok(err2(b.PutBucketTagging(b.ctx, &s3.PutBucketTaggingInput{Bucket: name, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("a"), Value: aws.String("")}}}})))
	ok(err2(b.DeleteBucketTagging(b.ctx, &s3.DeleteBucketTaggingInput{Bucket: name})))
	ok(err2(b.PutBucketVersioning(b.ctx, &s3.PutBucketVersioningInput{Bucket: name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})))
	if got := must[*s3.GetBucketVersioningOutput](t)(b.GetBucketVersioning(b.ctx, &s3.GetBucketVersioningInput{Bucket: name})).Status; got != types.BucketVersioningStatusEnabled {
		t.Errorf("versioning %q", got)
	}
	kms := types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String("alias/bills")}
	ok(err2(b.PutBucketEncryption(b.ctx, &s3.PutBucketEncryptionInput{Bucket: name, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &kms, BucketKeyEnabled: aws.Bool(true)}},
	}})))
	enc := must[*s3.GetBucketEncryptionOutput](t)(b.GetBucketEncryption(b.ctx, &s3.GetBucketEncryptionInput{Bucket: name})).ServerSideEncryptionConfiguration.Rules[0]
	if *enc.ApplyServerSideEncryptionByDefault.KMSMasterKeyID != "alias/bills" || !*enc.BucketKeyEnabled {
		t.Errorf("encryption %+v", enc)
	}
	ok(err2(b.DeleteBucketEncryption(b.ctx, &s3.DeleteBucketEncryptionInput{Bucket: name})))
	ok(err2(b.PutBucketOwnershipControls(b.ctx, &s3.PutBucketOwnershipControlsInput{Bucket: name, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipObjectWriter}}}})))
	ok(err2(b.DeleteBucketOwnershipControls(b.ctx, &s3.DeleteBucketOwnershipControlsInput{Bucket: name})))
	ok(err2(b.PutPublicAccessBlock(b.ctx, &s3.PutPublicAccessBlockInput{Bucket: name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true)}})))
	if got := must[*s3.GetPublicAccessBlockOutput](t)(b.GetPublicAccessBlock(b.ctx, &s3.GetPublicAccessBlockInput{Bucket: name})).PublicAccessBlockConfiguration; *got.BlockPublicPolicy || !*got.BlockPublicAcls {
		t.Errorf("public access block %+v", got)
	}
	ok(err2(b.DeletePublicAccessBlock(b.ctx, &s3.DeletePublicAccessBlockInput{Bucket: name})))
	rules := []types.LifecycleRule{
		{ID: aws.String("old"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("cur/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(400)},
			Transitions: []types.Transition{{Days: aws.Int32(30), StorageClass: types.TransitionStorageClassStandardIa}}},
		{ID: aws.String("parts"), Status: types.ExpirationStatusDisabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)}, NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(9)}},
	}
	ok(err2(b.PutBucketLifecycleConfiguration(b.ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules}})))
	got := must[*s3.GetBucketLifecycleConfigurationOutput](t)(b.GetBucketLifecycleConfiguration(b.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})).Rules
	if diff := cmp.Diff(asJSON(t, rules), asJSON(t, got)); diff != "" {
		t.Errorf("lifecycle (-want +got):\n%s", diff)
	}
	ok(err2(b.DeleteBucketLifecycle(b.ctx, &s3.DeleteBucketLifecycleInput{Bucket: name})))
	ok(err2(b.DeleteBucket(b.ctx, &s3.DeleteBucketInput{Bucket: name})))
	if got := answered(err2(b.HeadBucket(b.ctx, &s3.HeadBucketInput{Bucket: name}))); got != "404 NotFound" {
		t.Errorf("a bucket that was deleted: %s", got)
	}
}

// TestSDKLease takes an object as a lock is taken: made where it is not there,
// changed where it is as it was read.
func TestSDKLease(t *testing.T) {
	b := bucketsOf(newRig(t, awssim.Options{}), "us-east-1")
	name, key, star := aws.String("acme-billing"), aws.String("reconciler/acme.lease"), aws.String("*")
	b.create(*name)
	put := func(body string, match, none *string) (*s3.PutObjectOutput, error) {
		return b.PutObject(b.ctx, &s3.PutObjectInput{Bucket: name, Key: key, Body: bytes.NewReader([]byte(body)), IfMatch: match, IfNoneMatch: none, Metadata: map[string]string{"holder": "me"}})
	}
	if got := answered(err2(put("a", aws.String(`"00"`), nil))); got != "404 NoSuchKey" {
		t.Errorf("change what is not there: %s", got)
	}
	first := must[*s3.PutObjectOutput](t)(put("a", nil, star))
	if got := answered(err2(put("b", nil, star))); got != "412 PreconditionFailed" {
		t.Errorf("make it twice: %s", got)
	}
	second := must[*s3.PutObjectOutput](t)(put("b", first.ETag, nil))
	if got := answered(err2(put("c", first.ETag, nil))); got != "412 PreconditionFailed" {
		t.Errorf("change what was changed: %s", got)
	}
	got := must[*s3.GetObjectOutput](t)(b.GetObject(b.ctx, &s3.GetObjectInput{Bucket: name, Key: key}))
	body, err := io.ReadAll(got.Body)
	if err != nil || string(body) != "b" || *got.ETag != *second.ETag || got.Metadata["holder"] != "me" {
		t.Errorf("it is %q %+v %v", body, got, err)
	}
	head := must[*s3.HeadObjectOutput](t)(b.HeadObject(b.ctx, &s3.HeadObjectInput{Bucket: name, Key: key}))
	if *head.ContentLength != 1 {
		t.Errorf("head %+v", head)
	}
	if got := answered(err2(b.GetObject(b.ctx, &s3.GetObjectInput{Bucket: name, Key: key, IfNoneMatch: second.ETag}))); !strings.HasPrefix(got, fmt.Sprint(http.StatusNotModified)) {
		t.Errorf("read what is known: %s", got)
	}
	if got := answered(err2(b.DeleteBucket(b.ctx, &s3.DeleteBucketInput{Bucket: name}))); got != "409 BucketNotEmpty" {
		t.Errorf("delete a bucket with an object: %s", got)
	}
	if got := answered(err2(b.DeleteObject(b.ctx, &s3.DeleteObjectInput{Bucket: name, Key: key, IfMatch: first.ETag}))); got != "412 PreconditionFailed" {
		t.Errorf("delete what was changed: %s", got)
	}
	_ = must[*s3.DeleteObjectOutput](t)(b.DeleteObject(b.ctx, &s3.DeleteObjectInput{Bucket: name, Key: key, IfMatch: second.ETag}))
	if got := answered(err2(b.HeadObject(b.ctx, &s3.HeadObjectInput{Bucket: name, Key: key}))); got != "404 NotFound" {
		t.Errorf("head what was deleted: %s", got)
	}
}

func TestSDKListObjects(t *testing.T) {
	b := bucketsOf(newRig(t, awssim.Options{}), "us-east-1")
	name := aws.String("acme-billing")
	b.create(*name)
	for _, k := range []string{"a", "b/1", "b/2", "c/1", "d"} {
		_ = must[*s3.PutObjectOutput](t)(b.PutObject(b.ctx, &s3.PutObjectInput{Bucket: name, Key: &k, Body: strings.NewReader(k)}))
	}
	var got []string
	p := s3.NewListObjectsV2Paginator(b, &s3.ListObjectsV2Input{Bucket: name, Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)})
	for p.HasMorePages() {
		page := must[*s3.ListObjectsV2Output](t)(p.NextPage(b.ctx))
		for _, o := range page.Contents {
			got = append(got, *o.Key)
		}
		for _, o := range page.CommonPrefixes {
			got = append(got, *o.Prefix)
		}
	}
	if diff := cmp.Diff([]string{"a", "b/", "c/", "d"}, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}
