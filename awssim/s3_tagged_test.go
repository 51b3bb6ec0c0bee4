package awssim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
)

// TestSDKTaggedBuckets finds buckets by a tag, in their own region, page by page.
func TestSDKTaggedBuckets(t *testing.T) {
	r := newRig(t, awssim.Options{})
	for name, region := range map[string]string{"one-a": "us-east-1", "two-a": "us-east-1", "three-b": "us-east-1", "west-a": "eu-west-1"} {
		in := &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{
			Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String(name[len(name)-1:])}}}}
		if region != "us-east-1" {
			in.CreateBucketConfiguration.LocationConstraint = types.BucketLocationConstraint(region)
		}
		_ = must[*s3.CreateBucketOutput](t)(bucketsOf(r, region).CreateBucket(r.ctx, in))
	}
	for region, want := range map[string]map[string]bool{
		"us-east-1": {"arn:aws:s3:::one-a": true, "arn:aws:s3:::two-a": true},
		"eu-west-1": {"arn:aws:s3:::west-a": true},
		"eu-west-2": {},
	} {
		client := resourcegroupstaggingapi.NewFromConfig(r.cfg, func(o *resourcegroupstaggingapi.Options) { o.Region = region })
		got := map[string]bool{}
		var token *string
		for range 5 {
			out := must[*resourcegroupstaggingapi.GetResourcesOutput](t)(client.GetResources(r.ctx, &resourcegroupstaggingapi.GetResourcesInput{
				ResourceTypeFilters: []string{"s3"}, ResourcesPerPage: aws.Int32(1), PaginationToken: token,
				TagFilters: []tagtypes.TagFilter{{Key: aws.String("k"), Values: []string{"a"}}}}))
			for _, m := range out.ResourceTagMappingList {
				got[aws.ToString(m.ResourceARN)] = true
			}
			if token = out.PaginationToken; aws.ToString(token) == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", region, diff)
		}
	}
}

// TestSDKTagsOfAll finds the tags of an organization and of buckets in one
// list, page by page.
func TestSDKTagsOfAll(t *testing.T) {
	r := newRig(t, awssim.Options{})
	root := r.start()
	b := bucketsOf(r, "us-east-1")
	var want []string
	for i := range 3 {
		name := fmt.Sprint("bucket-", i)
		b.create(name)
		_ = must[*s3.PutBucketTaggingOutput](t)(b.PutBucketTagging(r.ctx, &s3.PutBucketTaggingInput{Bucket: &name, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}}))
		unit := r.unit(root, name)
		_ = must[*organizations.TagResourceOutput](t)(r.org.TagResource(r.ctx, &organizations.TagResourceInput{ResourceId: &unit, Tags: []orgtypes.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}))
		want = append(want, "arn:aws:s3:::"+name, unit)
	}
	for _, size := range []int32{1, 2, 4, 100} {
		var got []string
		p := resourcegroupstaggingapi.NewGetResourcesPaginator(r.tags, &resourcegroupstaggingapi.GetResourcesInput{ResourcesPerPage: &size})
		for p.HasMorePages() {
			for _, m := range must[*resourcegroupstaggingapi.GetResourcesOutput](t)(p.NextPage(r.ctx)).ResourceTagMappingList {
				arn := *m.ResourceARN
				got = append(got, arn[strings.LastIndexByte(arn, '/')+1:])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
	}
}
