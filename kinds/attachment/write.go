package attachment

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// young are the answers of an AWS that does not see yet that the type was
// enabled, or that the policy or the node was made.
var young = []string{"PolicyTypeNotEnabledException", "PolicyNotFoundException", "TargetNotFoundException"}

// create attaches the policy.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	policyID, target := want.Inputs["policy"].Value(), want.Inputs["target"].Value()
	err := orgs.Settle(ctx, s, young, func() error {
		_, err := s.Organizations().AttachPolicy(ctx,
			&organizations.AttachPolicyInput{PolicyId: aws.String(policyID), TargetId: aws.String(target)})
		return err
	})
	var already *types.DuplicatePolicyAttachmentException
	if err != nil && !errors.As(err, &already) {
		return nil, err
	}
	return map[string]string{"id": policyID + "@" + target, "policy": policyID, "target": target}, nil
}

// remove detaches the policy. One that AWS attaches to a node of this very run
// comes a moment after the node: that it is not there yet does not mean that
// it stays away.
func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	policyID, target := have.Outputs["policy"], have.Outputs["target"]
	var coming []string
	if target == "" {
		policyID, target = have.Inputs["policy"].Value(), have.Inputs["target"].Value()
		coming = append([]string{"PolicyNotAttachedException"}, young...)
	}
	err := orgs.Settle(ctx, s, coming, func() error {
		_, err := s.Organizations().DetachPolicy(ctx,
			&organizations.DetachPolicyInput{PolicyId: aws.String(policyID), TargetId: aws.String(target)})
		return err
	})
	var gone *types.PolicyNotAttachedException
	if err != nil && !errors.As(err, &gone) {
		return err
	}
	return nil
}
