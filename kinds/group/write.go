package group

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// create makes the group, puts its policies in and lets its members join. A
// group of the name that is there by now is used.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	if iams.IsPart(want) {
		return iams.Groups(iams.Client(s)).Add(ctx, s, want)
	}
	name := want.Inputs["name"].Value()
	out, err := iams.Client(s).CreateGroup(cloud.WithoutRepeat(ctx),
		&iam.CreateGroupInput{GroupName: aws.String(name), Path: aws.String(want.Inputs[iams.Path].Value())})
	var have resource.Object
	switch {
	case err == nil:
		have = detailed(types.GroupDetail{Arn: out.Group.Arn, GroupId: out.Group.GroupId, GroupName: out.Group.GroupName, Path: out.Group.Path})
	case iams.Exists(err) || cloud.Lost(err):
		cause := err
		err = iams.Settle(ctx, s, func() (err error) {
			have, err = find(ctx, s, name)
			return err
		})
		if iams.Gone(err) {
			return nil, fmt.Errorf("%w; AWS does not show it yet, apply again", cause)
		}
		if err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	_, err = update(ctx, s, have, want)
	return have.Outputs, err
}

// find reads one group with its members by calls that name it, which see it
// before a sweep does.
func find(ctx context.Context, s *cloud.Session, name string) (resource.Object, error) {
	client := iams.Client(s)
	var d types.GroupDetail
	var users []types.User
	err := orgs.Pages(ctx, func(ctx context.Context, marker *string) (*string, error) {
		out, err := client.GetGroup(ctx, &iam.GetGroupInput{GroupName: &name, Marker: marker})
		if err != nil {
			return nil, err
		}
		g := out.Group
		d.Arn, d.GroupId, d.GroupName, d.Path = g.Arn, g.GroupId, g.GroupName, g.Path
		users = append(users, out.Users...)
		return out.Marker, nil
	})
	if err != nil {
		return resource.Object{}, fmt.Errorf("read group %s: %w", name, err)
	}
	if d.GroupPolicyList, d.AttachedManagedPolicies, err = iams.Groups(client).Held(ctx, name); err != nil {
		return resource.Object{}, err
	}
	o := detailed(d)
	for _, u := range users {
		o.Attrs[iams.Member+aws.ToString(u.UserName)] = resource.Lit(iams.Joined)
	}
	return o, nil
}

// update changes the policies first: who joins finds them in place.
func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	name, client := have.Outputs["name"], iams.Client(s)
	if err := iams.Groups(client).Apply(ctx, s, name, have, want); err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(want.Attrs)) {
		user, ok := strings.CutPrefix(key, iams.Member)
		_, in := have.Attrs[key]
		if !ok || in != want.Attrs[key].IsNone() {
			continue
		}
		if in {
			_, err := client.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: &name, UserName: &user})
			if err != nil && !iams.Gone(err) {
				return nil, fmt.Errorf("take user %s out of group %s: %w", user, name, err)
			}
			continue
		}
		err := iams.Settle(ctx, s, func() error {
			_, err := client.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: &name, UserName: &user})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("put user %s into group %s: %w", user, name, err)
		}
	}
	return nil, nil
}
