package snapshot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/payer-reconciler/reconciler/cloud"
)

// MissingError is a question that a snapshot has no answer to.
type MissingError struct {
	What  string // the operation and its input
	Payer string
}

// Error names what is missing.
func (e *MissingError) Error() string {
	return "the snapshot does not have " + e.What + "; take a new one"
}

// Hint is what the user may do about it.
func (e *MissingError) Hint() string {
	return "`reconciler snapshot " + e.Payer + " --out FILE`, with the payer file as it is now, asks AWS for all that it names"
}

// load builds the answers by their questions, once.
func (f *File) load() *tape {
	f.once.Do(func() {
		f.tape, f.known = newTape(f.AccountID), map[string]bool{}
		f.tape.all = make(map[string]Answer, len(f.Answers))
		for _, a := range f.Answers {
			var b bytes.Buffer
			if json.Compact(&b, a.Input) == nil {
				a.Input = b.Bytes()
			}
			f.tape.put(a)
		}
	})
	return f.tape
}

// Answer answers a session in the place of AWS, from the file alone: send is
// never called. It is the Answer of [cloud.Options]. What the file does not hold
// is a [MissingError], and a write is an error.
func (f *File) Answer(_ context.Context, q cloud.Question, _ func(context.Context) (any, error)) (any, error) {
	t := f.load()
	if _, reads := t.shapes[q.Service][q.Operation]; !reads {
		return nil, fmt.Errorf("%s %s: a snapshot answers no such call", q.Service, q.Operation)
	}
	a, err := t.blank(q)
	if err != nil {
		return nil, err
	}
	if have, ok := t.get(a.key()); ok {
		out, err := t.give(have)
		if in, ok := out.(*sts.AssumeRoleOutput); ok && err == nil {
			in.Credentials = nobody()
		}
		return out, err
	}
	if out, ok, err := t.view(q, a); ok || err != nil {
		return out, err
	}
	if out, err, ok := f.deduce(t, q, a); ok {
		return out, err
	}
	return nil, &MissingError{What: what(a), Payer: f.Payer}
}

// nobody are credentials that nothing is ever signed with.
func nobody() *ststypes.Credentials {
	none := aws.String("none")
	return &ststypes.Credentials{AccessKeyId: none, SecretAccessKey: none, SessionToken: none, Expiration: aws.Time(time.Now().Add(time.Hour))}
}

// what names a question.
func what(a Answer) string {
	var b strings.Builder
	b.WriteString("the answer to " + a.Service + " " + a.Operation)
	var in map[string]any
	if json.Unmarshal(a.Input, &in) == nil {
		var names []string
		for name := range in {
			names = append(names, name)
		}
		slices.Sort(names)
		for i, name := range names {
			sep := ", "
			if i == 0 {
				sep = " of "
			}
			fmt.Fprintf(&b, "%s%s %v", sep, name, in[name])
		}
	}
	if a.Account != "" {
		b.WriteString(" in account " + a.Account)
	}
	if a.Region != "" {
		b.WriteString(" in " + a.Region)
	}
	return b.String()
}

// deduce answers what follows from what the file has: the tags that a bulk read
// told, and whose buckets there are. ok is false where nothing follows.
func (f *File) deduce(t *tape, q cloud.Question, a Answer) (out any, err error, ok bool) {
	switch in := q.Input.(type) {
	case *organizations.ListTagsForResourceInput:
		tags, ok, err := t.accountTags(aws.ToString(in.ResourceId))
		return &organizations.ListTagsForResourceOutput{Tags: tags}, err, ok || err != nil
	case *iam.ListRoleTagsInput:
		tags, ok, err := t.sweptTags(swept{a.Account, "role", aws.ToString(in.RoleName)})
		return &iam.ListRoleTagsOutput{Tags: tags}, err, ok || err != nil
	case *iam.ListUserTagsInput:
		tags, ok, err := t.sweptTags(swept{a.Account, "user", aws.ToString(in.UserName)})
		return &iam.ListUserTagsOutput{Tags: tags}, err, ok || err != nil
	case *s3.HeadBucketInput:
		return f.head(t, aws.ToString(in.Bucket), q.Region)
	}
	return nil, nil, false
}

// head says where a bucket of ours is. A name that is not ours is free as far as
// the file tells: whether another account has it, only S3 knows.
func (f *File) head(t *tape, name, region string) (out any, err error, ok bool) {
	if len(t.of(inS3, "ListBuckets")) == 0 {
		return nil, nil, false
	}
	at, ours := "", false
	err = each(t, inS3, "ListBuckets", func(_ Answer, page *s3.ListBucketsOutput) error {
		for _, b := range page.Buckets {
			if aws.ToString(b.Name) == name {
				at, ours = aws.ToString(b.BucketRegion), true
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err, true
	case !ours:
		f.assume("no other AWS account has a bucket named " + name)
		return nil, (&Failure{Code: "NotFound", Message: "Not Found", Status: http.StatusNotFound}).back(), true
	case at != "" && at != region:
		return nil, (&Failure{Code: "MovedPermanently", Status: http.StatusMovedPermanently, Region: at}).back(), true
	}
	return nil, nil, false
}

func (f *File) assume(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known[what] = true
}

// Assumed is what the plans from this file took for granted so far, because no
// snapshot can tell: sorted.
func (f *File) Assumed() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for what := range f.known {
		all = append(all, what)
	}
	slices.Sort(all)
	return all
}

// member is a member of an answer's input.
func member(a Answer, name string) (string, error) {
	var in map[string]any
	if err := json.Unmarshal(a.Input, &in); err != nil {
		return "", fmt.Errorf("read the input of %s: %w", a.Operation, err)
	}
	s, _ := in[name].(string)
	return s, nil
}
