package tools

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// Stack reads an organization and gives the Terraform configuration of it, with
// an import block for everything: units, SCPs, their attachments and accounts.
// Tags are left to whoever sets them.
func Stack(ctx context.Context, client *organizations.Client) (string, error) {
	s := &stack{ctx: ctx, client: client}
	s.text.WriteString(stackHead)
	for _, step := range []func() error{s.organization, s.policies, func() error { return s.below(s.root) }} {
		if err := step(); err != nil {
			return "", fmt.Errorf("read the organization for terraform: %w", err)
		}
	}
	return s.text.String(), nil
}

const stackHead = `terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                  = "us-east-1"
  skip_metadata_api_check = true
  skip_region_validation  = true
}
`

type stack struct {
	ctx    context.Context
	client *organizations.Client
	root   string
	count  int
	text   strings.Builder
}

// resource writes one resource and its import block.
func (s *stack) resource(kind, id, format string, args ...any) {
	name := fmt.Sprint("r", s.count)
	s.count++
	fmt.Fprintf(&s.text, "import {\n  to = aws_organizations_%s.%s\n  id = %q\n}\n", kind, name, id)
	fmt.Fprintf(&s.text, "resource \"aws_organizations_%s\" %q {\n", kind, name)
	fmt.Fprintf(&s.text, format, args...)
	s.text.WriteString("}\n")
}

const ignoreTags = "  lifecycle { ignore_changes = [tags, tags_all] }\n"

func (s *stack) organization() error {
	org, err := s.client.DescribeOrganization(s.ctx, nil)
	if err != nil {
		return err
	}
	roots, err := s.client.ListRoots(s.ctx, nil)
	if err != nil {
		return err
	}
	trusted, err := s.client.ListAWSServiceAccessForOrganization(s.ctx, nil)
	if err != nil {
		return err
	}
	s.root = aws.ToString(roots.Roots[0].Id)
	var types, principals []string
	for _, t := range roots.Roots[0].PolicyTypes {
		types = append(types, string(t.Type))
	}
	for _, p := range trusted.EnabledServicePrincipals {
		principals = append(principals, aws.ToString(p.ServicePrincipal))
	}
	s.resource("organization", aws.ToString(org.Organization.Id),
		"  feature_set = \"ALL\"\n  enabled_policy_types = [%s]\n  aws_service_access_principals = [%s]\n", quoted(types), quoted(principals))
	return nil
}

func quoted(list []string) string {
	var q []string
	for _, s := range list {
		q = append(q, fmt.Sprintf("%q", s))
	}
	return strings.Join(q, ", ")
}

func (s *stack) policies() error {
	pages := organizations.NewListPoliciesPaginator(s.client, &organizations.ListPoliciesInput{Filter: types.PolicyTypeServiceControlPolicy})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.ctx)
		if err != nil {
			return err
		}
		for _, p := range page.Policies {
			if p.AwsManaged {
				continue
			}
			whole, err := s.client.DescribePolicy(s.ctx, &organizations.DescribePolicyInput{PolicyId: p.Id})
			if err != nil {
				return err
			}
			content := strings.NewReplacer("${", "$${", "%{", "%%{").Replace(aws.ToString(whole.Policy.Content))
			s.resource("policy", aws.ToString(p.Id), "  name = %q\n  description = %q\n  content = %q\n"+ignoreTags,
				aws.ToString(p.Name), aws.ToString(p.Description), content)
		}
	}
	return nil
}

// below writes the attachments on a node, its accounts and its units. The
// accounts of the root are left out: the management account is one of them.
func (s *stack) below(node string) error {
	attached := organizations.NewListPoliciesForTargetPaginator(s.client,
		&organizations.ListPoliciesForTargetInput{TargetId: &node, Filter: types.PolicyTypeServiceControlPolicy})
	for attached.HasMorePages() {
		page, err := attached.NextPage(s.ctx)
		if err != nil {
			return err
		}
		for _, p := range page.Policies {
			if !p.AwsManaged {
				s.resource("policy_attachment", node+":"+aws.ToString(p.Id), "  policy_id = %q\n  target_id = %q\n", aws.ToString(p.Id), node)
			}
		}
	}
	if node != s.root {
		if err := s.accounts(node); err != nil {
			return err
		}
	}
	return s.units(node)
}

func (s *stack) accounts(node string) error {
	pages := organizations.NewListAccountsForParentPaginator(s.client, &organizations.ListAccountsForParentInput{ParentId: &node})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.ctx)
		if err != nil {
			return err
		}
		for _, a := range page.Accounts {
			s.resource("account", aws.ToString(a.Id), "  name = %q\n  email = %q\n  parent_id = %q\n"+ignoreTags,
				aws.ToString(a.Name), aws.ToString(a.Email), node)
		}
	}
	return nil
}

func (s *stack) units(node string) error {
	pages := organizations.NewListOrganizationalUnitsForParentPaginator(s.client, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &node})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.ctx)
		if err != nil {
			return err
		}
		for _, u := range page.OrganizationalUnits {
			s.resource("organizational_unit", aws.ToString(u.Id), "  name = %q\n  parent_id = %q\n"+ignoreTags, aws.ToString(u.Name), node)
			if err := s.below(aws.ToString(u.Id)); err != nil {
				return err
			}
		}
	}
	return nil
}
