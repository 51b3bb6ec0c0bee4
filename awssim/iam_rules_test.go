package awssim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/awssim"
)

// sized is a policy of so many characters, white space not counted.
func sized(n int) string {
	doc := `{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::%s"}]}`
	return fmt.Sprintf(doc, strings.Repeat("x", n-len(strings.ReplaceAll(fmt.Sprintf(doc, ""), " ", ""))))
}

// wideTrust is a trust policy of so many characters.
func wideTrust(n int) string {
	doc := `{"Statement":[{"Sid":"%s","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}`
	return fmt.Sprintf(doc, strings.Repeat("x", n-len(fmt.Sprintf(doc, ""))))
}

// TestSDKIAMRefusals holds what IAM refuses.
func TestSDKIAMRefusals(t *testing.T) {
	p := newPeople(t, awssim.Options{})
	s := aws.String
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	create := func(name, path, trust string) error {
		return err2(p.iam.CreateRole(p.ctx, &iam.CreateRoleInput{RoleName: &name, Path: &path, AssumeRolePolicyDocument: &trust}))
	}
	put := func(name, doc string) error {
		return err2(p.iam.PutRolePolicy(p.ctx, &iam.PutRolePolicyInput{RoleName: s("lab"), PolicyName: &name, PolicyDocument: &doc}))
	}
	user := func(name, doc string) error {
		return err2(p.iam.PutUserPolicy(p.ctx, &iam.PutUserPolicyInput{UserName: s("eve"), PolicyName: &name, PolicyDocument: &doc}))
	}
	attach := func(arn string) error {
		return err2(p.iam.AttachRolePolicy(p.ctx, &iam.AttachRolePolicyInput{RoleName: s("lab"), PolicyArn: &arn}))
	}
	statement := func(text string) string { return `{"Version":"2012-10-17","Statement":[{` + text + `}]}` }
	tags := func(n int, key string) (out []types.Tag) {
		for i := range n {
			out = append(out, types.Tag{Key: s(fmt.Sprint(key, i)), Value: s("v")})
		}
		return out
	}
	tag := func(list []types.Tag) error {
		return err2(p.iam.TagRole(p.ctx, &iam.TagRoleInput{RoleName: s("lab"), Tags: list}))
	}
	session := func(n int32) error {
		return err2(p.iam.UpdateRole(p.ctx, &iam.UpdateRoleInput{RoleName: s("lab"), MaxSessionDuration: &n}))
	}
	ok(create("lab", "/", trustPayer))
	ok(err2(p.iam.CreateUser(p.ctx, &iam.CreateUserInput{UserName: s("eve")})))
	ok(err2(p.iam.CreateGroup(p.ctx, &iam.CreateGroupInput{GroupName: s("g")})))
	ok(err2(p.iam.AddUserToGroup(p.ctx, &iam.AddUserToGroupInput{GroupName: s("g"), UserName: s("eve")})))
	ok(put("big", sized(10000)))
	ok(user("big", sized(2048)))
	ok(tag(tags(50, "t")))
	for i := range 10 {
		ok(attach(p.policy(fmt.Sprint("p", i), allowList)))
	}
	linked := must[*iam.CreateServiceLinkedRoleOutput](t)(p.iam.CreateServiceLinkedRole(p.ctx, &iam.CreateServiceLinkedRoleInput{AWSServiceName: s("organizations.amazonaws.com")})).Role.RoleName
	const malformed, invalid, limit, conflict, missing, there = "MalformedPolicyDocument", "ValidationError", "LimitExceeded", "DeleteConflict", "NoSuchEntity", "EntityAlreadyExists"
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a name of 65", create(strings.Repeat("r", 65), "/", trustPayer), invalid},
		{"a name with a blank", create("a b", "/", trustPayer), invalid},
		{"a path without its end", create("r", "/labs", trustPayer), invalid},
		{"a path of AWS", create("r", "/aws-service-role/x/", trustPayer), "InvalidInput"},
		{"the name in other letters", create("LAB", "/", trustPayer), there},
		{"another path, same name", create("lab", "/x/", trustPayer), there},
		{"trust without JSON", create("r", "/", "{"), malformed},
		{"trust with a Resource", create("r", "/", statement(`"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"`)), malformed},
		{"trust without a Principal", create("r", "/", statement(`"Effect":"Allow","Action":"sts:AssumeRole"`)), malformed},
		{"trust with another action", create("r", "/", statement(`"Effect":"Allow","Principal":"*","Action":"s3:GetObject"`)), malformed},
		{"trust in no service", create("r", "/", statement(`"Effect":"Allow","Principal":{"Service":"lambda"},"Action":"sts:AssumeRole"`)), malformed},
		{"trust of 2,049", create("r", "/", wideTrust(2049)), limit},
		{"trust of 2,048", create("wide", "/", wideTrust(2048)), ""},
		{"a session of 59 minutes", session(3599), invalid},
		{"a session of 12 hours and a second", session(43201), invalid},
		{"a boundary that is not there", err2(p.iam.PutRolePermissionsBoundary(p.ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: s("lab"), PermissionsBoundary: s("arn:aws:iam::111122223333:policy/none")})), missing},
		{"a policy with a Principal", put("x", statement(`"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"`)), malformed},
		{"a policy without a Resource", put("x", statement(`"Effect":"Allow","Action":"s3:*"`)), malformed},
		{"an action without a service", put("x", statement(`"Effect":"Allow","Action":"ListBucket","Resource":"*"`)), malformed},
		{"a resource that is no ARN", put("x", statement(`"Effect":"Allow","Action":"s3:*","Resource":"bucket"`)), malformed},
		{"an unknown operator", put("x", statement(`"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringIs":{"a:b":"c"}}`)), malformed},
		{"a member that stands twice", put("x", statement(`"Effect":"Allow","Effect":"Deny","Action":"s3:*","Resource":"*"`)), malformed},
		{"a Sid with a blank", put("x", statement(`"Sid":"a b","Effect":"Allow","Action":"s3:*","Resource":"*"`)), malformed},
		{"two statements of one Sid", put("x", `{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}]}`), malformed},
		{"another version of the language", put("x", `{"Version":"2026-01-01","Statement":[]}`), malformed},
		{"inline policies over their sum", put("x", sized(241)), limit},
		{"inline policies up to their sum", put("x", sized(240)), ""},
		{"a user's over their sum", user("x", sized(90)), limit},
		{"the name of an inline policy", put("a b", allowList), invalid},
		{"a managed policy of 6,145", err2(p.iam.CreatePolicy(p.ctx, &iam.CreatePolicyInput{PolicyName: s("x"), PolicyDocument: s(sized(6145))})), limit},
		{"a managed policy that is there", err2(p.iam.CreatePolicy(p.ctx, &iam.CreatePolicyInput{PolicyName: s("P1"), PolicyDocument: s(allowList)})), there},
		{"an eleventh managed policy", attach(adminArn), limit},
		{"one that is attached", attach("arn:aws:iam::111122223333:policy/p1"), ""},
		{"an unknown policy", attach("arn:aws:iam::111122223333:policy/none"), missing},
		{"an unknown policy of AWS", attach("arn:aws:iam::aws:policy/NoSuchAccess"), missing},
		{"a broken ARN", attach("arn:aws:iam::1:policy/none"), "InvalidInput"},
		{"detach what is not attached", err2(p.iam.DetachRolePolicy(p.ctx, &iam.DetachRolePolicyInput{RoleName: s("lab"), PolicyArn: s(adminArn)})), missing},
		{"a policy of AWS", err2(p.iam.CreatePolicyVersion(p.ctx, &iam.CreatePolicyVersionInput{PolicyArn: s(adminArn), PolicyDocument: s(allowList)})), "AccessDenied"},
		{"delete what is attached", err2(p.iam.DeletePolicy(p.ctx, &iam.DeletePolicyInput{PolicyArn: s("arn:aws:iam::111122223333:policy/p1")})), conflict},
		{"51 tags", tag(tags(1, "more")), limit},
		{"a tag of AWS", tag([]types.Tag{{Key: s("aws:x"), Value: s("")}}), "InvalidInput"},
		{"a tag with a strange letter", tag([]types.Tag{{Key: s("a#"), Value: s("")}}), invalid},
		{"a role that is not there", err2(p.iam.GetRole(p.ctx, &iam.GetRoleInput{RoleName: s("none")})), missing},
		{"a role in other letters", err2(p.iam.GetRole(p.ctx, &iam.GetRoleInput{RoleName: s("LAB")})), missing},
		{"delete a role with policies", err2(p.iam.DeleteRole(p.ctx, &iam.DeleteRoleInput{RoleName: s("lab")})), conflict},
		{"delete a group with members", err2(p.iam.DeleteGroup(p.ctx, &iam.DeleteGroupInput{GroupName: s("g")})), conflict},
		{"delete a user in a group", err2(p.iam.DeleteUser(p.ctx, &iam.DeleteUserInput{UserName: s("eve")})), conflict},
		{"a role of a service", err2(p.iam.DeleteRole(p.ctx, &iam.DeleteRoleInput{RoleName: linked})), "UnmodifiableEntity"},
		{"1,001 a page", err2(p.iam.ListRoles(p.ctx, &iam.ListRolesInput{MaxItems: aws.Int32(1001)})), invalid},
		{"an invented marker", err2(p.iam.ListRoles(p.ctx, &iam.ListRolesInput{Marker: s("x")})), invalid},
		{"no password", err2(p.iam.GetLoginProfile(p.ctx, &iam.GetLoginProfileInput{UserName: s("eve")})), missing},
		{"an operation that is not simulated", err2(p.iam.ListSAMLProviders(p.ctx, &iam.ListSAMLProvidersInput{})), "InvalidAction"},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s: got %q, want %q (%v)", tt.name, got, tt.want, tt.err)
		}
	}
}

