package iams

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
)

// page is how much one answer of a sweep may hold, AWS's most.
const page = 1000

// Client is IAM in the account of the session.
func Client(s *cloud.Session) *iam.Client { return iam.NewFromConfig(s.Config("")) }

// Details is what a sweep has found. Documents in it are as IAM gives them,
// URL-encoded.
type Details struct {
	Roles    []types.RoleDetail
	Users    []types.UserDetail
	Groups   []types.GroupDetail
	Policies []types.ManagedPolicyDetail
}

// Sweep reads everything of one type in the account: trust, inline policies,
// what is attached, tags and groups of each, and the versions of policies. It
// does not tell descriptions and session durations of roles, nor tags of
// policies.
func Sweep(ctx context.Context, s *cloud.Session, of types.EntityType) (Details, error) {
	var all Details
	client := Client(s)
	err := orgs.Pages(ctx, func(ctx context.Context, marker *string) (*string, error) {
		out, err := client.GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{
			Filter: []types.EntityType{of}, MaxItems: aws.Int32(page), Marker: marker})
		if err != nil {
			return nil, err
		}
		all.Roles = append(all.Roles, out.RoleDetailList...)
		all.Users = append(all.Users, out.UserDetailList...)
		all.Groups = append(all.Groups, out.GroupDetailList...)
		all.Policies = append(all.Policies, out.Policies...)
		switch {
		case !out.IsTruncated:
			return nil, nil
		case aws.ToString(out.Marker) == "":
			return nil, errors.New("the list is cut off, and AWS does not say where it goes on")
		}
		return out.Marker, nil
	})
	if err != nil {
		return Details{}, fmt.Errorf("read every IAM %s: %w", of, err)
	}
	return all, nil
}

// Gone says that an error is IAM's word that it has no such thing.
func Gone(err error) bool {
	var gone *types.NoSuchEntityException
	return errors.As(err, &gone)
}

// Exists says that an error is IAM's word that the name is taken.
func Exists(err error) bool {
	var exists *types.EntityAlreadyExistsException
	return errors.As(err, &exists)
}

// Settle does what IAM may refuse for a moment, because it does not see
// everywhere yet what was just made.
func Settle(ctx context.Context, s *cloud.Session, do func() error) error {
	return orgs.Settle(ctx, s, []string{"NoSuchEntity"}, do)
}
