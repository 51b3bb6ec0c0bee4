package kinds_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// wholeIAM is a payer with something of every kind of IAM.
const wholeIAM = keep + `iamPolicies: [{name: P, tags: {a: b}, document: ` + allowS3 + `}]
users: [{name: U, managedPolicies: [P], tags: {a: b}}]
groups: [{name: G, members: [U], managedPolicies: [P], inlinePolicies: {in: {document: ` + allowS3 + `}}}]
roles:
  - name: R
    description: ours
    maxSessionDuration: 2h
    trust: {accounts: ["117530877863"], externalId: acme-7f3c, mfa: true}
    inlinePolicies: {in: {document: ` + allowS3 + `}, off: null}
    managedPolicies: [P]
    permissionsBoundary: null
    tags: {a: b}
`

const allowS3 = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`

// TestIAMDriftIsPlannedExactlyAndHealed changes one thing behind the tool's
// back: the plan names that and nothing else, and an apply puts it right.
func TestIAMDriftIsPlannedExactlyAndHealed(t *testing.T) {
	arn, boundary := kindtest.PolicyARN("P"), "arn:aws:iam::aws:policy/ReadOnlyAccess"
	attached := "managed." + arn + ": none -> attached"
	name := func(s string) *string { return &s }
	tag := []types.Tag{{Key: name("a"), Value: name("x")}, {Key: name("theirs"), Value: name("stays")}}
	for what, tt := range map[string]struct {
		drift func(r *kindtest.Rig, c *iam.Client) error
		want  []string
	}{
		"an inline policy is edited": {func(r *kindtest.Rig, _ *iam.Client) error {
			r.PutRolePolicy("R", "in", "ec2:*")
			return nil
		}, []string{"~ role/R inline.in: " + kindtest.Granted("ec2:*") + " -> " + kindtest.Granted("s3:*")}},
		"an inline policy that must be absent is there": {func(r *kindtest.Rig, _ *iam.Client) error {
			r.PutRolePolicy("R", "off", "ec2:*")
			return nil
		}, []string{"~ role/R inline.off: " + kindtest.Granted("ec2:*") + " -> none"}},
		"a foreign inline policy": {func(r *kindtest.Rig, _ *iam.Client) error {
			r.PutRolePolicy("R", "theirs", "ec2:*")
			return nil
		}, []string{}},
		"what the sweep does not tell": {func(r *kindtest.Rig, c *iam.Client) error {
			_, err := c.UpdateRole(r.Context(), &iam.UpdateRoleInput{RoleName: name("R"), Description: name("theirs"), MaxSessionDuration: aws.Int32(3600)})
			return err
		}, []string{"~ role/R description: theirs -> ours, maxSessionDuration: 3600 -> 7200"}},
		"a boundary that must be absent is there": {func(r *kindtest.Rig, c *iam.Client) error {
			_, err := c.PutRolePermissionsBoundary(r.Context(), &iam.PutRolePermissionsBoundaryInput{RoleName: name("R"), PermissionsBoundary: &boundary})
			return err
		}, []string{"~ role/R permissionsBoundary: " + boundary + " -> none"}},
		"a policy is detached everywhere": {func(r *kindtest.Rig, c *iam.Client) error {
			_, err1 := c.DetachRolePolicy(r.Context(), &iam.DetachRolePolicyInput{RoleName: name("R"), PolicyArn: &arn})
			_, err2 := c.DetachUserPolicy(r.Context(), &iam.DetachUserPolicyInput{UserName: name("U"), PolicyArn: &arn})
			_, err3 := c.DetachGroupPolicy(r.Context(), &iam.DetachGroupPolicyInput{GroupName: name("G"), PolicyArn: &arn})
			return errors.Join(err1, err2, err3)
		}, []string{"~ group/G " + attached, "~ role/R " + attached, "~ user/U " + attached}},
		"a member leaves": {func(r *kindtest.Rig, c *iam.Client) error {
			_, err := c.RemoveUserFromGroup(r.Context(), &iam.RemoveUserFromGroupInput{GroupName: name("G"), UserName: name("U")})
			return err
		}, []string{"~ group/G member.U: none -> member"}},
		"tags are changed": {func(r *kindtest.Rig, c *iam.Client) error {
			_, err1 := c.TagRole(r.Context(), &iam.TagRoleInput{RoleName: name("R"), Tags: tag})
			_, err2 := c.TagUser(r.Context(), &iam.TagUserInput{UserName: name("U"), Tags: tag})
			_, err3 := c.TagPolicy(r.Context(), &iam.TagPolicyInput{PolicyArn: &arn, Tags: tag})
			return errors.Join(err1, err2, err3)
		}, []string{"~ iam-policy/P tags.a: x -> b", "~ role/R tags.a: x -> b", "~ user/U tags.a: x -> b"}},
		"a trust is written in another form": {func(r *kindtest.Rig, c *iam.Client) error {
			_, err := c.UpdateAssumeRolePolicy(r.Context(), &iam.UpdateAssumeRolePolicyInput{RoleName: name("R"), PolicyDocument: name(
				`{"Statement": {"Action": ["sts:assumerole"], "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::117530877863:root"]},
				  "Condition": {"Bool": {"aws:multifactorauthpresent": true}, "StringEquals": {"sts:externalid": ["acme-7f3c"]}}}, "Version": "2012-10-17"}`)})
			return err
		}, []string{}},
	} {
		t.Run(what, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(wholeIAM)
				r.Settled(wholeIAM)
				if err := tt.drift(r, r.IAM()); err != nil {
					t.Fatal(err)
				}
				before := r.Writes()
				want(t, "plan", r.Apply(wholeIAM), tt.want)
				if len(tt.want) == 0 && r.Writes() != before {
					t.Errorf("%d writes for nothing", r.Writes()-before)
				}
				r.Settled(wholeIAM)
			})
		})
	}
}
