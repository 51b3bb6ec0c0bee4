package awssim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/awssim"
)

// TestSDKStoreTime: the Date of an answer is of the simulator's own clock, and
// an object's Last-Modified is on it.
func TestSDKStoreTime(t *testing.T) {
	start := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	r := newRig(t, awssim.Options{Manual: true, Start: start})
	b := bucketsOf(r, "us-east-1")
	name, key := aws.String("acme-billing"), aws.String("a")
	b.create(*name)
	put := must[*s3.PutObjectOutput](t)(b.PutObject(b.ctx, &s3.PutObjectInput{Bucket: name, Key: key, Body: strings.NewReader("x")}))
	if at, ok := awsmiddleware.GetServerTime(put.ResultMetadata); !ok || !at.Equal(start) {
		t.Errorf("written at %v, want %v", at, start)
	}
	r.sim.Advance(90 * time.Second)
	got := must[*s3.GetObjectOutput](t)(b.GetObject(b.ctx, &s3.GetObjectInput{Bucket: name, Key: key}))
	at, ok := awsmiddleware.GetServerTime(got.ResultMetadata)
	if !ok || !at.Equal(start.Add(90*time.Second)) || !got.LastModified.Equal(start) {
		t.Errorf("read at %v, written at %v", at, got.LastModified)
	}
}

// TestSDKConditionalConflict: a change that comes in between has a code of its
// own where a condition was asked for, and the SDK does not try again.
func TestSDKConditionalConflict(t *testing.T) {
	r := newRig(t, awssim.Options{})
	b := bucketsOf(r, "us-east-1")
	name, key := aws.String("acme-billing"), aws.String("a")
	b.create(*name)
	for in, want := range map[*s3.PutObjectInput]string{
		{Bucket: name, Key: key, IfNoneMatch: aws.String("*")}: "409 ConditionalRequestConflict",
		{Bucket: name, Key: key, IfMatch: aws.String(`"0"`)}:   "409 ConditionalRequestConflict",
		{Bucket: name, Key: key}:                               "409 OperationAborted",
	} {
		r.sim.Inject(awssim.Fault{Operation: "s3:PutObject", Nth: 1, Kind: awssim.Conflict})
		in.Body = strings.NewReader("x")
		if got := answered(err2(b.PutObject(b.ctx, in))); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		r.sim.ClearFaults()
	}
}

// TestEnforcedConditions: who asks for an ETag must be allowed to read it, and
// who may not list a bucket does not learn that an object is not there.
func TestEnforcedConditions(t *testing.T) {
	p, limited := enforced(t, allowing("s3:PutObject", "s3:DeleteObject"))
	client := func(r *rig) *s3.Client { return s3.NewFromConfig(r.cfg, func(o *s3.Options) { o.UsePathStyle = true }) }
	b, key := aws.String("acme-billing"), aws.String("a")
	_ = must[*s3.CreateBucketOutput](t)(client(p.rig).CreateBucket(p.ctx, &s3.CreateBucketInput{Bucket: b}))
	c := client(limited().rig)
	put := func(match, none *string) string {
		return answered(err2(c.PutObject(p.ctx, &s3.PutObjectInput{Bucket: b, Key: key, Body: strings.NewReader("x"), IfMatch: match, IfNoneMatch: none})))
	}
	etag := aws.String(`"9dd4e461268c8034f5c8564e155c67a6"`)
	for name, got := range map[string][2]string{
		"make":               {put(nil, aws.String("*")), "200"},
		"change":             {put(etag, nil), "403 AccessDenied"},
		"delete":             {answered(err2(c.DeleteObject(p.ctx, &s3.DeleteObjectInput{Bucket: b, Key: key, IfMatch: etag}))), "403 AccessDenied"},
		"what is there":      {answered(err2(c.GetObject(p.ctx, &s3.GetObjectInput{Bucket: b, Key: key}))), "403 AccessDenied"},
		"what is not there":  {answered(err2(c.GetObject(p.ctx, &s3.GetObjectInput{Bucket: b, Key: aws.String("z")}))), "403 AccessDenied"},
		"delete without one": {answered(err2(c.DeleteObject(p.ctx, &s3.DeleteObjectInput{Bucket: b, Key: aws.String("z")}))), "200"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", name, got[0], got[1])
		}
	}
}
