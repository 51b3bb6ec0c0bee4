package lease

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// biggest is more than a lease or a pause ever is.
const biggest = 64 << 10

// S3 keeps an object in a bucket, by S3's conditional writes and deletes. Where
// owner is set, the bucket must belong to that account. The client's own
// retries do no harm.
func S3(c *s3.Client, bucket, key, owner string) Store {
	s := &bucketStore{client: c, bucket: &bucket, key: &key}
	if owner != "" {
		s.owner = &owner
	}
	return s
}

type bucketStore struct {
	client             *s3.Client
	bucket, key, owner *string
}

// Get reads the object. Its age is the difference of two times that S3 tells in
// one answer, and so is nobody else's clock.
func (s *bucketStore) Get(ctx context.Context) (Object, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: s.bucket, Key: s.key, ExpectedBucketOwner: s.owner})
	if err != nil {
		return Object{Now: told(err)}, s.failure("read", err)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(io.LimitReader(out.Body, biggest+1))
	if err != nil {
		return Object{}, s.failure("read", err)
	}
	if len(body) > biggest {
		return Object{}, fmt.Errorf("read %s: %w", s, &ForeignError{What: "lease", Why: errors.New("it is too big")})
	}
	o := Object{Body: body, Tag: aws.ToString(out.ETag), Age: -1}
	if now, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok && !now.IsZero() {
		o.Now = now
		if out.LastModified != nil {
			o.Age = max(0, now.Sub(*out.LastModified))
		}
	}
	if o.Tag == "" {
		return Object{}, fmt.Errorf("read %s: the answer has no ETag", s)
	}
	return o, nil
}

// Create makes the object where there is none.
func (s *bucketStore) Create(ctx context.Context, body []byte) (string, error) {
	return s.put(ctx, &s3.PutObjectInput{IfNoneMatch: aws.String("*")}, body)
}

// Replace puts the object where the one with the tag is.
func (s *bucketStore) Replace(ctx context.Context, body []byte, tag string) (string, error) {
	return s.put(ctx, &s3.PutObjectInput{IfMatch: &tag}, body)
}

func (s *bucketStore) put(ctx context.Context, in *s3.PutObjectInput, body []byte) (string, error) {
	in.Bucket, in.Key, in.ExpectedBucketOwner = s.bucket, s.key, s.owner
	in.Body, in.ContentType = bytes.NewReader(body), aws.String("application/json")
	out, err := s.client.PutObject(ctx, in)
	if err != nil {
		return "", s.changed("write", err)
	}
	tag := aws.ToString(out.ETag)
	if tag == "" {
		return "", fmt.Errorf("write %s: the answer has no ETag", s)
	}
	return tag, nil
}

// Remove removes the object with the tag.
func (s *bucketStore) Remove(ctx context.Context, tag string) error {
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: s.bucket, Key: s.key, ExpectedBucketOwner: s.owner, IfMatch: &tag})
	if err != nil && code(err) == "NotImplemented" {
		return fmt.Errorf("remove %s: %w", s, errNoRemove)
	}
	return s.changed("remove", err)
}

// changed tells what an error of a conditional change means, by "Add
// preconditions to S3 operations with conditional requests" of the S3 user
// guide: 412 where the condition does not hold, 404 where an If-Match finds no
// object, 409 where another change came in between.
func (s *bucketStore) changed(verb string, err error) error {
	switch code(err) {
	case "PreconditionFailed", "NoSuchKey", "ConditionalRequestConflict", "OperationAborted":
		return fmt.Errorf("%s %s: %w", verb, s, ErrConflict)
	}
	return s.failure(verb, err)
}

// failure names the object in an error, and finds those that callers ask for.
func (s *bucketStore) failure(verb string, err error) error {
	switch c := code(err); {
	case err == nil:
		return nil
	case c == "NoSuchKey":
		return fmt.Errorf("%s %s: %w", verb, s, ErrNone)
	case c == "NoSuchBucket":
		return &storeError{fmt.Errorf("%s %s: %w", verb, s, ErrNoBucket),
			"make the bucket, or correct `lease.bucket` in the payer file"}
	case c == "AccessDenied" || status(err) == http.StatusForbidden:
		return &storeError{fmt.Errorf("%s %s: %w", verb, s, err),
			"who the tool runs as needs s3:GetObject, s3:PutObject and s3:DeleteObject on the key and on the key with .pause behind it, " +
				"and s3:ListBucket on the bucket, without which S3 answers 403 where an object is not there; the bucket must belong to the payer"}
	}
	return fmt.Errorf("%s %s: %w", verb, s, err)
}

// String is the object's address.
func (s *bucketStore) String() string { return "s3://" + *s.bucket + "/" + *s.key }

// storeError is an error that the user can mend, and how.
type storeError struct {
	err  error
	hint string
}

func (e *storeError) Error() string { return e.err.Error() }

func (e *storeError) Unwrap() error { return e.err }

// Hint is what the user may do about it.
func (e *storeError) Hint() string { return e.hint }

// code is AWS's error code, or empty.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// status is the HTTP status of an error, 0 where there was no answer.
func status(err error) int {
	var r *smithyhttp.ResponseError
	if errors.As(err, &r) && r.Response != nil {
		return r.Response.StatusCode
	}
	return 0
}

// told is the time that an error's answer tells.
func told(err error) time.Time {
	var r *smithyhttp.ResponseError
	if !errors.As(err, &r) || r.Response == nil {
		return time.Time{}
	}
	t, err := http.ParseTime(r.Response.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t
}
