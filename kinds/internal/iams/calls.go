package iams

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Calls are the calls that IAM has for roles, users and groups alike. A group
// has no boundary and no tags: these are nil.
type Calls struct {
	Put    func(ctx context.Context, name, policy, document string) error
	Drop   func(ctx context.Context, name, policy string) error
	Attach func(ctx context.Context, name, arn string) error
	Detach func(ctx context.Context, name, arn string) error

	// ListInline and ListAttached read one page.
	ListInline   func(ctx context.Context, name string, marker *string) (names []string, next *string, err error)
	ListAttached func(ctx context.Context, name string, marker *string) (arns []types.AttachedPolicy, next *string, err error)
	Document     func(ctx context.Context, name, policy string) (string, error) // as IAM gives it

	Bind    func(ctx context.Context, name, arn string) error
	Unbind  func(ctx context.Context, name string) error
	Tag     func(ctx context.Context, name string, tags []types.Tag) error
	Untag   func(ctx context.Context, name string, keys []string) error
	ListTag func(ctx context.Context, name string, marker *string) (tags []types.Tag, next *string, err error)
}

// Roles are the calls for roles.
func Roles(c *iam.Client) Calls {
	calls := rolePolicies(c)
	calls.Bind = func(ctx context.Context, name, arn string) error {
		_, err := c.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: &name, PermissionsBoundary: &arn})
		return err
	}
	calls.Unbind = func(ctx context.Context, name string) error {
		_, err := c.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: &name})
		return err
	}
	calls.Tag = func(ctx context.Context, name string, tags []types.Tag) error {
		_, err := c.TagRole(ctx, &iam.TagRoleInput{RoleName: &name, Tags: tags})
		return err
	}
	calls.Untag = func(ctx context.Context, name string, keys []string) error {
		_, err := c.UntagRole(ctx, &iam.UntagRoleInput{RoleName: &name, TagKeys: keys})
		return err
	}
	calls.ListTag = func(ctx context.Context, name string, marker *string) ([]types.Tag, *string, error) {
		out, err := c.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: &name, Marker: marker})
		if err != nil {
			return nil, nil, err
		}
		return out.Tags, out.Marker, nil
	}
	return calls
}

func rolePolicies(c *iam.Client) Calls {
	return Calls{
		Put: func(ctx context.Context, name, policy, document string) error {
			_, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &policy, PolicyDocument: &document})
			return err
		},
		Drop: func(ctx context.Context, name, policy string) error {
			_, err := c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &policy})
			return err
		},
		Attach: func(ctx context.Context, name, arn string) error {
			_, err := c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: &arn})
			return err
		},
		Detach: func(ctx context.Context, name, arn string) error {
			_, err := c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: &arn})
			return err
		},
		ListInline: func(ctx context.Context, name string, marker *string) ([]string, *string, error) {
			out, err := c.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &name, Marker: marker})
			if err != nil {
				return nil, nil, err
			}
			return out.PolicyNames, out.Marker, nil
		},
		Document: func(ctx context.Context, name, policy string) (string, error) {
			out, err := c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
			if err != nil {
				return "", err
			}
			return aws.ToString(out.PolicyDocument), nil
		},
		ListAttached: func(ctx context.Context, name string, marker *string) ([]types.AttachedPolicy, *string, error) {
			out, err := c.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &name, Marker: marker})
			if err != nil {
				return nil, nil, err
			}
			return out.AttachedPolicies, out.Marker, nil
		},
	}
}
