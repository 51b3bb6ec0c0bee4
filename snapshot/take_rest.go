package snapshot

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	cur "github.com/aws/aws-sdk-go-v2/service/costandusagereportservice"
	curtypes "github.com/aws/aws-sdk-go-v2/service/costandusagereportservice/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/payer-reconciler/reconciler/spec"
)

// buckets asks for every bucket of the payer with all of its settings that a
// payer file can say.
func (t *taking) buckets(ctx context.Context) error {
	home := t.bucketClient("")
	return t.may("list the buckets", pages(func(token *string) (*string, error) {
		page, err := home.ListBuckets(ctx, &s3.ListBucketsInput{MaxBuckets: aws.Int32(1000), ContinuationToken: token})
		if err != nil {
			return nil, err
		}
		if err := every(ctx, page.Buckets, t.bucket); err != nil {
			return nil, err
		}
		return page.ContinuationToken, nil
	}))
}

// bucketClient is S3 in a region; where that is not AWS's own, the bucket stands
// in the path.
func (t *taking) bucketClient(region string) *s3.Client {
	return s3.NewFromConfig(t.s.Config(region), func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil })
}

func (t *taking) bucket(ctx context.Context, b s3types.Bucket) error {
	c := t.bucketClient(cmp.Or(aws.ToString(b.BucketRegion), t.s.Config("").Region))
	name, owner := b.Name, aws.String(t.s.AccountID())
	for _, ask := range []func() error{
		func() error {
			_, err := c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: name, ExpectedBucketOwner: owner})
			return err
		},
		func() error {
			_, err := c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: name, ExpectedBucketOwner: owner})
			return err
		},
		func() error {
			_, err := c.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name, ExpectedBucketOwner: owner})
			return err
		},
		func() error {
			_, err := c.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name, ExpectedBucketOwner: owner})
			return err
		},
		func() error {
			_, err := c.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name, ExpectedBucketOwner: owner})
			return err
		},
		func() error {
			_, err := c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name, ExpectedBucketOwner: owner})
			return err
		},
		func() error {
			_, err := c.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: name, ExpectedBucketOwner: owner})
			return err
		},
		func() error {
			_, err := c.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: name, ExpectedBucketOwner: owner})
			return err
		},
	} {
		if err := t.may("read bucket "+aws.ToString(name), ask()); err != nil {
			return err
		}
	}
	return nil
}

// reports asks for the billing reports with their tags.
func (t *taking) reports(ctx context.Context) error {
	c := cur.NewFromConfig(t.s.Config(spec.ReportRegion(t.s.Config("").Region)), func(o *cur.Options) { o.Retryer = patience{o.Retryer} })
	return t.may("list the billing reports", pages(func(token *string) (*string, error) {
		page, err := c.DescribeReportDefinitions(ctx, &cur.DescribeReportDefinitionsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		err = every(ctx, page.ReportDefinitions, func(ctx context.Context, r curtypes.ReportDefinition) error {
			_, err := c.ListTagsForResource(ctx, &cur.ListTagsForResourceInput{ReportName: r.ReportName})
			return t.may("read the tags of billing reports", err)
		})
		return page.NextToken, err
	}))
}

// patience does not ask again where the endpoint has no such service.
type patience struct{ aws.Retryer }

// IsErrorRetryable reports whether a call may work in a moment.
func (p patience) IsErrorRetryable(err error) bool {
	f := failure(err)
	return (f == nil || f.Code != "") && p.Retryer.IsErrorRetryable(err)
}

// stackSets asks for the service-managed stack sets of the home region, with
// their stacks and operations.
func (t *taking) stackSets(ctx context.Context) error {
	if t.s.Organization() == nil {
		return nil
	}
	c := cloudformation.NewFromConfig(t.s.Config(""))
	const what = "read the stack sets"
	_, err := c.DescribeOrganizationsAccess(ctx, &cloudformation.DescribeOrganizationsAccessInput{})
	if err := t.may(what, err); err != nil {
		return err
	}
	return t.may(what, pages(func(token *string) (*string, error) {
		page, err := c.ListStackSets(ctx, &cloudformation.ListStackSetsInput{Status: cfntypes.StackSetStatusActive, NextToken: token})
		if err != nil {
			return nil, err
		}
		err = every(ctx, page.Summaries, func(ctx context.Context, s cfntypes.StackSetSummary) error {
			if _, err := c.DescribeStackSet(ctx, &cloudformation.DescribeStackSetInput{StackSetName: s.StackSetName}); err != nil {
				return t.may(what, err)
			}
			if s.PermissionModel != cfntypes.PermissionModelsServiceManaged {
				return nil
			}
			return t.may(what, t.stacks(ctx, c, s.StackSetName))
		})
		return page.NextToken, err
	}))
}

// stacks asks for the stacks of a set, and its operations: the newest come
// first, and only whether one is under way matters.
func (t *taking) stacks(ctx context.Context, c *cloudformation.Client, name *string) error {
	err := pages(func(token *string) (*string, error) {
		page, err := c.ListStackInstances(ctx, &cloudformation.ListStackInstancesInput{StackSetName: name, MaxResults: aws.Int32(100), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, nil
	})
	if err != nil {
		return err
	}
	return pages(func(token *string) (*string, error) {
		page, err := c.ListStackSetOperations(ctx, &cloudformation.ListStackSetOperationsInput{StackSetName: name, NextToken: token})
		if err != nil || len(page.Summaries) > 0 {
			return nil, err
		}
		return page.NextToken, nil
	})
}
