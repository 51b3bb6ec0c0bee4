package awssim_test

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/payer-reconciler/reconciler/awssim"
)

// people is a server with IAM's client of one account.
type people struct {
	*rig
	iam *iam.Client
}

func newPeople(t *testing.T, opt awssim.Options) *people {
	t.Helper()
	return peopleOf(newRig(t, opt))
}

func peopleOf(r *rig) *people { return &people{r, iam.NewFromConfig(r.cfg)} }

// role makes a role.
func (p *people) role(name, trust string) {
	p.Helper()
	_ = must[*iam.CreateRoleOutput](p.TB)(p.iam.CreateRole(p.ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}))
}

// inline gives a role an inline policy.
func (p *people) inline(role, doc string) {
	p.Helper()
	_ = must[*iam.PutRolePolicyOutput](p.TB)(p.iam.PutRolePolicy(p.ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: aws.String("own"), PolicyDocument: &doc}))
}

// policy makes a managed policy.
func (p *people) policy(name, doc string) string {
	p.Helper()
	return *must[*iam.CreatePolicyOutput](p.TB)(p.iam.CreatePolicy(p.ctx, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &doc})).Policy.Arn
}

// trust is that of a role now.
func (p *people) trust(role string) string {
	p.Helper()
	doc, err := url.QueryUnescape(*must[*iam.GetRoleOutput](p.TB)(p.iam.GetRole(p.ctx, &iam.GetRoleInput{RoleName: &role})).Role.AssumeRolePolicyDocument)
	if err != nil {
		p.Fatal(err)
	}
	return doc
}

const (
	trustPayer = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}]}`
	allowList  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`
	adminArn   = "arn:aws:iam::aws:policy/AdministratorAccess"
)

func TestSDKRoles(t *testing.T) {
	p := newPeople(t, awssim.Options{})
	s := aws.String
	made := must[*iam.CreateRoleOutput](t)(p.iam.CreateRole(p.ctx, &iam.CreateRoleInput{
		RoleName: s("lab"), Path: s("/labs/"), AssumeRolePolicyDocument: s(trustPayer), Description: s("d"), MaxSessionDuration: aws.Int32(7200),
		PermissionsBoundary: s(adminArn), Tags: []types.Tag{{Key: s("a"), Value: s("")}},
	})).Role
	if *made.Arn != "arn:aws:iam::111122223333:role/labs/lab" || len(made.Tags) != 1 {
		t.Errorf("made %+v", made)
	}
	if got, want := p.trust("lab"), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}]}`; got != want {
		t.Errorf("trust %s, want %s", got, want)
	}
	_ = must[*iam.UpdateRoleOutput](t)(p.iam.UpdateRole(p.ctx, &iam.UpdateRoleInput{RoleName: s("lab"), Description: s("")}))
	got := must[*iam.GetRoleOutput](t)(p.iam.GetRole(p.ctx, &iam.GetRoleInput{RoleName: s("lab")})).Role
	if *got.MaxSessionDuration != 7200 || got.Description != nil || *got.PermissionsBoundary.PermissionsBoundaryArn != adminArn {
		t.Errorf("got %+v", got)
	}
	p.inline("lab", allowList)
	in := must[*iam.GetRolePolicyOutput](t)(p.iam.GetRolePolicy(p.ctx, &iam.GetRolePolicyInput{RoleName: s("lab"), PolicyName: s("own")}))
	if doc, _ := url.QueryUnescape(*in.PolicyDocument); doc != allowList || *in.RoleName != "lab" {
		t.Errorf("the inline policy is %s", doc)
	}
	list := must[*iam.ListRolesOutput](t)(p.iam.ListRoles(p.ctx, &iam.ListRolesInput{PathPrefix: s("/labs/")})).Roles
	if len(list) != 1 || list[0].Tags != nil || list[0].PermissionsBoundary != nil {
		t.Errorf("listed %+v", list)
	}
}

// TestSDKPrincipals follows what becomes of those whom a trust policy names.
func TestSDKPrincipals(t *testing.T) {
	p := newPeople(t, awssim.Options{})
	trust := func(arn string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":"sts:AssumeRole"}]}`
	}
	create := func(arn string) error {
		name, doc := "r", trust(arn)
		_, err := p.iam.CreateRole(p.ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &doc})
		if err == nil {
			_ = must[*iam.DeleteRoleOutput](t)(p.iam.DeleteRole(p.ctx, &iam.DeleteRoleInput{RoleName: &name}))
		}
		return err
	}
	p.role("there", trustPayer)
	p.sim.AddRole("777788889999", "vendor", "")
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:role/there":                      "",
		"arn:aws:iam::111122223333:user/sandbox":                    "",
		"arn:aws:iam::777788889999:role/vendor":                     "",
		"arn:aws:iam::451234325714:role/production_customer_access": "", // an account nobody here has seen
		"arn:aws:sts::111122223333:assumed-role/there/session":      "",
		"arn:aws:iam::111122223333:role/path/there":                 "MalformedPolicyDocument",
		"arn:aws:iam::111122223333:role/nobody":                     "MalformedPolicyDocument",
		"arn:aws:iam::777788889999:role/nobody":                     "MalformedPolicyDocument",
		"arn:aws:iam::111122223333:user/nobody":                     "MalformedPolicyDocument",
		"arn:aws:sts::111122223333:assumed-role/nobody/session":     "MalformedPolicyDocument",
		"arn:aws:iam::111122223333:group/g":                         "MalformedPolicyDocument",
		"1111222233":                                                "MalformedPolicyDocument",
		"arn:aws:iam::111122223333:role/*":                          "MalformedPolicyDocument",
		"AROAXXXXXXXXXXXXXXXXX":                                     "MalformedPolicyDocument",
	} {
		if got := code(create(arn)); got != want {
			t.Errorf("%s: got %q, want %q", arn, got, want)
		}
	}
	there := "arn:aws:iam::111122223333:role/there"
	p.role("r", trust(there))
	id := *must[*iam.GetRoleOutput](t)(p.iam.GetRole(p.ctx, &iam.GetRoleInput{RoleName: aws.String("there")})).Role.RoleId
	_ = must[*iam.DeleteRoleOutput](t)(p.iam.DeleteRole(p.ctx, &iam.DeleteRoleInput{RoleName: aws.String("there")}))
	if got := p.trust("r"); !strings.HasPrefix(id, "AROA") || got != trust(id) {
		t.Errorf("after its principal was deleted: %s", got)
	}
	p.role("there", trustPayer) // another one
	if got := p.trust("r"); got != trust(id) {
		t.Errorf("after another role took the name: %s", got)
	}
	doc := trust(id)
	if got := code(err2(p.iam.UpdateAssumeRolePolicy(p.ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String("r"), PolicyDocument: &doc}))); got != "MalformedPolicyDocument" {
		t.Errorf("put back what IAM showed: %s", got)
	}
}

