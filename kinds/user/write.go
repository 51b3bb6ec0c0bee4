package user

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/resource"
)

// create makes the user with our mark on it, and puts its policies in. A user
// of the name that is there by now is ours if it bears our mark, and is
// somebody else's if it does not.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	if iams.IsPart(want) {
		return iams.Users(iams.Client(s)).Add(ctx, s, want)
	}
	name := want.Inputs["name"].Value()
	in := &iam.CreateUserInput{
		UserName: aws.String(name), Path: aws.String(want.Inputs[iams.Path].Value()),
		Tags: iams.TagList(orgs.Wanted(want), self.Mark(s.Payer(), want, "")),
	}
	have := resource.Object{Ref: want.Ref, Attrs: resource.Attrs{}}
	if b, ok := want.Attrs[iams.Boundary]; ok && !b.IsNone() {
		in.PermissionsBoundary = aws.String(b.Value())
		have.Attrs[iams.Boundary] = b // it comes with the user
	}
	var out *iam.CreateUserOutput
	err := iams.Settle(ctx, s, func() (err error) {
		out, err = iams.Client(s).CreateUser(cloud.WithoutRepeat(ctx), in)
		return err
	})
	switch {
	case iams.Exists(err) || cloud.Lost(err):
		return take(ctx, s, name, want, err)
	case err != nil:
		return nil, err
	}
	have.Outputs = map[string]string{"id": aws.ToString(out.User.UserId), "arn": aws.ToString(out.User.Arn), "name": name}
	return have.Outputs, iams.Users(iams.Client(s)).Apply(ctx, s, name, have, want)
}

// take looks for a user that AWS may not show yet, and makes it equal to want
// if it bears our mark; cause is why it should be there.
func take(ctx context.Context, s *cloud.Session, name string, want resource.Object, cause error) (map[string]string, error) {
	var have resource.Object
	err := iams.Settle(ctx, s, func() (err error) {
		have, err = find(ctx, s, name)
		return err
	})
	switch {
	case iams.Gone(err):
		return nil, fmt.Errorf("%w; AWS does not show it yet, apply again", cause)
	case err != nil:
		return nil, err
	}
	if err := iams.Mine(s, have.Outputs["arn"], orgs.Wanted(have)); err != nil {
		return nil, err
	}
	_, err = update(ctx, s, have, want)
	return have.Outputs, err
}

// find reads one user by calls that name it, which see it before a sweep does.
func find(ctx context.Context, s *cloud.Session, name string) (resource.Object, error) {
	client := iams.Client(s)
	out, err := client.GetUser(ctx, &iam.GetUserInput{UserName: &name})
	if err != nil {
		return resource.Object{}, fmt.Errorf("read user %s: %w", name, err)
	}
	u := out.User
	d := types.UserDetail{Arn: u.Arn, UserId: u.UserId, UserName: u.UserName, Path: u.Path, PermissionsBoundary: u.PermissionsBoundary, Tags: u.Tags}
	if d.UserPolicyList, d.AttachedManagedPolicies, err = iams.Users(client).Held(ctx, name); err != nil {
		return resource.Object{}, err
	}
	return detailed(d), nil
}

func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	name, calls := have.Outputs["name"], iams.Users(iams.Client(s))
	if err := calls.Hand(ctx, s, name, have, want, ""); err != nil {
		return nil, err
	}
	if err := calls.Apply(ctx, s, name, have, want); err != nil {
		return nil, err
	}
	return nil, calls.ApplyTags(ctx, s, name, have, want, iams.Owns(s.Payer(), have, want))
}
