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
// nothing: whoever that is would be locked out.
func keeps(ctx context.Context, s *cloud.Session, name string) (string, error) {
	client := iams.Client(s)
	var has []string
	keys, err := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &name})
	if err != nil {
		return "", fmt.Errorf("count access keys of user %s: %w", name, err)
	}
	if len(keys.AccessKeyMetadata) > 0 {
		has = append(has, "access keys")
	}
	_, err = client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &name})
	if err == nil {
		has = append(has, "a password")
	} else if !iams.Gone(err) {
		return "", fmt.Errorf("look for a password of user %s: %w", name, err)
	}
	devices, err := client.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: &name})
	if err != nil {
		return "", fmt.Errorf("count MFA devices of user %s: %w", name, err)
	}
	if len(devices.MFADevices) > 0 {
		has = append(has, "MFA devices")
	}
	if len(has) == 0 {
		return "", nil
	}
	return fmt.Sprintf("it has %s; take these away first", strings.Join(has, " and ")), nil
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
