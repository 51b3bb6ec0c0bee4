// Package trustedservice is the kind of an AWS service that has trusted access
// to the organization, such as trusted-service/account.amazonaws.com.
package trustedservice

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is a service with trusted access. The list in a payer file is additive:
// to switch one off, it is named under absent.
var Kind = &kind.Kind{
	Name:     "trusted-service",
	Doc:      "an AWS service with trusted access to the organization",
	Requires: []*kind.Kind{organization.Kind},
	Calls:    map[string][]string{"create": {"EnableAWSServiceAccess"}, "delete": {"DisableAWSServiceAccess"}},
	Desired:  desired,
	Live:     live,
	Create:   create,
	Delete:   remove,
}

// Ref names a service by its principal.
func Ref(principal string) resource.Ref {
	return resource.Ref{Kind: "trusted-service", Name: resource.Escape(principal)}
}

func desired(p *spec.Payer, _ *resource.State) ([]resource.Object, error) {
	var objects []resource.Object
	add := func(n spec.Name, facts map[string]string) {
		objects = append(objects, resource.Object{Ref: Ref(n.Value), Origin: n.Pos.String(), Facts: facts,
			Inputs: resource.Attrs{"principal": resource.Lit(n.Value)}, After: []resource.Ref{spec.OrganizationRef}})
	}
	for _, n := range p.Organization.TrustedServices {
		add(n, nil)
	}
	for _, n := range absent(p) {
		add(n, map[string]string{resource.FactAbsent: "true"})
	}
	return objects, nil
}

// absent gives the service principals under absent; the others there are
// policy types, which have no dot.
func absent(p *spec.Payer) []spec.Name {
	var names []spec.Name
	for _, n := range p.Organization.Absent {
		if strings.Contains(n.Value, ".") {
			names = append(names, n)
		}
	}
	return names
}

func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	if _, ok := orgs.Organization(read); !ok || p != nil && !p.Organization.TrustedServicesSet && len(absent(p)) == 0 {
		return nil, nil
	}
	var objects []resource.Object
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListAWSServiceAccessForOrganization(ctx,
			&organizations.ListAWSServiceAccessForOrganizationInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, e := range page.EnabledServicePrincipals {
			principal := aws.ToString(e.ServicePrincipal)
			objects = append(objects, resource.Object{Ref: Ref(principal), After: []resource.Ref{spec.OrganizationRef},
				Outputs: map[string]string{"id": principal}})
		}
		return page.NextToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list trusted services: %w", err)
	}
	return objects, nil
}

func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	principal := want.Inputs["principal"].Value()
	_, err := s.Organizations().EnableAWSServiceAccess(ctx,
		&organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String(principal)})
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": principal}, nil
}

func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	_, err := s.Organizations().DisableAWSServiceAccess(ctx,
		&organizations.DisableAWSServiceAccessInput{ServicePrincipal: aws.String(have.ID())})
	if err != nil {
		return err
	}
	return nil
}
