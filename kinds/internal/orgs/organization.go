package orgs

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Organization is the live organization, and whether there is one.
func Organization(read *resource.State) (resource.Object, bool) {
	return read.Get(spec.OrganizationRef)
}

// RootID is the text of the root's id, known once the organization is.
func RootID() resource.Text { return resource.Output(spec.OrganizationRef, "rootId") }

// ReadRoot reads the one root of the organization.
func ReadRoot(ctx context.Context, s *cloud.Session) (types.Root, error) {
	var roots []types.Root
	err := Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListRoots(ctx, &organizations.ListRootsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		roots = append(roots, page.Roots...)
		return page.NextToken, nil
	})
	if err != nil {
		return types.Root{}, fmt.Errorf("read the root: %w", err)
	}
	if len(roots) != 1 {
		return types.Root{}, fmt.Errorf("read the root: AWS lists %d of them for organization %s",
			len(roots), aws.ToString(s.Organization().Id))
	}
	return roots[0], nil
}

// Looks is how often an object that must be there by now is looked for in a
// list that may lag behind its making; between the looks pass 1, 2, 3 … s on
// the session's clock.
const Looks = 6