// TestSDKPolicyVersions walks through the five versions of a managed policy.
func TestSDKPolicyVersions(t *testing.T) {
	p := newPeople(t, awssim.Options{})
	arn := p.policy("lab", allowList)
	version := func(current bool) error {
		return err2(p.iam.CreatePolicyVersion(p.ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: aws.String(scp), SetAsDefault: current}))
	}
	for i := range 4 {
		if err := version(i == 3); err != nil {
			t.Fatal(err)
		}
	}
	if got := code(version(true)); got != "LimitExceeded" {
		t.Errorf("a sixth version: %s", got)
	}
	drop := func(id string) error {
		return err2(p.iam.DeletePolicyVersion(p.ctx, &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: &id}))
	}
	if got := code(drop("v5")); got != "DeleteConflict" {
		t.Errorf("delete the default: %s", got)
	}
	if err := drop("v1"); err != nil {
		t.Error(err)
	}
	if err := version(false); err != nil {
		t.Error(err)
	}
	var ids []string
	for _, v := range must[*iam.ListPolicyVersionsOutput](t)(p.iam.ListPolicyVersions(p.ctx, &iam.ListPolicyVersionsInput{PolicyArn: &arn})).Versions {
		ids = append(ids, *v.VersionId)
	}
	if got := strings.Join(ids, " "); got != "v6 v5 v4 v3 v2" {
		t.Errorf("versions %s", got)
	}
	got := must[*iam.GetPolicyVersionOutput](t)(p.iam.GetPolicyVersion(p.ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: aws.String("v5")})).PolicyVersion
	if doc, _ := url.QueryUnescape(*got.Document); doc != scp || !got.IsDefaultVersion {
		t.Errorf("the version in force: %s", doc)
	}
	if got := code(err2(p.iam.DeletePolicy(p.ctx, &iam.DeletePolicyInput{PolicyArn: &arn}))); got != "DeleteConflict" {
		t.Errorf("delete a policy of five versions: %s", got)
	}
}

