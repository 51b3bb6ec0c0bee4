package bucket

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
)

func (h *handle) rules(ctx context.Context) (*s3.GetBucketLifecycleConfigurationOutput, error) {
	out, err := h.s3.GetBucketLifecycleConfiguration(ctx,
		&s3.GetBucketLifecycleConfigurationInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
	if cloud.Code(err) == "NoSuchLifecycleConfiguration" {
		return &s3.GetBucketLifecycleConfigurationOutput{}, nil
	}
	return out, err
}

func (h *handle) readLifecycle(ctx context.Context, _ resource.Attrs) (resource.Attrs, error) {
	out, err := h.rules(ctx)
	if err != nil {
		return nil, err
	}
	attrs := resource.Attrs{}
	for _, r := range out.Rules {
		attrs[lifecycle+aws.ToString(r.ID)] = resource.Lit(readRule(r).String())
	}
	return attrs, nil
}

// writeLifecycle puts in the rules that want names and differ, and takes out
// those that must be absent. Every other rule is sent back as it was read.
func (h *handle) writeLifecycle(ctx context.Context, want resource.Attrs) error {
	have, err := h.rules(ctx)
	if err != nil {
		return err
	}
	mine := map[string]resource.Text{}
	for k, v := range want {
		if id, ok := strings.CutPrefix(k, lifecycle); ok {
			mine[id] = v
		}
	}
	var rules []types.LifecycleRule
	for _, r := range have.Rules {
		id := aws.ToString(r.ID)
		if v, ok := mine[id]; !ok || !v.IsNone() && v.Value() == readRule(r).String() {
			rules = append(rules, filtered(r))
			delete(mine, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(mine)) {
		if mine[id].IsNone() {
			continue
		}
		r, err := parseRule(id, mine[id].Value())
		if err != nil {
			return fmt.Errorf("write lifecycle rule %s: %w", id, err)
		}
		rules = append(rules, r)
	}
	if len(rules) == 0 {
		_, err := h.s3.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
		return err
	}
	_, err = h.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: h.name,
		ExpectedBucketOwner: h.owner, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
		TransitionDefaultMinimumObjectSize: have.TransitionDefaultMinimumObjectSize})
	return err
}

// filtered says an older rule's prefix the way rules say it now: AWS takes no
// list in which both ways stand.
func filtered(r types.LifecycleRule) types.LifecycleRule {
	if old := basePrefix(&r); r.Filter == nil {
		r.Filter, *old = &types.LifecycleRuleFilter{Prefix: aws.String(aws.ToString(*old))}, nil
	}
	return r
}
