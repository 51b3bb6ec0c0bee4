package kindtest

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Machines is the document of a trust in the machines of EC2.
const Machines = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// Grant is the document of a policy that allows an action.
func Grant(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
}

// Granted is the canonical form of Grant, in which a plan shows it.
func Granted(action string) string {
	return `{"Statement":[{"Action":"` + action + `","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`
}

// IAM is the SDK's own client in the payer, to act behind the tool's back.
func (r *Rig) IAM() *iam.Client { return iam.NewFromConfig(r.Config()) }

// iamTags gives tags in IAM's form: key, value, key, value.
func iamTags(kv []string) []types.Tag {
	var tags []types.Tag
	for i := 0; i < len(kv); i += 2 {
		tags = append(tags, types.Tag{Key: &kv[i], Value: &kv[i+1]})
	}
	return tags
}

func tagMap(tags []types.Tag) map[string]string {
	m := map[string]string{}
	for _, t := range tags {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}

// Role makes a role that trusts machines, with these keys and values as tags.
func (r *Rig) Role(name string, kv ...string) {
	r.Helper()
	Must[*iam.CreateRoleOutput](r)(r.IAM().CreateRole(r.Context(),
		&iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(Machines), Tags: iamTags(kv)}))
}

// GetRole gives a role as AWS has it now, nil where it has none.
func (r *Rig) GetRole(name string) *types.Role {
	r.Helper()
	out, err := r.IAM().GetRole(r.Context(), &iam.GetRoleInput{RoleName: &name})
	if none(err) {
		return nil
	}
	return Must[*iam.GetRoleOutput](r)(out, err).Role
}

// RoleTags gives the tags of a role.
func (r *Rig) RoleTags(name string) map[string]string {
	r.Helper()
	return tagMap(r.GetRole(name).Tags)
}

// PutRolePolicy writes an inline policy of a role that allows an action.
func (r *Rig) PutRolePolicy(role, policy, action string) {
	r.Helper()
	Must[*iam.PutRolePolicyOutput](r)(r.IAM().PutRolePolicy(r.Context(),
		&iam.PutRolePolicyInput{RoleName: &role, PolicyName: &policy, PolicyDocument: aws.String(Grant(action))}))
}

// AttachRole attaches a policy to a role.
func (r *Rig) AttachRole(role, arn string) {
	r.Helper()
	Must[*iam.AttachRolePolicyOutput](r)(r.IAM().AttachRolePolicy(r.Context(), &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &arn}))
}

// RoleHolds gives the names of the inline policies of a role and the ARNs of
// those attached.
func (r *Rig) RoleHolds(role string) (inline, attached []string) {
	r.Helper()
	inline = Must[*iam.ListRolePoliciesOutput](r)(r.IAM().ListRolePolicies(r.Context(), &iam.ListRolePoliciesInput{RoleName: &role})).PolicyNames
	for _, a := range Must[*iam.ListAttachedRolePoliciesOutput](r)(r.IAM().ListAttachedRolePolicies(r.Context(),
		&iam.ListAttachedRolePoliciesInput{RoleName: &role})).AttachedPolicies {
		attached = append(attached, aws.ToString(a.PolicyArn))
	}
	return inline, attached
}

// PolicyARN is the ARN of a customer-managed policy of the payer without a path.
func PolicyARN(name string) string { return "arn:aws:iam::" + Account + ":policy/" + name }

// IAMPolicy makes a customer-managed policy with these keys and values as tags.
func (r *Rig) IAMPolicy(name, document string, kv ...string) {
	r.Helper()
	Must[*iam.CreatePolicyOutput](r)(r.IAM().CreatePolicy(r.Context(),
		&iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &document, Tags: iamTags(kv)}))
}

// GetIAMPolicy gives a policy as AWS has it now, nil where it has none.
func (r *Rig) GetIAMPolicy(name string) *types.Policy {
	r.Helper()
	out, err := r.IAM().GetPolicy(r.Context(), &iam.GetPolicyInput{PolicyArn: aws.String(PolicyARN(name))})
	if none(err) {
		return nil
	}
	return Must[*iam.GetPolicyOutput](r)(out, err).Policy
}

// User makes a user with these keys and values as tags.
func (r *Rig) User(name string, kv ...string) {
	r.Helper()
	Must[*iam.CreateUserOutput](r)(r.IAM().CreateUser(r.Context(), &iam.CreateUserInput{UserName: &name, Tags: iamTags(kv)}))
}

// GetUser gives a user as AWS has it now, nil where it has none.
func (r *Rig) GetUser(name string) *types.User {
	r.Helper()
	out, err := r.IAM().GetUser(r.Context(), &iam.GetUserInput{UserName: &name})
	if none(err) {
		return nil
	}
	return Must[*iam.GetUserOutput](r)(out, err).User
}

// Group makes a group.
func (r *Rig) Group(name string) {
	r.Helper()
	Must[*iam.CreateGroupOutput](r)(r.IAM().CreateGroup(r.Context(), &iam.CreateGroupInput{GroupName: &name}))
}

// GetGroup gives a group as AWS has it now with its members, nil where it has
// none.
func (r *Rig) GetGroup(name string) *iam.GetGroupOutput {
	r.Helper()
	out, err := r.IAM().GetGroup(r.Context(), &iam.GetGroupInput{GroupName: &name})
	if none(err) {
		return nil
	}
	return Must[*iam.GetGroupOutput](r)(out, err)
}

func none(err error) bool {
	var gone *types.NoSuchEntityException
	return errors.As(err, &gone)
}
