package bucketpolicy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/bucket"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// live reads the policy of each bucket of which the file names statements.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	var buckets []resource.Object
	if p == nil {
		for b := range read.Kind(bucket.Kind.Name) {
			buckets = append(buckets, b)
		}
	} else {
		for _, b := range p.Buckets {
			have, ok := read.Get(b.Ref())
			if ok && have.ID() != "" && have.Outputs["region"] == bucket.Region(p, b) && len(b.Statements)+len(b.AbsentStatements) > 0 {
				buckets = append(buckets, have)
			}
		}
	}
	objects := make([]resource.Object, len(buckets))
	err := orgs.Each(ctx, buckets, func(ctx context.Context, i int, b resource.Object) error {
		name := b.Outputs["name"]
		document, err := readPolicy(ctx, bucket.Client(s, b.Outputs["region"]), s.AccountID(), name)
		if err != nil {
			return fmt.Errorf("read the policy of bucket %s: %w", name, err)
		}
		if document == "" {
			return nil
		}
		objects[i] = resource.Object{Ref: spec.BucketPolicyRef(name), Attrs: attributes(document), After: []resource.Ref{b.Ref},
			Outputs: map[string]string{"id": name}, Facts: map[string]string{factDocument: document}}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(objects, func(o resource.Object) bool { return o.Ref.IsZero() }), nil
}

// readPolicy gives the policy as AWS has it, "" where the bucket has none.
func readPolicy(ctx context.Context, client *s3.Client, owner, name string) (string, error) {
	out, err := client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(name), ExpectedBucketOwner: aws.String(owner)})
	switch {
	case cloud.Code(err) == "NoSuchBucketPolicy":
		return "", nil
	case err != nil:
		return "", err
	}
	return aws.ToString(out.Policy), nil
}

// attributes gives the statements that have a Sid.
func attributes(document string) resource.Attrs {
	attrs := resource.Attrs{}
	var have policy
	if json.Unmarshal([]byte(document), &have) != nil {
		return attrs
	}
	for _, text := range have.Statement {
		id := sid(text)
		if id == "" {
			continue
		}
		shown, err := canonical(string(text))
		if err != nil {
			shown = string(text) // not a statement as we know it: shown as it is
		}
		attrs[statement+id] = resource.Lit(shown)
	}
	return attrs
}

func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	return put(ctx, s, want, 1)
}

func update(ctx context.Context, s *cloud.Session, _, want resource.Object) (map[string]string, error) {
	return put(ctx, s, want, 1)
}

func resume(ctx context.Context, s *cloud.Session, want resource.Object, token string) (map[string]string, error) {
	try := 1
	if _, err := fmt.Sscanf(token, tokenForm, &try); err != nil {
		return nil, fmt.Errorf("read token %q: %w", token, err)
	}
	return put(ctx, s, want, try)
}

// A role that was just made is no principal yet, for seconds to a minute or
// two; so a policy that names one is sent again for so long.
const (
	again     = 5 * time.Second
	tries     = int(2*time.Minute/again) + 1
	tokenForm = "principal#%d"
)

// put reads the policy afresh, puts the statements in and sends it, where
// anything differs.
func put(ctx context.Context, s *cloud.Session, want resource.Object, try int) (map[string]string, error) {
	name := want.Ref.Name
	client := bucket.Client(s, want.Inputs[region].Value())
	document, err := readPolicy(ctx, client, s.AccountID(), name)
	if err != nil {
		return nil, err
	}
	if why := orphan(document, want.Attrs); why != "" {
		return nil, errors.New(why)
	}
	mine := statements{}
	for k, v := range want.Attrs {
		if id, ok := sidOf(k); ok && v.IsNone() {
			mine[id] = nil
		} else if ok {
			mine[id] = aws.String(want.Inputs[k].Value())
		}
	}
	after, differs, err := merge(document, mine)
	switch {
	case err != nil:
		return nil, err
	case !differs:
		return map[string]string{"id": name}, nil
	case after == "":
		_, err = client.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: aws.String(name), ExpectedBucketOwner: aws.String(s.AccountID())})
	case len(after) > limit:
		return nil, fmt.Errorf("the bucket's policy would have %d of %d bytes", len(after), limit)
	default:
		_, err = client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(name), ExpectedBucketOwner: aws.String(s.AccountID()),
			Policy: aws.String(after)})
	}
	if err != nil {
		return nil, explain(err, try)
	}
	return map[string]string{"id": name}, nil
}

// explain says what to do about S3's refusal of a policy. A refusal for what
// the policy says does not mean that we may do nothing here.
func explain(err error, try int) error {
	text := strings.ToLower(err.Error())
	switch {
	case strings.Contains(text, "invalid principal"):
		if try < tries {
			return &kind.Pending{Token: fmt.Sprintf(tokenForm, try+1), Again: again}
		}
		return fmt.Errorf("%w; a statement names a role, user or account that is not there", err)
	case cloud.Code(err) == "AccessDenied" && strings.Contains(text, "public"):
		return cloud.Refused(err, "a statement lets everybody in, which the public access block of the bucket or of the account forbids")
	case cloud.Code(err) == "MalformedPolicy":
		return fmt.Errorf("%w; AWS takes no such policy on this bucket", err)
	}
	return err
}
