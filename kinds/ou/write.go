package ou

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// create makes the unit with our mark on it. A unit of the name that is there
// by now (a killed run or a lost answer made it, and the list lagged) is used.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	name, parent := want.Attrs["name"].Value(), want.Inputs["parent"].Value()
	var out *organizations.CreateOrganizationalUnitOutput
	err := orgs.Settle(ctx, s, []string{"ParentNotFoundException"}, func() (err error) {
		out, err = s.Organizations().CreateOrganizationalUnit(cloud.WithoutRepeat(ctx), &organizations.CreateOrganizationalUnitInput{
			Name: aws.String(name), ParentId: aws.String(parent),
			Tags: orgs.List(orgs.Wanted(want), orgs.Mark(s.Payer(), want.Ref)),
		})
		return err
	})
	var unit *types.OrganizationalUnit
	var duplicate *types.DuplicateOrganizationalUnitException
	switch {
	case err == nil:
		unit = out.OrganizationalUnit
	case errors.As(err, &duplicate) || cloud.Lost(err):
		if unit, err = find(ctx, s, parent, name, err); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	id := aws.ToString(unit.Id)
	return map[string]string{"id": id, "arn": aws.ToString(unit.Arn),
		"path": want.Inputs["parentPath"].Value() + id + "/"}, nil
}

// find looks for a unit that the list may not show yet; cause is why it should
// be there. One that another payer has marked is not ours to use.
func find(ctx context.Context, s *cloud.Session, parent, name string, cause error) (*types.OrganizationalUnit, error) {
	for try := range orgs.Looks {
		if try > 0 {
			if err := s.Sleep(ctx, time.Duration(try)*time.Second); err != nil {
				return nil, err
			}
		}
		p := &unit{id: parent}
		if err := readChildren(ctx, s, p); err != nil {
			return nil, err
		}
		for _, c := range p.children {
			if c.name != name {
				continue
			}
			tags, err := orgs.ReadTags(ctx, s, c.id)
			if err != nil {
				return nil, err
			}
			if owner := tags[orgs.KeyPayer]; owner != "" && owner != s.Payer() {
				return nil, fmt.Errorf("%s is there and bears the mark of payer %q", c.id, owner)
			}
			return &types.OrganizationalUnit{Id: aws.String(c.id), Arn: aws.String(c.arn), Name: aws.String(c.name)}, nil
		}
	}
	return nil, fmt.Errorf("%w; the list does not show it yet, apply again", cause)
}

func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	if name := want.Attrs["name"]; !name.Equal(have.Attrs["name"]) {
		_, err := s.Organizations().UpdateOrganizationalUnit(ctx, &organizations.UpdateOrganizationalUnitInput{
			OrganizationalUnitId: aws.String(have.ID()), Name: aws.String(name.Value())})
		if err != nil {
			return nil, fmt.Errorf("rename unit %s: %w", have.ID(), err)
		}
	}
	// A unit of ours that was renamed in the file has its old path in the mark.
	own := have.Owner == s.Payer() && have.Attrs["tags."+orgs.KeyName].Value() != orgs.MarkName(want.Ref.Name)
	return nil, orgs.ApplyTags(ctx, s, have.ID(), have, want, own)
}

func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	_, err := s.Organizations().DeleteOrganizationalUnit(ctx,
		&organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: aws.String(have.ID())})
	var gone *types.OrganizationalUnitNotFoundException
	if err != nil && !errors.As(err, &gone) {
		return err
	}
	return nil
}
