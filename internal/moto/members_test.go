package moto

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

// membersOf is a payer with a pool, and a role in each of its accounts.
func membersOf(action string) string {
	return identitiesHead + `pools:
  - {name: students, ou: Labs, ids: {from: 1, count: 6}, csv: accounts/labs.csv, account: {name: "${{ id }}", email: "lab${{ id }}@example.com"}}
memberRoles:
  - name: NetworkReader
    description: reads networks
    in: {pools: [students]}
    trust: {accounts: ["117530877863"], externalId: acme-7f3c}
    maxSessionDuration: 2h
    inlinePolicies: {read: {document: ` + grant(action) + `}}
    tags: {course: one two}
`
}

// member is IAM inside the account of an address, entered as the payer does.
func (r *repo) member(email string) *iam.Client {
	r.Helper()
	cfg, err := config.LoadDefaultConfig(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	cfg.BaseEndpoint = aws.String(r.moto.URL)
	id := *r.ids()("account/" + email)
	cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::"+id+":role/any"))
	return iam.NewFromConfig(cfg)
}

// TestMemberRoles makes accounts and a role in each in one go, finds nothing to
// do afterwards with three calls a member, and heals what changes inside one.
// What others put in there stays.
func TestMemberRoles(t *testing.T) {
	r := newRepo(t, membersOf("ec2:Describe*"))
	r.apply()
	r.settled()
	r.proxy.Forget()
	r.plan()
	calls := map[string]int{}
	for _, op := range r.proxy.Calls() {
		if strings.Contains("AssumeRole GetAccountAuthorizationDetails GetRole", op) {
			calls[op]++
		}
	}
	want := map[string]int{"AssumeRole": 6, "GetAccountAuthorizationDetails": 6 + 4, "GetRole": 6}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls of a plan (-want +got):\n%s", diff)
	}
	c, ctx, role := r.member("lab3@example.com"), t.Context(), aws.String("NetworkReader")
	for _, tt := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"trust", func() error {
			_, err := c.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: role, PolicyDocument: aws.String(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"117530877863"},"Action":"sts:AssumeRole"}]}`)})
			return err
		}, []string{"update member-role/lab3@example.com/NetworkReader trust"}},
		{"inline policy", func() error {
			_, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("read"), PolicyDocument: aws.String(grant("iam:*"))})
			return err
		}, []string{"update member-role/lab3@example.com/NetworkReader inline.read"}},
		{"somebody's policy", func() error {
			_, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("theirs"), PolicyDocument: aws.String(grant("iam:*"))})
			return err
		}, nil},
		{"the role", func() error {
			for _, policy := range []string{"read", "theirs"} {
				if _, err := c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: &policy}); err != nil {
					return err
				}
			}
			_, err := c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role})
			return err
		}, []string{"create member-role/lab3@example.com/NetworkReader"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.do(); err != nil {
				t.Fatal(err)
			}
			r.heals(tt.want...)
			r.settled()
		})
	}
	if _, err := r.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: role}); err == nil {
		t.Error("the payer has the role of its members")
	}
}
