package snapshot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/cloud"
)

// each gives every answer to an operation to f, as the SDK has it.
func each[T any](t *tape, service, operation string, f func(Answer, T) error) error {
	for _, a := range t.of(service, operation) {
		out, err := t.give(a)
		if err != nil {
			return err
		}
		if err := f(a, out.(T)); err != nil {
			return err
		}
	}
	return nil
}

// view answers what is only a part of what the tape has: a list with a filter,
// where the whole list was asked for. ok is false where it has no such list.
func (t *tape) view(q cloud.Question, a Answer) (out any, ok bool, err error) {
	switch in := q.Input.(type) {
	case *organizations.ListCreateAccountStatusInput:
		return t.creations(in)
	case *tagging.GetResourcesInput:
		if len(in.TagFilters) == 0 || len(in.ResourceTypeFilters) != 1 {
			return nil, false, nil
		}
		if in.ResourceTypeFilters[0] == "s3" {
			return t.taggedBuckets(in, a.Region)
		}
		return t.tagged(in)
	}
	return nil, false, nil
}

// allStates are those of a creation.
var allStates = orgtypes.CreateAccountState("").Values()

// creations picks requests out of the whole journal.
func (t *tape) creations(in *organizations.ListCreateAccountStatusInput) (any, bool, error) {
	if len(in.States) == 0 || slices.Equal(in.States, allStates) {
		return nil, false, nil // the journal itself
	}
	found, seen, whole := &organizations.ListCreateAccountStatusOutput{}, map[string]bool{}, false
	err := each(t, inOrganizations, "ListCreateAccountStatus", func(a Answer, page *organizations.ListCreateAccountStatusOutput) error {
		whole = true
		for _, s := range page.CreateAccountStatuses {
			if slices.Contains(in.States, s.State) && !seen[aws.ToString(s.Id)] {
				seen[aws.ToString(s.Id)] = true
				found.CreateAccountStatuses = append(found.CreateAccountStatuses, s)
			}
		}
		return nil
	})
	return found, whole && err == nil, err
}

// tagged picks resources of one type out of all that have tags.
func (t *tape) tagged(in *tagging.GetResourcesInput) (any, bool, error) {
	found, whole := &tagging.GetResourcesOutput{}, false
	err := t.resources(in.ResourceTypeFilters[0], func(r tagtypes.ResourceTagMapping) {
		if fits(r.Tags, in.TagFilters) {
			found.ResourceTagMappingList = append(found.ResourceTagMappingList, r)
		}
	}, &whole)
	return found, whole && err == nil, err
}

// resources gives f what the bulk read of tags told of one type; whole is set
// where there was one.
func (t *tape) resources(of string, f func(tagtypes.ResourceTagMapping), whole *bool) error {
	mark := fmt.Sprintf(`"ResourceTypeFilters":[%q]`, of)
	return each(t, inTagging, "GetResources", func(a Answer, page *tagging.GetResourcesOutput) error {
		if in := string(a.Input); !strings.Contains(in, mark) || strings.Contains(in, "TagFilters") {
			return nil
		}
		*whole = true
		for _, r := range page.ResourceTagMappingList {
			f(r)
		}
		return nil
	})
}

// taggedBuckets finds the buckets of a region by their own tags.
func (t *tape) taggedBuckets(in *tagging.GetResourcesInput, region string) (any, bool, error) {
	if len(t.of(inS3, "ListBuckets")) == 0 {
		return nil, false, nil
	}
	found := &tagging.GetResourcesOutput{}
	err := each(t, inS3, "GetBucketTagging", func(a Answer, o *s3.GetBucketTaggingOutput) error {
		var tags []tagtypes.Tag
		for _, g := range o.TagSet {
			tags = append(tags, tagtypes.Tag{Key: g.Key, Value: g.Value})
		}
		name, err := member(a, "Bucket")
		if err == nil && a.Region == region && fits(tags, in.TagFilters) {
			found.ResourceTagMappingList = append(found.ResourceTagMappingList,
				tagtypes.ResourceTagMapping{ResourceARN: aws.String("arn:" + partition(region) + ":s3:::" + name), Tags: tags})
		}
		return err
	})
	return found, err == nil, err
}

// fits says that tags have each key that is asked for, with one of the values
// where some are given.
func fits(tags []tagtypes.Tag, filters []tagtypes.TagFilter) bool {
	for _, f := range filters {
		if !slices.ContainsFunc(tags, func(g tagtypes.Tag) bool {
			return aws.ToString(g.Key) == aws.ToString(f.Key) && (len(f.Values) == 0 || slices.Contains(f.Values, aws.ToString(g.Value)))
		}) {
			return false
		}
	}
	return true
}

// partition is the part of AWS that a region is in.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
