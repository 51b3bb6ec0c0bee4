package iams

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Users are the calls for users.
func Users(c *iam.Client) Calls {
	calls := userPolicies(c)
	calls.Bind = func(ctx context.Context, name, arn string) error {
		_, err := c.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{UserName: &name, PermissionsBoundary: &arn})
		return err
	}
	calls.Unbind = func(ctx context.Context, name string) error {
		_, err := c.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: &name})
		return err
	}
	calls.Tag = func(ctx context.Context, name string, tags []types.Tag) error {
		_, err := c.TagUser(ctx, &iam.TagUserInput{UserName: &name, Tags: tags})
		return err
	}
	calls.Untag = func(ctx context.Context, name string, keys []string) error {
		_, err := c.UntagUser(ctx, &iam.UntagUserInput{UserName: &name, TagKeys: keys})
		return err
	}
	calls.ListTag = func(ctx context.Context, name string, marker *string) ([]types.Tag, *string, error) {
		out, err := c.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: &name, Marker: marker})
		if err != nil {
			return nil, nil, err
		}
		return out.Tags, out.Marker, nil
	}
	return calls
}

func userPolicies(c *iam.Client) Calls {
	return Calls{
		Put: func(ctx context.Context, name, policy, document string) error {
			_, err := c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: &policy, PolicyDocument: &document})
			return err
		},
		Drop: func(ctx context.Context, name, policy string) error {
			_, err := c.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &name, PolicyName: &policy})
			return err
		},
		Attach: func(ctx context.Context, name, arn string) error {
			_, err := c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: &name, PolicyArn: &arn})
			return err
		},
		Detach: func(ctx context.Context, name, arn string) error {
			_, err := c.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: &name, PolicyArn: &arn})
			return err
		},
		ListInline: func(ctx context.Context, name string, marker *string) ([]string, *string, error) {
			out, err := c.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: &name, Marker: marker})
			if err != nil {
				return nil, nil, err
			}
			return out.PolicyNames, out.Marker, nil
		},
		Document: func(ctx context.Context, name, policy string) (string, error) {
			out, err := c.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &name, PolicyName: &policy})
			if err != nil {
				return "", err
			}
			return aws.ToString(out.PolicyDocument), nil
		},
		ListAttached: func(ctx context.Context, name string, marker *string) ([]types.AttachedPolicy, *string, error) {
			out, err := c.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: &name, Marker: marker})
			if err != nil {
				return nil, nil, err
			}
			return out.AttachedPolicies, out.Marker, nil
		},
	}
}
