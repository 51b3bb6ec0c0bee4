package moto

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/internal/tools"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// identities is a payer with something of every kind of IAM; more are keys of
// the role vendoradmin.
func identities(more string) string {
	return identitiesHead + `iamPolicies:
  - {name: Bills, path: /vendors/, description: reads bills, document: ` + grant("s3:Get*") + `, tags: {a: b}}
roles:
  - name: vendoradmin
    description: for the vendor
    trust: {accounts: ["117530877863"], externalId: acme-7f3c}
    maxSessionDuration: 12h
    inlinePolicies: {admin: {document: ` + grant("organizations:*") + `}}
    managedPolicies: [Bills]
    tags: {course: one two}
` + more + `  - {name: machines, path: /ops/, trust: {services: [ec2.amazonaws.com]}, permissionsBoundary: "${{ iamPolicy:Bills.arn }}"}
  - {name: friend, trust: {principals: ["${{ user:bob.arn }}"]}}
users: [{name: bob, tags: {k: v}, managedPolicies: [Bills]}]
groups: [{name: readers, members: [bob], inlinePolicies: {see: {document: ` + grant("ec2:Describe*") + `}}, managedPolicies: [Bills]}]
`
}

const identitiesHead = "apiVersion: reconciler/v1\nkind: Payer\nname: labs\naccountId: \"" + tools.MotoAccount + "\"\norganization: {create: true}\nous: [{name: Labs}]\n"

func grant(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
}

