package orgs

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
)

// ListPolicies reads the summaries of all policies of one type.
func ListPolicies(ctx context.Context, s *cloud.Session, policyType string) ([]types.PolicySummary, error) {
	var all []types.PolicySummary
	err := Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListPolicies(ctx,
			&organizations.ListPoliciesInput{Filter: types.PolicyType(policyType), NextToken: token})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Policies...)
		return page.NextToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list policies of type %s: %w", policyType, err)
	}
	return all, nil
}

// ListTargets reads the nodes and accounts that a policy is attached to.
func ListTargets(ctx context.Context, s *cloud.Session, policyID string) ([]types.PolicyTargetSummary, error) {
	var all []types.PolicyTargetSummary
	err := Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListTargetsForPolicy(ctx,
			&organizations.ListTargetsForPolicyInput{PolicyId: aws.String(policyID), NextToken: token})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Targets...)
		return page.NextToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list targets of policy %s: %w", policyID, err)
	}
	return all, nil
}

// ListAttached reads the policies of one type that are attached to a node.
func ListAttached(ctx context.Context, s *cloud.Session, targetID, policyType string) ([]types.PolicySummary, error) {
	var all []types.PolicySummary
	err := Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListPoliciesForTarget(ctx, &organizations.ListPoliciesForTargetInput{
			TargetId: aws.String(targetID), Filter: types.PolicyType(policyType), NextToken: token})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Policies...)
		return page.NextToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list policies of type %s on %s: %w", policyType, targetID, err)
	}
	return all, nil
}