// TestSDKAuthorizationDetails reads an account in pages, of which one comes
// empty.
func TestSDKAuthorizationDetails(t *testing.T) {
	p := newPeople(t, awssim.Options{})
	s := aws.String
	arn := p.policy("lab", allowList)
	for _, n := range []string{"c", "a", "b"} {
		p.role(n, trustPayer)
		p.inline(n, allowList)
		_ = must[*iam.AttachRolePolicyOutput](t)(p.iam.AttachRolePolicy(p.ctx, &iam.AttachRolePolicyInput{RoleName: &n, PolicyArn: &arn}))
		_ = must[*iam.CreateUserOutput](t)(p.iam.CreateUser(p.ctx, &iam.CreateUserInput{UserName: &n, Tags: []types.Tag{{Key: s("k"), Value: s("v")}}}))
	}
	_ = must[*iam.AttachRolePolicyOutput](t)(p.iam.AttachRolePolicy(p.ctx, &iam.AttachRolePolicyInput{RoleName: s("a"), PolicyArn: s(adminArn)}))
	_ = must[*iam.CreateGroupOutput](t)(p.iam.CreateGroup(p.ctx, &iam.CreateGroupInput{GroupName: s("g")}))
	_ = must[*iam.AddUserToGroupOutput](t)(p.iam.AddUserToGroup(p.ctx, &iam.AddUserToGroupInput{GroupName: s("g"), UserName: s("b")}))
	read := func(filter ...types.EntityType) (names []string, pages int) {
		in := &iam.GetAccountAuthorizationDetailsInput{Filter: filter, MaxItems: aws.Int32(2)}
		for pg := iam.NewGetAccountAuthorizationDetailsPaginator(p.iam, in); pg.HasMorePages(); pages++ {
			out := must[*iam.GetAccountAuthorizationDetailsOutput](t)(pg.NextPage(p.ctx))
			for _, u := range out.UserDetailList {
				names = append(names, "user/"+*u.UserName+" "+strings.Join(u.GroupList, ","))
			}
			for _, g := range out.GroupDetailList {
				names = append(names, "group/"+*g.GroupName)
			}
			for _, r := range out.RoleDetailList {
				names = append(names, "role/"+*r.RoleName+" "+*r.RolePolicyList[0].PolicyName+" "+*r.AttachedManagedPolicies[0].PolicyName)
			}
			for _, m := range out.Policies {
				names = append(names, "policy/"+*m.PolicyName+" "+*m.DefaultVersionId)
			}
		}
		return names, pages
	}
	p.sim.Inject(awssim.Fault{Operation: "iam:GetAccountAuthorizationDetails", Nth: 2, Kind: awssim.EmptyPage})
	got, pages := read()
	want := []string{"user/a ", "user/b g", "user/c ", "group/g", "role/a own lab", "role/b own lab", "role/c own lab", "policy/lab v1", "policy/AdministratorAccess v1"}
	if slices.Sort(got); pages != 6 || !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("%d pages: %q", pages, got)
	}
	if got, _ := read(types.EntityTypeRole); len(got) != 3 {
		t.Errorf("roles alone: %q", got)
	}
	if got, _ := read(types.EntityTypeLocalManagedPolicy); len(got) != 1 {
		t.Errorf("own policies alone: %q", got)
	}
}

// TestAccessKeys: a user's key is the user, and no record has its secret.
func TestAccessKeys(t *testing.T) {
	var record bytes.Buffer
	p := newPeople(t, awssim.Options{Record: &record})
	s := aws.String
	_ = must[*iam.CreateUserOutput](t)(p.iam.CreateUser(p.ctx, &iam.CreateUserInput{UserName: s("eve"), Path: s("/x/")}))
	key := must[*iam.CreateAccessKeyOutput](t)(p.iam.CreateAccessKey(p.ctx, &iam.CreateAccessKeyInput{UserName: s("eve")})).AccessKey
	_ = must[*iam.CreateLoginProfileOutput](t)(p.iam.CreateLoginProfile(p.ctx, &iam.CreateLoginProfileInput{UserName: s("eve"), Password: s("Correct-Horse-7")}))
	if text := record.String(); strings.Contains(text, *key.SecretAccessKey) || strings.Contains(text, url.QueryEscape(*key.SecretAccessKey)) || strings.Contains(text, "Horse") {
		t.Errorf("the record has a secret:\n%s", text)
	}
	eve := with(t, p.sim, "http://aws.example", p.cfg.HTTPClient, *key.AccessKeyId, *key.SecretAccessKey, "")
	who := must[*sts.GetCallerIdentityOutput](t)(eve.sts.GetCallerIdentity(p.ctx, &sts.GetCallerIdentityInput{}))
	if *who.Arn != "arn:aws:iam::111122223333:user/x/eve" {
		t.Errorf("the key is of %s", *who.Arn)
	}
	if got := must[*iam.GetUserOutput](t)(peopleOf(eve).iam.GetUser(p.ctx, &iam.GetUserInput{})).User; *got.UserName != "eve" {
		t.Errorf("she is %s", *got.UserName)
	}
	_ = must[*iam.DeleteAccessKeyOutput](t)(p.iam.DeleteAccessKey(p.ctx, &iam.DeleteAccessKeyInput{UserName: s("eve"), AccessKeyId: key.AccessKeyId}))
	if got := code(err2(eve.sts.GetCallerIdentity(p.ctx, &sts.GetCallerIdentityInput{}))); got != "InvalidClientTokenId" {
		t.Errorf("a deleted key: %s", got)
	}
}
