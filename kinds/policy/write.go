package policy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// create makes the policy with our mark on it. One of the name that is there
// by now is ours if it bears our mark (a killed run or a lost answer made it,
// and the list lagged), and is somebody else's if it does not.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	name := want.Attrs["name"].Value()
	out, err := s.Organizations().CreatePolicy(cloud.WithoutRepeat(ctx), &organizations.CreatePolicyInput{
		Name: aws.String(name), Type: types.PolicyType(want.Inputs["type"].Value()),
		Description: aws.String(want.Attrs["description"].Value()),
		Content:     aws.String(want.Inputs["content"].Value()),
		Tags:        orgs.List(orgs.Wanted(want), orgs.Mark(s.Payer(), want.Ref)),
	})
	var duplicate *types.DuplicatePolicyException
	switch {
	case err == nil:
		sum := out.Policy.PolicySummary
		return map[string]string{"id": aws.ToString(sum.Id), "arn": aws.ToString(sum.Arn)}, nil
	case errors.As(err, &duplicate) || cloud.Lost(err):
		outputs, err := find(ctx, s, want, err)
		if err != nil {
			return nil, err
		}
		return outputs, nil
	}
	return nil, err
}

// find looks for a policy that the list may not show yet and makes it equal to
// want; cause is why it should be there.
func find(ctx context.Context, s *cloud.Session, want resource.Object, cause error) (map[string]string, error) {
	for try := range orgs.Looks {
		if try > 0 {
			if err := s.Sleep(ctx, time.Duration(try)*time.Second); err != nil {
				return nil, err
			}
		}
		all, err := orgs.ListPolicies(ctx, s, want.Inputs["type"].Value())
		if err != nil {
			return nil, err
		}
		for _, sum := range all {
			if aws.ToString(sum.Name) == want.Attrs["name"].Value() {
				return take(ctx, s, summarized(want.Ref, sum), want)
			}
		}
	}
	return nil, fmt.Errorf("%w; the list does not show it yet, apply again", cause)
}

// take makes a policy that was found equal to want, if it bears our mark.
func take(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	tags, err := orgs.ReadTags(ctx, s, have.ID())
	if err != nil {
		return nil, err
	}
	switch owner := tags[orgs.KeyPayer]; owner {
	case s.Payer():
	case "":
		return nil, fmt.Errorf("%s exists and is not ours; plan again", have.ID())
	default:
		return nil, fmt.Errorf("%s exists and bears the mark of payer %q", have.ID(), owner)
	}
	if err := describe(ctx, s, &have); err != nil {
		return nil, err
	}
	if _, err := update(ctx, s, orgs.Confirm(have, tags), want); err != nil {
		return nil, err
	}
	return have.Outputs, nil
}

// update sends what differs, and the mark where adoption asks for it or the
// name in it is not the policy's any more.
func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	in := &organizations.UpdatePolicyInput{PolicyId: aws.String(have.ID())}
	differs := false
	if v := want.Attrs["name"]; !v.Equal(have.Attrs["name"]) {
		in.Name, differs = aws.String(v.Value()), true
	}
	if v, ok := want.Attrs["description"]; ok && !v.Equal(have.Attrs["description"]) {
		in.Description, differs = aws.String(v.Value()), true
	}
	content := want.Inputs["content"].Value()
	document, err := iampolicy.CanonicalFor(want.Inputs["type"].Value(), []byte(content))
	if err != nil {
		return nil, err
	}
	if document != have.Attrs["document"].Value() {
		in.Content, differs = aws.String(content), true
	}
	if differs {
		if _, err := s.Organizations().UpdatePolicy(ctx, in); err != nil {
			return nil, err
		}
	}
	own := want.Facts[resource.FactAdopt] == "own" && have.Owner == "" ||
		have.Owner == s.Payer() && have.Attrs["tags."+orgs.KeyName].Value() != orgs.MarkName(want.Ref.Name)
	return nil, orgs.ApplyTags(ctx, s, have.ID(), have, want, own)
}

func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	_, err := s.Organizations().DeletePolicy(ctx, &organizations.DeletePolicyInput{PolicyId: aws.String(have.ID())})
	var gone *types.PolicyNotFoundException
	if err != nil && !errors.As(err, &gone) {
		return err
	}
	return nil
}
