package awssim_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
)

const (
	stackTrust  = `"AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}`
	stackInline = `{"PolicyName":"read","PolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}}`
)

func roleTemplate(properties string) string {
	return `{"Resources":{"Role":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"Reader",` + stackTrust + properties + `}}}}`
}

// TestStackSetRole looks at the role with IAM, as the member sees it.
func TestStackSetRole(t *testing.T) {
	s := newStacks(t, awssim.Options{})
	in := setInput("roles")
	in.TemplateBody = aws.String(roleTemplate(`,"Path":"/x/","Description":"d","MaxSessionDuration":7200,"Policies":[` + stackInline + `],` +
		`"ManagedPolicyArns":["arn:aws:iam::aws:policy/ReadOnlyAccess"],"Tags":[{"Key":"own","Value":"1"}]`))
	must[*cloudformation.CreateStackSetOutput](t)(s.cfn.CreateStackSet(s.ctx, in))
	s.operation("roles", must[string](t)(s.deploy("roles", s.one)))
	client := iam.NewFromConfig(on(t, s.sim, s.a).cfg)
	r := must[*iam.GetRoleOutput](t)(client.GetRole(s.ctx, &iam.GetRoleInput{RoleName: aws.String("Reader")})).Role
	tags := ""
	for _, tag := range r.Tags {
		tags += *tag.Key + "=" + *tag.Value + " "
	}
	if *r.Path != "/x/" || *r.Description != "d" || *r.MaxSessionDuration != 7200 || tags != "own=1 k=v " {
		t.Errorf("role %s %s %d tags %s", *r.Path, *r.Description, *r.MaxSessionDuration, tags)
	}
	held := func() string {
		inline := must[*iam.ListRolePoliciesOutput](t)(client.ListRolePolicies(s.ctx, &iam.ListRolePoliciesInput{RoleName: aws.String("Reader")}))
		attached := must[*iam.ListAttachedRolePoliciesOutput](t)(client.ListAttachedRolePolicies(s.ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("Reader")}))
		all := strings.Join(inline.PolicyNames, " ")
		for _, p := range attached.AttachedPolicies {
			all += " " + *p.PolicyName
		}
		return all
	}
	if got := held(); got != "read ReadOnlyAccess" {
		t.Errorf("the role holds %s", got)
	}
	// What others put in stays, and stands in the way of a delete.
	must[*iam.PutRolePolicyOutput](t)(client.PutRolePolicy(s.ctx, &iam.PutRolePolicyInput{RoleName: aws.String("Reader"), PolicyName: aws.String("theirs"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}))
	up := must[*cloudformation.UpdateStackSetOutput](t)(s.cfn.UpdateStackSet(s.ctx, &cloudformation.UpdateStackSetInput{StackSetName: aws.String("roles"),
		TemplateBody: aws.String(roleTemplate(`,"Path":"/x/"`)), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}))
	s.operation("roles", *up.OperationId)
	if got := held(); got != "theirs" {
		t.Errorf("after the update the role holds %s", got)
	}
	gone := must[string](t)(s.undeploy("roles", false, s.one))
	if st := s.operation("roles", gone); st.Status != types.StackSetOperationStatusFailed || s.instances("roles") != "a=INOPERABLE/INOPERABLE" {
		t.Errorf("delete of a role with somebody's policy: %s, %s", st.Status, s.instances("roles"))
	}
}

// TestStackSetRoleRefused asks for what IAM refuses: nothing of the role is left.
func TestStackSetRoleRefused(t *testing.T) {
	for properties, want := range map[string]string{
		`,"ManagedPolicyArns":["arn:aws:iam::aws:policy/NoSuchPolicy"]`: "NoSuchEntity",
		`,"MaxSession":7200`: "extraneous key",
	} {
		s := newStacks(t, awssim.Options{})
		in := setInput("roles")
		in.TemplateBody = aws.String(roleTemplate(properties))
		must[*cloudformation.CreateStackSetOutput](t)(s.cfn.CreateStackSet(s.ctx, in))
		id := must[string](t)(s.deploy("roles", s.one))
		s.operation("roles", id)
		res := must[*cloudformation.ListStackSetOperationResultsOutput](t)(s.cfn.ListStackSetOperationResults(s.ctx,
			&cloudformation.ListStackSetOperationResultsInput{StackSetName: aws.String("roles"), OperationId: &id}))
		if len(res.Summaries) != 1 || !strings.Contains(*res.Summaries[0].StatusReason, want) || s.lets(s.a, "Reader") {
			t.Errorf("%s: %+v", properties, res.Summaries)
		}
	}
}

// TestStackSetIsBoundBySCPs denies new roles in the unit, to all or to all but
// CloudFormation.
func TestStackSetIsBoundBySCPs(t *testing.T) {
	for condition, want := range map[string]types.StackSetOperationStatus{
		"": types.StackSetOperationStatusFailed,
		`,"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/stacksets-exec-*"}}`: types.StackSetOperationStatusSucceeded,
	} {
		s := newStacks(t, awssim.Options{Enforce: true})
		scp := must[*organizations.CreatePolicyOutput](t)(s.org.CreatePolicy(s.ctx, &organizations.CreatePolicyInput{Name: aws.String("NoRoles"), Description: aws.String(""),
			Type: orgtypes.PolicyTypeServiceControlPolicy, Content: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:CreateRole","Resource":"*"` + condition + `}]}`)}))
		if err := s.attach(*scp.Policy.PolicySummary.Id, s.one); err != nil {
			t.Fatal(err)
		}
		s.set("roles")
		id := must[string](t)(s.deploy("roles", s.one))
		if st := s.operation("roles", id); st.Status != want || s.lets(s.a, "Reader") != (want == types.StackSetOperationStatusSucceeded) {
			t.Errorf("condition %q: %s", condition, st.Status)
		}
	}
}
