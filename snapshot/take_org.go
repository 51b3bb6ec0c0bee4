package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"golang.org/x/sync/errgroup"
)

// organization asks for the organization: the root, the units, the policies with
// what they hang on, the accounts and how their creations went. An account
// without one has none of it.
func (t *taking) organization(ctx context.Context) error {
	if t.s.Organization() == nil {
		return nil
	}
	c := t.s.Organizations()
	roots, err := c.ListRoots(ctx, &organizations.ListRootsInput{})
	if err != nil {
		return must("read the root", err)
	}
	var nodes []string
	var enabled []types.PolicyType
	for _, r := range roots.Roots {
		nodes = append(nodes, aws.ToString(r.Id))
		for _, p := range r.PolicyTypes {
			if p.Status == types.PolicyTypeStatusEnabled { // until then nothing hangs anywhere
				enabled = append(enabled, p.Type)
			}
		}
	}
	units, err := t.units(ctx, nodes)
	if err != nil {
		return err
	}
	nodes = append(nodes, units...)
	g, ctx := errgroup.WithContext(ctx)
	for _, ask := range []func() error{
		func() error { return t.policies(ctx, enabled) },
		func() error { return t.attachments(ctx, nodes, enabled) },
		func() error { return every(ctx, nodes, t.tags) },
		func() error { return t.accounts(ctx) },
		func() error { return t.services(ctx) },
		func() error { return t.bulkTags(ctx, "organizations:ou") },
		func() error { return t.bulkTags(ctx, "organizations:policy") },
	} {
		g.Go(ask)
	}
	return g.Wait()
}

// units walks the tree, a level at a time.
func (t *taking) units(ctx context.Context, roots []string) (all []string, err error) {
	for level := roots; len(level) > 0; {
		found := make([][]string, len(level))
		at := make([]int, len(level))
		for i := range at {
			at[i] = i
		}
		err := every(ctx, at, func(ctx context.Context, i int) error {
			return pages(func(token *string) (*string, error) {
				page, err := t.s.Organizations().ListOrganizationalUnitsForParent(ctx,
					&organizations.ListOrganizationalUnitsForParentInput{ParentId: &level[i], NextToken: token})
				if err != nil {
					return nil, err
				}
				for _, u := range page.OrganizationalUnits {
					found[i] = append(found[i], aws.ToString(u.Id))
				}
				return page.NextToken, nil
			})
		})
		if err != nil {
			return nil, must("list the units", err)
		}
		level = slices.Concat(found...)
		all = append(all, level...)
	}
	return all, nil
}

// policies asks for the policies of every type there is; a type that is not
// enabled in the root may be by the file. AWS may not know one.
func (t *taking) policies(ctx context.Context, enabled []types.PolicyType) error {
	return every(ctx, types.PolicyType("").Values(), func(ctx context.Context, of types.PolicyType) error {
		var ids []string
		err := pages(func(token *string) (*string, error) {
			page, err := t.s.Organizations().ListPolicies(ctx, &organizations.ListPoliciesInput{Filter: of, NextToken: token})
			if err != nil {
				return nil, err
			}
			for _, p := range page.Policies {
				if err := t.policy(ctx, p); err != nil {
					return nil, err
				}
				ids = append(ids, aws.ToString(p.Id))
			}
			return page.NextToken, nil
		})
		what := "list the policies of type " + string(of)
		if slices.Contains(enabled, of) {
			return must(what, err)
		}
		return t.may(what, err)
	})
}

// policy asks for the document of a policy, and where it is not AWS's own for
// its tags and what it hangs on: units, and accounts too.
func (t *taking) policy(ctx context.Context, p types.PolicySummary) error {
	id := aws.ToString(p.Id)
	if _, err := t.s.Organizations().DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: &id}); err != nil {
		return fmt.Errorf("read policy %s: %w", id, err)
	}
	if p.AwsManaged {
		return nil
	}
	if err := t.tags(ctx, id); err != nil {
		return err
	}
	err := pages(func(token *string) (*string, error) {
		page, err := t.s.Organizations().ListTargetsForPolicy(ctx, &organizations.ListTargetsForPolicyInput{PolicyId: &id, NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, nil
	})
	if err != nil {
		return fmt.Errorf("list what policy %s hangs on: %w", id, err)
	}
	return nil
}

// attachments asks what hangs on the root and on every unit.
func (t *taking) attachments(ctx context.Context, nodes []string, enabled []types.PolicyType) error {
	return every(ctx, nodes, func(ctx context.Context, node string) error {
		for _, of := range enabled {
			err := pages(func(token *string) (*string, error) {
				page, err := t.s.Organizations().ListPoliciesForTarget(ctx,
					&organizations.ListPoliciesForTargetInput{TargetId: &node, Filter: of, NextToken: token})
				if err != nil {
					return nil, err
				}
				return page.NextToken, nil
			})
			if err != nil {
				return must("list what hangs on "+node, err)
			}
		}
		return nil
	})
}

// tags asks for the tags of one thing. One that is gone by now is gone.
func (t *taking) tags(ctx context.Context, id string) error {
	err := pages(func(token *string) (*string, error) {
		page, err := t.s.Organizations().ListTagsForResource(ctx, &organizations.ListTagsForResourceInput{ResourceId: &id, NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, nil
	})
	var gone *types.TargetNotFoundException
	if errors.As(err, &gone) {
		return nil
	}
	return must("read the tags of "+id, err)
}

// services asks which services have trusted access.
func (t *taking) services(ctx context.Context) error {
	return must("list the trusted services", pages(func(token *string) (*string, error) {
		page, err := t.s.Organizations().ListAWSServiceAccessForOrganization(ctx,
			&organizations.ListAWSServiceAccessForOrganizationInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, nil
	}))
}

// bulkTags asks for the tags of everything of one type, a hundred a page.
func (t *taking) bulkTags(ctx context.Context, of string) error {
	_, err := t.countTagged(ctx, of)
	return err
}

func (t *taking) countTagged(ctx context.Context, of string) (n int, err error) {
	err = pages(func(token *string) (*string, error) {
		page, err := t.s.Tagging().GetResources(ctx, &tagging.GetResourcesInput{
			ResourceTypeFilters: []string{of}, ResourcesPerPage: aws.Int32(100), PaginationToken: token})
		if err != nil {
			return nil, err
		}
		n += len(page.ResourceTagMappingList)
		return page.PaginationToken, nil
	})
	return n, must("read the tags of every "+of, err)
}