// iam is the SDK's own client of IAM, for what others do there.
func (r *repo) iam() *iam.Client {
	r.Helper()
	cfg, err := config.LoadDefaultConfig(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	cfg.BaseEndpoint = aws.String(r.moto.URL)
	return iam.NewFromConfig(cfg)
}

// must ends the test where a call of somebody else failed.
func must[T any](r *repo) func(T, error) T {
	return func(v T, err error) T {
		r.Helper()
		if err != nil {
			r.Fatal(err)
		}
		return v
	}
}

// TestIdentitiesApplyThenPlan makes roles, policies, a group and a user in one
// go, and finds nothing to do afterwards, with a sweep a kind and a call more
// for the one role that says what no sweep tells.
func TestIdentitiesApplyThenPlan(t *testing.T) {
	r := newRepo(t, identities(""))
	r.apply()
	r.settled()
	r.proxy.Forget()
	r.plan()
	calls := map[string]int{}
	for _, op := range r.proxy.Calls() {
		if calls[op]++; !strings.Contains("GetAccountAuthorizationDetails GetRole ListPolicyTags", op) {
			delete(calls, op)
		}
	}
	want := map[string]int{"GetAccountAuthorizationDetails": 4, "GetRole": 1, "ListPolicyTags": 1}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls of a plan (-want +got):\n%s", diff)
	}
	role := must[*iam.GetRoleOutput](r)(r.iam().GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("vendoradmin")})).Role
	if aws.ToInt32(role.MaxSessionDuration) != 43200 || aws.ToString(role.Description) != "for the vendor" {
		t.Errorf("the role lasts %d s and is %q", aws.ToInt32(role.MaxSessionDuration), aws.ToString(role.Description))
	}
	tags := map[string]string{}
	for _, tag := range role.Tags {
		tags[*tag.Key] = *tag.Value
	}
	if diff := cmp.Diff(map[string]string{"course": "one two", "reconciler:payer": "labs", "reconciler:name": "vendoradmin"}, tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// TestIdentitiesHeal changes one thing after the other behind the tool's back:
// each is planned exactly, healed by as many writes, and then nothing is left
// to do. What others added stays.
func TestIdentitiesHeal(t *testing.T) {
	r := newRepo(t, identities(""))
	r.apply()
	c, ctx, arn := r.iam(), t.Context(), "arn:aws:iam::"+tools.MotoAccount+":policy/vendors/Bills"
	role, doc := aws.String("vendoradmin"), aws.String(grant("iam:*"))
	for _, tt := range []struct {
		name   string
		do     func() error
		want   []string
		writes int
	}{
		{"trust", func() error {
			_, err := c.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: role, PolicyDocument: aws.String(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"117530877863"},"Action":"sts:AssumeRole"}]}`)})
			return err
		}, []string{"update role/vendoradmin trust"}, 1},
		{"session", func() error {
			_, err := c.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: role, MaxSessionDuration: aws.Int32(3600)}) // which clears the description here
			return err
		}, []string{"update role/vendoradmin description maxSessionDuration"}, 1},
		{"inline and foreign inline", func() error {
			_, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("theirs"), PolicyDocument: doc})
			if err == nil {
				_, err = c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("admin"), PolicyDocument: doc})
			}
			return err
		}, []string{"update role/vendoradmin inline.admin"}, 1},
		{"attachments", func() error {
			_, err := c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: role, PolicyArn: &arn})
			if err == nil {
				_, err = c.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: aws.String("readers"), PolicyArn: &arn})
			}
			if err == nil {
				_, err = c.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: aws.String("bob"), PolicyArn: &arn})
			}
			return err
		}, []string{"update group/readers managed." + arn, "update role/vendoradmin managed." + arn, "update user/bob managed." + arn}, 3},
		{"members", func() error {
			_, err := c.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: aws.String("readers"), UserName: aws.String("bob")})
			return err
		}, []string{"update group/readers member.bob"}, 1},
		{"boundary", func() error {
			_, err := c.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: aws.String("machines")})
			return err
		}, []string{"update role/machines permissionsBoundary"}, 1},
		{"tags", func() error {
			_, err := c.TagRole(ctx, &iam.TagRoleInput{RoleName: role, Tags: []types.Tag{{Key: aws.String("course"), Value: aws.String("x")}}})
			if err == nil {
				_, err = c.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: &arn, TagKeys: []string{"a"}})
			}
			return err
		}, []string{"update iam-policy/Bills tags.a", "update role/vendoradmin tags.course"}, 2},
		{"the policy", func() error {
			_, err := c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: doc, SetAsDefault: true})
			return err
		}, []string{"update iam-policy/Bills document"}, 1}, // back to the version that is there
	} {
		if err := tt.do(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		t.Log(tt.name)
		r.proxy.Forget()
		r.does(tt.want...)
		if w := r.proxy.Writes(); len(w) != tt.writes {
			t.Errorf("%s was healed by %q", tt.name, w)
		}
		r.settled()
	}
	theirs := must[*iam.GetRolePolicyOutput](r)(c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: role, PolicyName: aws.String("theirs")}))
	if got := aws.ToString(theirs.PolicyDocument); !strings.Contains(got, "iam%3A%2A") {
		t.Errorf("the foreign policy is %s", got)
	}
}

// TestIdentitiesVersions changes a policy more often than it has versions.
func TestIdentitiesVersions(t *testing.T) {
	r := newRepo(t, identities(""))
	for i := range 7 {
		r.write("payers/p0.yaml", strings.Replace(identities(""), "s3:Get*", fmt.Sprintf("s3:Get%d", i), 1))
		r.apply()
		r.settled()
	}
}

// TestIdentitiesPruned lets all but the user and the group leave the file: with
// prune, what is ours goes, from whatever it is attached to, and what others
// have stays. A user is not pruned here: moto has no list of the credentials of
// single services, and without it nobody may be deleted.
func TestIdentitiesPruned(t *testing.T) {
	r := newRepo(t, identities(""))
	r.apply()
	c, ctx := r.iam(), t.Context()
	must[*iam.CreateRoleOutput](r)(c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("theirs"), AssumeRolePolicyDocument: aws.String(grant("sts:AssumeRole"))}))
	must[*iam.PutUserPolicyOutput](r)(c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("bob"), PolicyName: aws.String("theirs"), PolicyDocument: aws.String(grant("iam:*"))}))
	r.write("payers/p0.yaml", identitiesHead+"safety: {prune: true, maxRemovals: 10}\ngroups: [{name: readers}]\nusers: [{name: bob}]\n")
	bills := "managed.arn:aws:iam::" + tools.MotoAccount + ":policy/vendors/Bills"
	r.does("delete iam-policy/Bills", "delete role/friend", "delete role/machines", "delete role/vendoradmin",
		"update group/readers "+bills, "update user/bob "+bills)
	p := r.plan()[0]
	if got := lines(p.Plan); len(got) > 0 || len(p.Plan.Left) > 0 {
		t.Errorf("there is still %q %v", got, p.Plan.Left)
	}
	if diff := cmp.Diff("[role/theirs]", fmt.Sprint(p.Plan.Unmanaged)); diff != "" {
		t.Errorf("unmanaged (-want +got):\n%s", diff)
	}
	must[*iam.GetUserPolicyOutput](r)(c.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: aws.String("bob"), PolicyName: aws.String("theirs")}))
}

// does compares what the plan says, whatever its order, and applies it.
func (r *repo) does(want ...string) {
	r.Helper()
	p := r.plan()[0]
	got := lines(p.Plan)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("plan (-want +got):\n%s", diff)
	}
	if _, err := p.Apply(r.Context(), reconcile.ApplyOptions{}); err != nil {
		r.Fatal(err)
	}
}
