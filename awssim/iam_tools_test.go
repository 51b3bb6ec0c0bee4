package awssim_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

func TestIAMAWSCLI(t *testing.T) {
	cli := needs(t, "aws")
	_, _, env := serve(t, awssim.Options{})
	run := func(args ...string) string {
		t.Helper()
		out, err := program(t, env, t.TempDir(), cli, append(append([]string{"iam"}, args...), "--output", "json")...)
		if err != nil {
			t.Fatalf("aws iam %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	run("create-role", "--role-name", "lab", "--assume-role-policy-document", trustPayer, "--tags", "Key=a,Value=b", "--max-session-duration", "43200")
	run("put-role-policy", "--role-name", "lab", "--policy-name", "own", "--policy-document", allowList)
	run("attach-role-policy", "--role-name", "lab", "--policy-arn", adminArn)
	var details struct {
		RoleDetailList []struct {
			RoleName                 string
			AssumeRolePolicyDocument map[string]any
			RolePolicyList           []struct{ PolicyDocument map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(run("get-account-authorization-details", "--filter", "Role")), &details); err != nil {
		t.Fatal(err)
	}
	if l := details.RoleDetailList; len(l) != 1 || l[0].AssumeRolePolicyDocument["Version"] != "2012-10-17" || l[0].RolePolicyList[0].PolicyDocument["Version"] != "2012-10-17" {
		t.Errorf("the CLI decodes %+v", l)
	}
	if out, err := program(t, env, t.TempDir(), cli, "iam", "delete-role", "--role-name", "lab"); err == nil || !strings.Contains(out, "DeleteConflict") {
		t.Errorf("delete a role with policies: %v %s", err, out)
	}
}

func TestIAMBoto3(t *testing.T) {
	py := needsPython(t, "boto3")
	_, _, env := serve(t, awssim.Options{})
	if out, err := program(t, env, "testdata", py, "-B", "boto3_iam.py"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

const peopleStack = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                  = "us-east-1"
  skip_metadata_api_check = true
  skip_region_validation  = true
}

resource "aws_iam_role" "lab" {
  name                 = "lab"
  description          = "of the lab"
  max_session_duration = 43200
  tags                 = { a = "b" }
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "444455556666" }, Action = "sts:AssumeRole", Condition = { StringEquals = { "sts:ExternalId" = "x-42" } } }]
  })
}

resource "aws_iam_policy" "lab" {
  name   = "lab"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = "*" }] })
}

resource "aws_iam_role_policy_attachment" "lab" {
  role       = aws_iam_role.lab.name
  policy_arn = aws_iam_policy.lab.arn
}

