package awssim_test

import (
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

const stack = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

resource "aws_organizations_organization" "this" {
  feature_set                   = "ALL"
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
  aws_service_access_principals = ["account.amazonaws.com"]
}

resource "aws_organizations_organizational_unit" "labs" {
  name      = "Labs"
  parent_id = aws_organizations_organization.this.roots[0].id
  tags      = { course = "aws-101" }
}

resource "aws_organizations_policy" "deny" {
  count   = 3
  name    = "Deny${count.index}"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "iam:*", Resource = "*" }]
  })
  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy_attachment" "labs" {
  count     = 3
  policy_id = aws_organizations_policy.deny[count.index].id
  target_id = aws_organizations_organizational_unit.labs.id
}

resource "aws_organizations_account" "lab" {
  count     = 3
  name      = "lab${count.index}"
  email     = "lab${count.index}@example.com"
  parent_id = aws_organizations_organizational_unit.labs.id
  role_name = "vocareum"
  tags      = { n = count.index }
  lifecycle { ignore_changes = [role_name] }
}
`

// TestTerraform applies an organization, plans it without a change, and
// destroys it once its accounts are old enough to leave.
func TestTerraform(t *testing.T) {
	found, err := tools.FindTerraform()
	tf := tools.Use(t, found, err)
	sim, _, env := serve(t, awssim.Options{SCPsOff: true})
	w, err := tf.Workspace(t.Context(), t.TempDir(), stack, env)
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) {
		t.Helper()
		if _, err := w.Run(t.Context(), args...); err != nil {
			t.Fatal(err)
		}
	}
	run("apply", "-auto-approve", "-input=false")
	if got := on(t, sim, "111122223333").listed(); len(got) != 4 {
		t.Errorf("accounts after apply: %v", got)
	}
	run("plan", "-detailed-exitcode", "-input=false") // exit code 2 is a change
	sim.Advance(5 * 24 * time.Hour)
	run("destroy", "-auto-approve", "-input=false")
	if got := code(err2(on(t, sim, "111122223333").org.DescribeOrganization(t.Context(), nil))); got != "AWSOrganizationsNotInUseException" {
		t.Errorf("after destroy: %q", got)
	}
}
