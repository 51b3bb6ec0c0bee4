package iams

import (
	"context"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/resource"
)

// ReadTags reads all tags of one role, user or policy afresh. A policy goes by
// its ARN.
func (c Calls) ReadTags(ctx context.Context, name string) (map[string]string, error) {
	var all []types.Tag
	err := orgs.Pages(ctx, func(ctx context.Context, marker *string) (*string, error) {
		tags, next, err := c.ListTag(ctx, name, marker)
		all = append(all, tags...)
		return next, err
	})
	if err != nil {
		return nil, fmt.Errorf("read tags of %s: %w", name, err)
	}
	return TagMap(all), nil
}

// Confirm reads the tags and the owner of a live object afresh. One that is
// gone, while a sweep that lags still shows it, comes back as absent.
func (c Calls) Confirm(ctx context.Context, name string, have resource.Object) (resource.Object, error) {
	tags, err := c.ReadTags(ctx, name)
	switch {
	case Gone(err):
		facts := maps.Clone(have.Facts)
		facts[resource.FactAbsent] = "true"
		have.Facts, have.OwnerRead = facts, true
		return have, nil
	case err != nil:
		return have, err
	}
	return orgs.Confirm(have, tags), nil
}

// Mine says why an object that was found where one was to be made is not the
// payer's to use, or nil where it bears the payer's mark.
func Mine(s *cloud.Session, arn string, tags map[string]string) error {
	switch owner := tags[orgs.KeyPayer]; owner {
	case s.Payer():
		return nil
	case "":
		return fmt.Errorf("%s exists and is not ours; plan again", arn)
	default:
		return fmt.Errorf("%s exists and bears the mark of payer %q", arn, owner)
	}
}

// Hand makes the tag of what is handed over speak of the trust policy that is
// about to be written, "" of what has none. It comes before that: of a run that
// is killed between the two a tag is left that lets the next run write the trust,
// whatever became of it meanwhile.
func (c Calls) Hand(ctx context.Context, s *cloud.Session, name string, have, want resource.Object, trust string) error {
	value, differs := self.Retag(have, want, trust)
	if !differs {
		return nil
	}
	if err := Settle(ctx, s, func() error { return c.Tag(ctx, name, TagList(map[string]string{orgs.KeyHandoff: value})) }); err != nil {
		return fmt.Errorf("tag %s: %w", name, err)
	}
	return nil
}

// ApplyTags makes the tags what want says, given what have has, and sets the
// mark where own says so. The tag of what is handed over no longer goes, as the
// last of all; [Calls.Hand] sets it.
func (c Calls) ApplyTags(ctx context.Context, s *cloud.Session, name string, have, want resource.Object, own bool) error {
	set, drop := orgs.TagChanges(have, want)
	if self.Takes(have, want) {
		drop = append(drop, orgs.KeyHandoff)
	}
	if own {
		maps.Copy(set, orgs.Mark(s.Payer(), want.Ref))
	}
	if len(set) > 0 {
		if err := Settle(ctx, s, func() error { return c.Tag(ctx, name, TagList(set)) }); err != nil {
			return fmt.Errorf("tag %s: %w", name, err)
		}
	}
	if len(drop) > 0 {
		if err := c.Untag(ctx, name, drop); err != nil {
			return fmt.Errorf("untag %s: %w", name, err)
		}
	}
	return nil
}
