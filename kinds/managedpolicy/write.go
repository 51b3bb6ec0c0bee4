package managedpolicy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// create makes the policy with our mark on it. One of the name that is there by
// now is ours if it bears our mark, and is somebody else's if it does not.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	if _, part := want.Inputs[policyARN]; part {
		return complete(ctx, s, want)
	}
	name := want.Inputs["name"].Value()
	in := &iam.CreatePolicyInput{
		PolicyName: aws.String(name), Path: aws.String(want.Inputs[iams.Path].Value()),
		PolicyDocument: aws.String(want.Inputs[document].Value()),
		Tags:           iams.TagList(orgs.Wanted(want), orgs.Mark(s.Payer(), want.Ref)),
	}
	if v, ok := want.Attrs[description]; ok {
		in.Description = aws.String(v.Value())
	}
	out, err := iams.Client(s).CreatePolicy(cloud.WithoutRepeat(ctx), in)
	switch {
	case iams.Exists(err) || cloud.Lost(err):
		return take(ctx, s, name, want, err)
	case err != nil:
		return nil, err
	}
	return map[string]string{"id": aws.ToString(out.Policy.PolicyId), "arn": aws.ToString(out.Policy.Arn), "name": name}, nil
}

// errUnseen is a policy that must be there by now and that no sweep shows.
var errUnseen = &types.NoSuchEntityException{}

// take looks for a policy that a sweep may not show yet, for nothing else finds
// one whose path is not known, and makes it equal to want if it bears our mark;
// cause is why it should be there.
func take(ctx context.Context, s *cloud.Session, name string, want resource.Object, cause error) (map[string]string, error) {
	var have resource.Object
	err := iams.Settle(ctx, s, func() error {
		details, err := iams.Sweep(ctx, s, types.EntityTypeLocalManagedPolicy)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(details.Policies, func(d types.ManagedPolicyDetail) bool {
			return strings.EqualFold(iams.PolicyName(aws.ToString(d.Arn)), name)
		})
		if i < 0 {
			return errUnseen
		}
		have, err = confirm(ctx, s, detailed(details.Policies[i]))
		return err
	})
	switch {
	case errors.Is(err, errUnseen):
		return nil, fmt.Errorf("%w; AWS does not list it yet, apply again", cause)
	case err != nil:
		return nil, err
	}
	if err := iams.Mine(s, have.Outputs["arn"], orgs.Wanted(have)); err != nil {
		return nil, err
	}
	_, err = update(ctx, s, have, want)
	return have.Outputs, err
}

// update puts the wanted document in force, and sends the tags that differ.
func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	client, arn := iams.Client(s), have.Outputs["arn"]
	sent := want.Inputs[document].Value()
	canonical, err := iampolicy.Canonical([]byte(sent))
	if err != nil {
		return nil, err
	}
	if canonical != have.Attrs[document].Value() {
		if err := enforce(ctx, client, arn, sent, canonical); err != nil {
			return nil, fmt.Errorf("update %s: %w", arn, err)
		}
	}
	return nil, calls(client).ApplyTags(ctx, s, arn, have, want, iams.Owns(s.Payer(), have, want))
}

// remove deletes the policy with its versions. One that somebody still has
// keeps these too.
func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	client, arn := iams.Client(s), have.Outputs["arn"]
	if err := unused(ctx, s, client, arn); err != nil {
		if iams.Gone(err) {
			return nil
		}
		return err
	}
	versions, err := listVersions(ctx, client, arn)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if !v.IsDefaultVersion {
			if err := dropVersion(ctx, client, arn, v); err != nil {
				return err
			}
		}
	}
	if _, err := client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: &arn}); err != nil && !iams.Gone(err) {
		return err
	}
	return nil
}

// unused makes sure that nobody has the policy, with the error that AWS has for
// that; what this apply has detached may count for a moment still.
func unused(ctx context.Context, s *cloud.Session, client *iam.Client, arn string) error {
	return orgs.Settle(ctx, s, []string{"DeleteConflict"}, func() error {
		out, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
		if err != nil {
			return fmt.Errorf("read %s: %w", arn, err)
		}
		n := aws.ToInt32(out.Policy.AttachmentCount) + aws.ToInt32(out.Policy.PermissionsBoundaryUsageCount)
		if n > 0 {
			return &types.DeleteConflictException{Message: aws.String(fmt.Sprintf("%s is attached %d times; detach it there first", arn, n))}
		}
		return nil
	})
}
