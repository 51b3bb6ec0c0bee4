package orgs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
)

// The keys of our mark.
const (
	KeyPayer = "reconciler:payer"
	KeyName  = "reconciler:name"
	KeyPool  = "reconciler:pool"
	KeyID    = "reconciler:id"
	// KeyHandoff stays on what was handed over after it left the file; package
	// self says what its value is.
	KeyHandoff = "reconciler:handoff"
	// KeyNote begins the keys of what a pass notes on the root for later ones: a
	// fact each, such as the commit of the last clean apply.
	KeyNote = "reconciler:"
)

// tagAttr is the prefix of an attribute that is a tag.
const tagAttr = "tags."

// A tag value is 256 characters at most, of letters, separators, digits and
// some marks (Organizations API reference, Tag, read 2026-11).
const (
	maxTagValue = 256
	tagMarks    = "_.:/=+-@"
)

// MarkName is the value of reconciler:name for a Ref's name: the name itself,
// or where a tag cannot hold that its beginning, as far as it fits, and a hash
// of it all.
func MarkName(name string) string {
	r := []rune(name)
	if len(r) <= maxTagValue && !slices.ContainsFunc(r, unfit) {
		return name
	}
	for i, c := range r {
		if unfit(c) {
			r[i] = '_'
		}
	}
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%s=%x", string(r[:min(len(r), 200)]), sum[:16])
}

// unfit says that a tag value cannot hold the character.
func unfit(c rune) bool {
	return !unicode.In(c, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune(tagMarks, c)
}

// Mark gives the tags that say an object is the payer's.
func Mark(payer string, ref resource.Ref) map[string]string {
	name := ref.Name
	if name == "" {
		name = ref.Kind
	}
	return map[string]string{KeyPayer: payer, KeyName: MarkName(name)}
}

// Wanted gives the tags that an object's attributes want, those that must be
// absent left out.
func Wanted(o resource.Object) map[string]string {
	tags := map[string]string{}
	for k, v := range o.Attrs {
		if key, ok := strings.CutPrefix(k, tagAttr); ok && !v.IsNone() {
			tags[key] = v.Value()
		}
	}
	return tags
}

// SetWanted puts the tags of a payer file into attributes.
func SetWanted(attrs resource.Attrs, tags map[string]*resource.Text) {
	for k, v := range tags {
		if v == nil {
			attrs[tagAttr+k] = resource.None()
		} else {
			attrs[tagAttr+k] = *v
		}
	}
}

// List gives tags in AWS's form, sorted by key.
func List(sets ...map[string]string) []types.Tag {
	all := map[string]string{}
	for _, s := range sets {
		maps.Copy(all, s)
	}
	tags := make([]types.Tag, 0, len(all))
	for _, k := range slices.Sorted(maps.Keys(all)) {
		tags = append(tags, types.Tag{Key: aws.String(k), Value: aws.String(all[k])})
	}
	return tags
}

// ReadTags reads all tags of one object afresh.
func ReadTags(ctx context.Context, s *cloud.Session, id string) (map[string]string, error) {
	tags := map[string]string{}
	err := Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListTagsForResource(ctx,
			&organizations.ListTagsForResourceInput{ResourceId: aws.String(id), NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, t := range page.Tags {
			tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		return page.NextToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read tags of %s: %w", id, err)
	}
	return tags, nil
}

// Gone says that an error is AWS's word that it has no such object any more.
func Gone(err error) bool {
	var gone *types.TargetNotFoundException
	return errors.As(err, &gone)
}

// Fresh reads the tags and the owner of a live object afresh. One that is gone,
// while a list that lags still shows it, comes back as absent.
func Fresh(ctx context.Context, s *cloud.Session, o resource.Object) (resource.Object, error) {
	tags, err := ReadTags(ctx, s, o.ID())
	switch {
	case Gone(err):
		facts := map[string]string{resource.FactAbsent: "true"}
		for k, v := range o.Facts {
			facts[k] = v
		}
		o.Facts, o.OwnerRead = facts, true
		return o, nil
	case err != nil:
		return o, err
	}
	return Confirm(o, tags), nil
}

// Confirm puts tags that were read afresh, and the owner they name, into a
// copy of a live object.
func Confirm(o resource.Object, tags map[string]string) resource.Object {
	attrs := maps.Clone(o.Attrs)
	if attrs == nil {
		attrs = resource.Attrs{}
	}
	maps.DeleteFunc(attrs, func(k string, _ resource.Text) bool { return strings.HasPrefix(k, tagAttr) })
	for k, v := range tags {
		attrs[tagAttr+k] = resource.Lit(v)
	}
	o.Attrs, o.Owner, o.OwnerRead = attrs, tags[KeyPayer], true
	return o
}

// TagChanges gives the tags to set and the keys to drop, sorted, that make the
// tags of have what want says. Tags that want does not name stay.
func TagChanges(have, want resource.Object) (set map[string]string, drop []string) {
	set = map[string]string{}
	for k, v := range want.Attrs {
		key, ok := strings.CutPrefix(k, tagAttr)
		if !ok {
			continue
		}
		old, there := have.Attrs[k]
		switch {
		case v.IsNone() && there:
			drop = append(drop, key)
		case !v.IsNone() && (!there || !old.Equal(v)):
			set[key] = v.Value()
		}
	}
	slices.Sort(drop)
	return set, drop
}

// ApplyTags makes the tags of the object with that id what want says, given
// what have has, and sets the mark where own says so.
func ApplyTags(ctx context.Context, s *cloud.Session, id string, have, want resource.Object, own bool) error {
	set, drop := TagChanges(have, want)
	if own {
		maps.Copy(set, Mark(s.Payer(), want.Ref))
	}
	if len(set) > 0 {
		in := &organizations.TagResourceInput{ResourceId: aws.String(id), Tags: List(set)}
		if _, err := s.Organizations().TagResource(ctx, in); err != nil {
			return fmt.Errorf("tag %s: %w", id, err)
		}
	}
	if len(drop) > 0 {
		in := &organizations.UntagResourceInput{ResourceId: aws.String(id), TagKeys: drop}
		if _, err := s.Organizations().UntagResource(ctx, in); err != nil {
			return fmt.Errorf("untag %s: %w", id, err)
		}
	}
	return nil
}
