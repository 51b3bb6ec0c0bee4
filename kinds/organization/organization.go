// Package organization is the kind of the organization itself, with its root.
// Its one object bears the root's mark and gives the ids that everything else
// hangs on: id, arn, rootId and rootPath.
package organization

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is the organization.
var Kind = &kind.Kind{
	Name:        spec.OrganizationRef.Kind,
	Doc:         "the organization and its root",
	UseExisting: true,
	Fixed: map[string]string{
		"features": "the organization has {before} only, and an API cannot give it all features: enable them in the console (Organizations, Settings)",
	},
	Calls:   map[string][]string{"create": {"CreateOrganization"}},
	Desired: desired,
	Live:    live,
	Create:  create,
	Claim:   claim,
	Note:    note,
}

// TypeFact is the fact that holds the status of a policy type in the root.
func TypeFact(policyType string) string { return "type." + policyType }

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	pos := p.Organization.Pos
	if pos.IsZero() {
		pos = p.Pos
	}
	if _, ok := orgs.Organization(read); !ok && !p.Organization.Create {
		return nil, fmt.Errorf(`%s: account %s has no organization; "organization: {create: true}" makes one`, pos, p.AccountID)
	}
	return []resource.Object{{
		Ref:    spec.OrganizationRef,
		Attrs:  resource.Attrs{"features": resource.Lit(string(types.OrganizationFeatureSetAll))},
		Origin: pos.String(),
	}}, nil
}

func live(ctx context.Context, s *cloud.Session, p *spec.Payer, _ *resource.State) ([]resource.Object, error) {
	o := s.Organization()
	if o == nil {
		return nil, nil
	}
	root, err := orgs.ReadRoot(ctx, s)
	if err != nil {
		return nil, err
	}
	tags, err := orgs.ReadTags(ctx, s, aws.ToString(root.Id))
	if err != nil {
		return nil, err
	}
	owner := tags[orgs.KeyPayer]
	if p != nil && owner != "" && owner != p.Name {
		return nil, fmt.Errorf("the root %s bears the mark of payer %q, this file is %q: two repositories must not manage one payer; "+
			"to take it over, remove the tag %s from the root", aws.ToString(root.Id), owner, p.Name, orgs.KeyPayer)
	}
	facts := map[string]string{}
	for _, t := range root.PolicyTypes {
		facts[TypeFact(string(t.Type))] = string(t.Status)
	}
	for _, fact := range noted {
		if v := tags[orgs.KeyNote+fact]; v != "" {
			facts[fact] = v
		}
	}
	return []resource.Object{{
		Ref:   spec.OrganizationRef,
		Attrs: resource.Attrs{"features": resource.Lit(string(o.FeatureSet))},
		Facts: facts, Outputs: outputs(o, root), Owner: owner, OwnerRead: true,
	}}, nil
}

func outputs(o *types.Organization, root types.Root) map[string]string {
	id, rootID := aws.ToString(o.Id), aws.ToString(root.Id)
	return map[string]string{
		"id": id, "arn": aws.ToString(o.Arn),
		"rootId": rootID, "rootPath": id + "/" + rootID + "/",
		"managementEmail": aws.ToString(o.MasterAccountEmail),
	}
}

// create makes the organization, or goes on with one that a lost answer made,
// and marks its root.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	out, err := s.Organizations().CreateOrganization(cloud.WithoutRepeat(ctx),
		&organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetAll})
	var already *types.AlreadyInOrganizationException
	switch {
	case err == nil:
		s.SetOrganization(out.Organization)
	case errors.As(err, &already) || cloud.Lost(err):
		if err := find(ctx, s, err); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	var root types.Root
	err = orgs.Settle(ctx, s, []string{"AWSOrganizationsNotInUseException"}, func() (err error) {
		root, err = orgs.ReadRoot(ctx, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := mark(ctx, s, aws.ToString(root.Id)); err != nil {
		return nil, err
	}
	return outputs(s.Organization(), root), nil
}

// find reads the organization that an earlier or unanswered call made; cause
// is why it is looked for.
func find(ctx context.Context, s *cloud.Session, cause error) error {
	out, err := s.Organizations().DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if err != nil {
		return fmt.Errorf("%w; then it could not be read: %w", cause, err)
	}
	if got := aws.ToString(out.Organization.MasterAccountId); got != s.AccountID() {
		return fmt.Errorf("account %s is a member of %s, managed by %s",
			s.AccountID(), aws.ToString(out.Organization.Id), got)
	}
	s.SetOrganization(out.Organization)
	return nil
}

// claim marks the root of an organization that is there and unmarked.
func claim(ctx context.Context, s *cloud.Session, read *resource.State) error {
	o, ok := orgs.Organization(read)
	if !ok || o.Owner == s.Payer() {
		return nil
	}
	id := o.Outputs["rootId"]
	tags, err := orgs.ReadTags(ctx, s, id)
	if err != nil {
		return err
	}
	if owner := tags[orgs.KeyPayer]; owner != "" && owner != s.Payer() {
		return fmt.Errorf("claim the root %s: payer %q has marked it", id, owner)
	}
	return mark(cloud.WithObject(ctx, spec.RootRef.String()), s, id)
}

func mark(ctx context.Context, s *cloud.Session, rootID string) error {
	return tagRoot(ctx, s, rootID, orgs.Mark(s.Payer(), spec.RootRef))
}

// noted are the facts that a pass may note on the root.
var noted = []string{resource.FactApplied, resource.FactApplying, resource.FactOpen}

// note tags the root with facts of a pass.
func note(ctx context.Context, s *cloud.Session, live *resource.State, facts map[string]string) error {
	o, ok := orgs.Organization(live)
	if !ok {
		return errors.New("note what was applied: there is no organization")
	}
	tags := map[string]string{}
	for _, fact := range noted {
		if v, ok := facts[fact]; ok {
			tags[orgs.KeyNote+fact] = v
		}
	}
	return tagRoot(cloud.WithObject(ctx, spec.RootRef.String()), s, o.Outputs["rootId"], tags)
}

func tagRoot(ctx context.Context, s *cloud.Session, rootID string, tags map[string]string) error {
	in := &organizations.TagResourceInput{ResourceId: aws.String(rootID), Tags: orgs.List(tags)}
	err := orgs.Settle(ctx, s, []string{"TargetNotFoundException"}, func() error {
		_, err := s.Organizations().TagResource(ctx, in)
		return err
	})
	if err != nil {
		return fmt.Errorf("tag the root %s: %w", rootID, err)
	}
	return nil
}
