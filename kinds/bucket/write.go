package bucket

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// settling are the answers of S3 that does not know a new bucket everywhere, or
// has another change of it under way.
var settling = []string{NoSuchBucket, "OperationAborted"}

// create makes the bucket with our mark on it and sets what the file sets. One
// that is there by now is ours if it bears our mark: a killed run made it, or
// one whose answer was lost.
//
// S3 would say yes to the making of a bucket that the account has already, in
// its oldest region. So it is asked first.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	h := open(s, want.Attrs[attrRegion].Value(), want.Ref.Name)
	have, err := h.tags(ctx)
	switch {
	case missing(err):
		have, err = h.make(ctx, s, want)
	case err == nil:
		err = ours(s, have)
	}
	if err != nil {
		return nil, err
	}
	if err := h.complete(ctx, s, have, want); err != nil {
		return nil, fmt.Errorf("set up bucket %s: %w", want.Ref.Name, err)
	}
	return h.outputs(), nil
}

// ours is nil where tags say that the payer owns the bucket.
func ours(s *cloud.Session, tags map[string]string) error {
	switch owner := tags[orgs.KeyPayer]; owner {
	case s.Payer():
		return nil
	case "":
		return errors.New("the bucket exists and is not ours; plan again")
	default:
		return fmt.Errorf("the bucket exists and bears the mark of payer %q", owner)
	}
}

// make makes the bucket and gives the tags that it has then.
func (h *handle) make(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	in := &s3.CreateBucketInput{Bucket: h.name, CreateBucketConfiguration: &types.CreateBucketConfiguration{
		Tags: list(orgs.Wanted(want), orgs.Mark(s.Payer(), want.Ref))}}
	if h.region != "us-east-1" { // which has no name as a location
		in.CreateBucketConfiguration.LocationConstraint = types.BucketLocationConstraint(h.region)
	}
	err := orgs.Settle(ctx, s, settling[1:], func() error {
		_, err := h.s3.CreateBucket(cloud.WithoutRepeat(ctx), in)
		return err
	})
	switch {
	case cloud.Code(err) == "BucketAlreadyExists":
		return nil, errTaken
	case err != nil && cloud.Code(err) != "BucketAlreadyOwnedByYou" && !cloud.Lost(err):
		return nil, err
	}
	var have map[string]string
	look := orgs.Settle(ctx, s, settling[:1], func() (e error) {
		have, e = h.tags(ctx)
		return e
	})
	switch {
	case look != nil && err != nil:
		return nil, fmt.Errorf("%w; then it could not be looked at: %w", err, look)
	case look != nil:
		return nil, look
	case err != nil:
		return have, ours(s, have)
	}
	return have, nil
}

// complete makes a bucket that we have just made, or found as our own, equal to
// want, mark and all.
func (h *handle) complete(ctx context.Context, s *cloud.Session, have map[string]string, want resource.Object) error {
	return orgs.Settle(ctx, s, settling, func() error {
		attrs, err := h.settings(ctx, want.Attrs)
		if err != nil {
			return err
		}
		o := orgs.Confirm(resource.Object{Ref: want.Ref, Attrs: attrs}, have)
		return h.apply(ctx, s, o, want, o.Owner != s.Payer())
	})
}

// update sends what differs, and the mark where adoption asks for it.
func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	h := open(s, have.Outputs["region"], want.Ref.Name)
	own := want.Facts[resource.FactAdopt] == "own" && have.Owner == ""
	return nil, h.apply(ctx, s, have, want, own)
}

// apply writes the parts in which want differs from have, and the tags; with
// own it sets the mark.
func (h *handle) apply(ctx context.Context, s *cloud.Session, have, want resource.Object, own bool) error {
	for _, p := range parts {
		if !differs(p, have.Attrs, want.Attrs) {
			continue
		}
		if err := p.write(h, ctx, want.Attrs); err != nil {
			return err
		}
	}
	if own || differs(part{name: tags}, have.Attrs, want.Attrs) {
		return h.writeTags(ctx, s, want, own)
	}
	return nil
}

// differs says that want sets an attribute of the part otherwise than have has it.
func differs(p part, have, want resource.Attrs) bool {
	for k, v := range want {
		if !p.has(k) {
			continue
		}
		old, ok := have[k]
		if v.IsNone() == ok || ok && !old.Equal(v) {
			return true
		}
	}
	return false
}

// writeTags sets and takes off tags. S3 takes the whole set only, so it is read
// just before, and what others have put there is sent back with it.
func (h *handle) writeTags(ctx context.Context, s *cloud.Session, want resource.Object, own bool) error {
	all, err := h.tags(ctx)
	if err != nil {
		return err
	}
	for k, v := range want.Attrs {
		key, ok := strings.CutPrefix(k, tags)
		switch {
		case !ok:
		case v.IsNone():
			delete(all, key)
		default:
			all[key] = v.Value()
		}
	}
	if own {
		maps.Copy(all, orgs.Mark(s.Payer(), want.Ref))
	}
	if len(all) == 0 {
		_, err = h.s3.DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
	} else {
		_, err = h.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: h.name, ExpectedBucketOwner: h.owner,
			Tagging: &types.Tagging{TagSet: list(all)}})
	}
	return err
}

// list gives tags in S3's form, sorted by key.
func list(sets ...map[string]string) []types.Tag {
	all := map[string]string{}
	for _, s := range sets {
		maps.Copy(all, s)
	}
	out := make([]types.Tag, 0, len(all))
	for _, k := range slices.Sorted(maps.Keys(all)) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(all[k])})
	}
	return out
}