// TestSDKIAMOperations calls what the other tests leave out, so that every
// operation is in the record that is checked against AWS's models.
func TestSDKIAMOperations(t *testing.T) {
	p := newPeople(t, awssim.Options{})
	c, ctx, s := p.iam, p.ctx, aws.String
	eve, lab, g, own, arn := s("eve"), s("lab"), s("g"), s("own"), s("arn:aws:iam::111122223333:policy/p")
	tags, keys := []types.Tag{{Key: s("a"), Value: s("b")}}, []string{"a"}
	p.role("lab", trustPayer)
	p.policy("p", allowList)
	serial := s("arn:aws:iam::111122223333:mfa/eve")
	for i, err := range []error{
		err2(c.CreateUser(ctx, &iam.CreateUserInput{UserName: eve})),
		err2(c.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: g})),
		err2(c.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: g, UserName: eve})),
		err2(c.GetGroup(ctx, &iam.GetGroupInput{GroupName: g})),
		err2(c.ListGroups(ctx, &iam.ListGroupsInput{})),
		err2(c.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: eve})),
		err2(c.ListUsers(ctx, &iam.ListUsersInput{})),
		err2(c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: lab, PolicyName: own, PolicyDocument: s(allowList)})),
		err2(c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: eve, PolicyName: own, PolicyDocument: s(allowList)})),
		err2(c.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: g, PolicyName: own, PolicyDocument: s(allowList)})),
		err2(c.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: eve, PolicyName: own})),
		err2(c.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: g, PolicyName: own})),
		err2(c.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: lab})),
		err2(c.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: eve})),
		err2(c.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: g})),
		err2(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: lab, PolicyArn: arn})),
		err2(c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: eve, PolicyArn: arn})),
		err2(c.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: g, PolicyArn: arn})),
		err2(c.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: lab})),
		err2(c.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: eve})),
		err2(c.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: g})),
		err2(c.ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: arn})),
		err2(c.ListPolicies(ctx, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, OnlyAttached: true})),
		err2(c.ListPolicies(ctx, &iam.ListPoliciesInput{MaxItems: aws.Int32(1000)})),
		err2(c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})),
		err2(c.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: arn, Tags: tags})),
		err2(c.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: arn})),
		err2(c.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: arn, TagKeys: keys})),
		err2(c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: s(scp)})),
		err2(c.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: s("v2")})),
		err2(c.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: s("v1")})),
		err2(c.TagRole(ctx, &iam.TagRoleInput{RoleName: lab, Tags: tags})),
		err2(c.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: lab})),
		err2(c.UntagRole(ctx, &iam.UntagRoleInput{RoleName: lab, TagKeys: keys})),
		err2(c.TagUser(ctx, &iam.TagUserInput{UserName: eve, Tags: tags})),
		err2(c.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: eve})),
		err2(c.UntagUser(ctx, &iam.UntagUserInput{UserName: eve, TagKeys: keys})),
		err2(c.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: lab, PermissionsBoundary: arn})),
		err2(c.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{UserName: eve, PermissionsBoundary: arn})),
		err2(c.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: lab})),
		err2(c.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: eve})),
		err2(c.UpdateRoleDescription(ctx, &iam.UpdateRoleDescriptionInput{RoleName: lab, Description: s("d")})),
		err2(c.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: lab, PolicyDocument: s(trustPayer)})),
		err2(c.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: lab})),
		err2(c.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: eve, Password: s("Correct-Horse-7")})),
		err2(c.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: eve})),
		err2(c.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: eve})),
		err2(c.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{UserName: eve, SerialNumber: serial, AuthenticationCode1: s("123456"), AuthenticationCode2: s("654321")})),
		err2(c.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: eve})),
		err2(c.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: eve, SerialNumber: serial})),
		err2(c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: eve})),
		err2(c.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})),
		err2(c.GetUser(ctx, &iam.GetUserInput{})),
	} {
		if err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	p.empties()
}

// empties takes apart what TestSDKIAMOperations made.
func (p *people) empties() {
	p.Helper()
	c, ctx, s := p.iam, p.ctx, aws.String
	eve, lab, g, own, arn := s("eve"), s("lab"), s("g"), s("own"), s("arn:aws:iam::111122223333:policy/p")
	list, err := c.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: eve})
	if err != nil || len(list.AccessKeyMetadata) != 1 {
		p.Fatalf("keys %+v, %v", list, err)
	}
	for i, err := range []error{
		err2(c.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: eve, AccessKeyId: list.AccessKeyMetadata[0].AccessKeyId})),
		err2(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: lab, PolicyArn: arn})),
		err2(c.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: eve, PolicyArn: arn})),
		err2(c.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: g, PolicyArn: arn})),
		err2(c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: lab, PolicyName: own})),
		err2(c.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: eve, PolicyName: own})),
		err2(c.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: g, PolicyName: own})),
		err2(c.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: g, UserName: eve})),
		err2(c.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: g})),
		err2(c.DeleteUser(ctx, &iam.DeleteUserInput{UserName: eve})),
		err2(c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: lab})),
		err2(c.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})),
	} {
		if err != nil {
			p.Errorf("call %d: %v", i, err)
		}
	}
}
