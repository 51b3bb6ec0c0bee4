package user

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// keeps says what somebody signs in with as the user, "" where there is
// nothing: whoever that is would be locked out. For each of it IAM refuses to
// delete the user, and so nothing of the user is touched before.
func keeps(ctx context.Context, s *cloud.Session, name string) (string, error) {
	var has []string
	for _, l := range credentials(iams.Client(s), name) {
		some := false
		err := orgs.Pages(ctx, func(ctx context.Context, marker *string) (next *string, err error) {
			n := 0
			if n, next, err = l.page(ctx, marker); n > 0 {
				some, next = true, nil
			}
			return next, err
		})
		if err != nil {
			return "", fmt.Errorf("look for %s of user %s: %w", l.what, name, err)
		}
		if some {
			has = append(has, l.what)
		}
	}
	if len(has) == 0 {
		return "", nil
	}
	return fmt.Sprintf("it has %s; take these away first", strings.Join(has, " and ")), nil
}

// credential is a sort of thing that somebody signs in with. page counts those
// on one page.
type credential struct {
	what string
	page func(ctx context.Context, marker *string) (n int, next *string, err error)
}

func credentials(c *iam.Client, name string) []credential {
	return []credential{
		{"access keys", func(ctx context.Context, marker *string) (int, *string, error) {
			out, err := c.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &name, Marker: marker})
			if err != nil {
				return 0, nil, err
			}
			return len(out.AccessKeyMetadata), out.Marker, nil
		}},
		{"a password", func(ctx context.Context, _ *string) (int, *string, error) {
			_, err := c.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &name})
			if iams.Gone(err) {
				return 0, nil, nil // no password, or no user, which the other lists say
			}
			return 1, nil, err
		}},
		{"MFA devices", func(ctx context.Context, marker *string) (int, *string, error) {
			out, err := c.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: &name, Marker: marker})
			if err != nil {
				return 0, nil, err
			}
			return len(out.MFADevices), out.Marker, nil
		}},
		{"SSH keys", func(ctx context.Context, marker *string) (int, *string, error) {
			out, err := c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: &name, Marker: marker})
			if err != nil {
				return 0, nil, err
			}
			return len(out.SSHPublicKeys), out.Marker, nil
		}},
		{"signing certificates", func(ctx context.Context, marker *string) (int, *string, error) {
			out, err := c.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: &name, Marker: marker})
			if err != nil {
				return 0, nil, err
			}
			return len(out.Certificates), out.Marker, nil
		}},
		{"credentials of single services", func(ctx context.Context, marker *string) (int, *string, error) {
			out, err := c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: &name, Marker: marker})
			if err != nil {
				return 0, nil, err
			}
			return len(out.ServiceSpecificCredentials), out.Marker, nil
		}},
	}
}

// remove takes a user out of its groups and everything off it, and deletes it.
func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	name, client := have.Outputs["name"], iams.Client(s)
	why, err := keeps(ctx, s, name)
	switch {
	case iams.Gone(err):
		return nil
	case err != nil:
		return err
	case why != "":
		return fmt.Errorf("delete user %s: %s", name, why)
	}
	if err := leave(ctx, client, name); err != nil {
		return err
	}
	if err := iams.Users(client).Strip(ctx, name); err != nil && !iams.Gone(err) {
		return err
	}
	if _, err := client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: &name}); err != nil && !iams.Gone(err) {
		return err
	}
	return nil
}

// leave takes a user out of every group.
func leave(ctx context.Context, client *iam.Client, name string) error {
	var groups []string
	err := orgs.Pages(ctx, func(ctx context.Context, marker *string) (*string, error) {
		out, err := client.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: &name, Marker: marker})
		if err != nil {
			return nil, err
		}
		for _, g := range out.Groups {
			groups = append(groups, aws.ToString(g.GroupName))
		}
		return out.Marker, nil
	})
	if err != nil {
		return fmt.Errorf("list groups of user %s: %w", name, err)
	}
	for _, g := range groups {
		_, err := client.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: aws.String(g), UserName: &name})
		if err != nil && !iams.Gone(err) {
			return fmt.Errorf("take user %s out of group %s: %w", name, g, err)
		}
	}
	return nil
}
