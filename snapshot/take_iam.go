package snapshot

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// ownerTag is the key of the mark that names the payer.
const ownerTag = "reconciler:payer"

// identities asks for the IAM of the payer: one sweep a kind, and what no sweep
// tells of roles, policies and users of ours.
func (t *taking) identities(ctx context.Context) error {
	c := iam.NewFromConfig(t.s.Config(""))
	return every(ctx, []types.EntityType{types.EntityTypeRole, types.EntityTypeUser, types.EntityTypeGroup, types.EntityTypeLocalManagedPolicy},
		func(ctx context.Context, of types.EntityType) error {
			return t.may("read every IAM "+string(of), pages(func(marker *string) (*string, error) {
				page, err := c.GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{
					Filter: []types.EntityType{of}, MaxItems: aws.Int32(1000), Marker: marker})
				if err != nil {
					return nil, err
				}
				if err := t.details(ctx, c, page); err != nil {
					return nil, err
				}
				return page.Marker, nil
			}))
		})
}

// details asks for what a page of a sweep leaves out.
func (t *taking) details(ctx context.Context, c *iam.Client, page *iam.GetAccountAuthorizationDetailsOutput) error {
	err := every(ctx, page.RoleDetailList, func(ctx context.Context, r types.RoleDetail) error {
		if p := aws.ToString(r.Path); strings.HasPrefix(p, "/aws-service-role/") || strings.HasPrefix(p, "/aws-reserved/") {
			return nil // AWS's own
		}
		_, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: r.RoleName})
		return t.may("read the roles", err)
	})
	if err != nil {
		return err
	}
	err = every(ctx, page.Policies, func(ctx context.Context, p types.ManagedPolicyDetail) error {
		return t.may("read the tags of IAM policies", pages(func(marker *string) (*string, error) {
			out, err := c.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: p.Arn, Marker: marker})
			if err != nil {
				return nil, err
			}
			return out.Marker, nil
		}))
	})
	if err != nil {
		return err
	}
	return every(ctx, page.UserDetailList, func(ctx context.Context, u types.UserDetail) error {
		for _, g := range u.Tags {
			if aws.ToString(g.Key) == ownerTag && aws.ToString(g.Value) == t.mark {
				return t.signsIn(ctx, c, u.UserName)
			}
		}
		return nil
	})
}

// signsIn asks what somebody signs in with as a user of ours: prune keeps such a
// user. Only how much there is of it is kept.
func (t *taking) signsIn(ctx context.Context, c *iam.Client, name *string) error {
	for _, ask := range []func() error{
		func() error { _, err := c.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: name}); return err },
		func() error { _, err := c.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: name}); return err },
		func() error { _, err := c.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: name}); return err },
		func() error {
			_, err := c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: name})
			return err
		},
		func() error {
			_, err := c.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: name})
			return err
		},
		func() error {
			_, err := c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: name})
			return err
		},
	} {
		if err := t.may("read what users sign in with", ask()); err != nil {
			return err
		}
	}
	return nil
}
