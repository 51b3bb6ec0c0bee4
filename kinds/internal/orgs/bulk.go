package orgs

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"golang.org/x/sync/errgroup"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
)

// readers is how many reads of one kind run at once. AWS's buckets allow 5 to
// 20 a second; more would only be throttled.
const readers = 8

// Each calls f for every item, several at once, and stops at the first error.
func Each[T any](ctx context.Context, items []T, f func(ctx context.Context, i int, item T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i, item := range items {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(ctx, i, item)
		})
	}
	return g.Wait()
}

// Pages reads page after page until there is no token. An empty page with a
// token is not the end. A token that comes a second time is an error: what
// follows it would be read for ever, and to stop there would be half a read.
func Pages(ctx context.Context, page func(ctx context.Context, token *string) (next *string, err error)) error {
	seen := map[string]bool{}
	var token *string
	for {
		next, err := page(ctx, token)
		if err != nil {
			return err
		}
		if aws.ToString(next) == "" {
			return nil
		}
		if seen[*next] {
			return fmt.Errorf("AWS gave the token of a page twice: %w", ErrRepeatedToken)
		}
		seen[*next], token = true, next
	}
}

// ErrRepeatedToken is the error of a list that goes round in a ring.
var ErrRepeatedToken = errors.New("the list does not end")

// BulkTags reads the tags of all objects of one type (organizations:account
// and its siblings) by ARN, a hundred a page. The answer may lag behind a
// write, and an emulator may give none: what it lacks is not known to be absent.
func BulkTags(ctx context.Context, s *cloud.Session, resourceType string, filters ...tagtypes.TagFilter) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	in := &resourcegroupstaggingapi.GetResourcesInput{
		ResourceTypeFilters: []string{resourceType}, TagFilters: filters, ResourcesPerPage: aws.Int32(100),
	}
	err := Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		in.PaginationToken = token
		page, err := s.Tagging().GetResources(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, r := range page.ResourceTagMappingList {
			tags := make(map[string]string, len(r.Tags))
			for _, t := range r.Tags {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
			all[aws.ToString(r.ResourceARN)] = tags
		}
		return page.PaginationToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read tags of every %s: %w", resourceType, err)
	}
	return all, nil
}

// AddBulk puts the tags that a bulk read gave into a live object's attributes,
// only the keys that somebody asks for. The owner stays unread.
func AddBulk(o *resource.Object, tags map[string]string, keys map[string]bool) {
	for k, v := range tags {
		if keys[k] {
			if o.Attrs == nil {
				o.Attrs = resource.Attrs{}
			}
			o.Attrs[tagAttr+k] = resource.Lit(v)
		}
	}
}