resource "aws_iam_role_policy" "own" {
  name   = "own"
  role   = aws_iam_role.lab.id
  policy = aws_iam_policy.lab.policy
}
`

// TestIAMTerraform applies a role with its policies, plans it without a change
// and destroys it.
func TestIAMTerraform(t *testing.T) {
	found, err := tools.FindTerraform()
	tf := tools.Use(t, found, err)
	sim, _, env := serve(t, awssim.Options{})
	w, err := tf.Workspace(t.Context(), t.TempDir(), peopleStack, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"apply", "-auto-approve"}, {"plan", "-detailed-exitcode"}, {"destroy", "-auto-approve"}} {
		if _, err := w.Run(t.Context(), append(args, "-input=false")...); err != nil {
			t.Fatal(err)
		}
	}
	p := peopleOf(on(t, sim, "111122223333"))
	if got := code(err2(p.iam.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("lab")}))); got != "NoSuchEntity" {
		t.Errorf("after destroy: %q", got)
	}
}

// TestIAMMoto asks the simulator and moto the same of IAM.
func TestIAMMoto(t *testing.T) {
	m := with(t, nil, moto(t), http.DefaultClient, "test", "test", "")
	compare(t, newRig(t, awssim.Options{}), m, iamSteps)
}

func iamStep[T any](name string, differs string, do func(*iam.Client, *rig) (T, error)) step {
	return step{name, func(r *rig, _ vars) (any, error) { return do(peopleOf(r).iam, r) }, differs}
}

// iamSteps are calls in an order in which each makes sense.
var iamSteps = []step{
	iamStep("make a role", "moto tells an empty RoleLastUsed", func(c *iam.Client, r *rig) (any, error) {
		return c.CreateRole(r.ctx, &iam.CreateRoleInput{RoleName: aws.String("lab"), AssumeRolePolicyDocument: aws.String(allowAll), Description: aws.String("d"), MaxSessionDuration: aws.Int32(7200)})
	}),
	iamStep("make it again", "", func(c *iam.Client, r *rig) (any, error) {
		return c.CreateRole(r.ctx, &iam.CreateRoleInput{RoleName: aws.String("lab"), AssumeRolePolicyDocument: aws.String(allowAll)})
	}),
	iamStep("get a role", "moto tells an empty RoleLastUsed", func(c *iam.Client, r *rig) (any, error) {
		return c.GetRole(r.ctx, &iam.GetRoleInput{RoleName: aws.String("lab")})
	}),
	iamStep("a role that is not there", "", func(c *iam.Client, r *rig) (any, error) {
		return c.GetRole(r.ctx, &iam.GetRoleInput{RoleName: aws.String("none")})
	}),
	iamStep("put an inline policy", "", func(c *iam.Client, r *rig) (any, error) {
		return c.PutRolePolicy(r.ctx, &iam.PutRolePolicyInput{RoleName: aws.String("lab"), PolicyName: aws.String("own"), PolicyDocument: aws.String(allowList)})
	}),
	iamStep("get an inline policy", "", func(c *iam.Client, r *rig) (any, error) {
		return c.GetRolePolicy(r.ctx, &iam.GetRolePolicyInput{RoleName: aws.String("lab"), PolicyName: aws.String("own")})
	}),
	iamStep("list inline policies", "", func(c *iam.Client, r *rig) (any, error) {
		return c.ListRolePolicies(r.ctx, &iam.ListRolePoliciesInput{RoleName: aws.String("lab")})
	}),
	iamStep("attach a policy of AWS", "moto has AWS's policies only when it is told to load them", func(c *iam.Client, r *rig) (any, error) {
		return c.AttachRolePolicy(r.ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("lab"), PolicyArn: aws.String(adminArn)})
	}),
	iamStep("list attached policies", "so there is none attached", func(c *iam.Client, r *rig) (any, error) {
		return c.ListAttachedRolePolicies(r.ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("lab")})
	}),
	iamStep("detach what is not attached", "", func(c *iam.Client, r *rig) (any, error) {
		return c.DetachRolePolicy(r.ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("lab"), PolicyArn: aws.String("arn:aws:iam::aws:policy/IAMReadOnlyAccess")})
	}),
	iamStep("tag", "", func(c *iam.Client, r *rig) (any, error) {
		return c.TagRole(r.ctx, &iam.TagRoleInput{RoleName: aws.String("lab"), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}})
	}),
	iamStep("the tags", "", func(c *iam.Client, r *rig) (any, error) {
		return c.ListRoleTags(r.ctx, &iam.ListRoleTagsInput{RoleName: aws.String("lab")})
	}),
	iamStep("delete what has policies", "", func(c *iam.Client, r *rig) (any, error) {
		return c.DeleteRole(r.ctx, &iam.DeleteRoleInput{RoleName: aws.String("lab")})
	}),
	iamStep("a malformed policy", "", func(c *iam.Client, r *rig) (any, error) {
		return c.PutRolePolicy(r.ctx, &iam.PutRolePolicyInput{RoleName: aws.String("lab"), PolicyName: aws.String("bad"), PolicyDocument: aws.String("{}")})
	}),
	iamStep("make a group", "", func(c *iam.Client, r *rig) (any, error) {
		return c.CreateGroup(r.ctx, &iam.CreateGroupInput{GroupName: aws.String("g")})
	}),
	iamStep("make a user", "", func(c *iam.Client, r *rig) (any, error) {
		return c.CreateUser(r.ctx, &iam.CreateUserInput{UserName: aws.String("eve")})
	}),
	iamStep("join", "", func(c *iam.Client, r *rig) (any, error) {
		return c.AddUserToGroup(r.ctx, &iam.AddUserToGroupInput{GroupName: aws.String("g"), UserName: aws.String("eve")})
	}),
	iamStep("the group", "", func(c *iam.Client, r *rig) (any, error) {
		return c.GetGroup(r.ctx, &iam.GetGroupInput{GroupName: aws.String("g")})
	}),
	iamStep("make a policy", "moto tells no PermissionsBoundaryUsageCount", func(c *iam.Client, r *rig) (any, error) {
		return c.CreatePolicy(r.ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allowList)})
	}),
	iamStep("make it again", "", func(c *iam.Client, r *rig) (any, error) {
		return c.CreatePolicy(r.ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allowList)})
	}),
}

// allowAll is a trust policy that IAM keeps as it is.
const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}]}`
