package awssim_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	acctypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagapi "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/payer-reconciler/reconciler/awssim"
)

// enforced is a payer whose role `limited` has one inline policy.
func enforced(t *testing.T, doc string) (*people, func(...func(*sts.AssumeRoleInput)) *people) {
	t.Helper()
	p := newPeople(t, awssim.Options{Enforce: true})
	p.start()
	p.role("limited", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`)
	p.inline("limited", doc)
	return p, func(change ...func(*sts.AssumeRoleInput)) *people {
		t.Helper()
		return peopleOf(must[*rig](t)(p.assume("arn:aws:iam::111122223333:role/limited", change...)))
	}
}

func allowing(actions ...string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.Join(actions, `","`) + `"],"Resource":"*"}]}`
}

// TestEnforcedActions: every service asks for its own action, in its own form.
func TestEnforcedActions(t *testing.T) {
	p, limited := enforced(t, allowing("organizations:ListRoots"))
	r := limited()
	buckets := s3.NewFromConfig(r.cfg, func(o *s3.Options) { o.UsePathStyle = true })
	email, tags := "lab@example.com", []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}
	calls := []struct {
		name, action, code string
		call               func() error
	}{
		{"tree", "organizations:ListAccounts", "AccessDeniedException", func() error {
			return err2(r.org.ListAccounts(r.ctx, &organizations.ListAccountsInput{}))
		}},
		{"creation", "organizations:CreateAccount", "AccessDeniedException", func() error {
			return err2(r.org.CreateAccount(r.ctx, &organizations.CreateAccountInput{AccountName: aws.String("lab"), Email: &email, Tags: tags}))
		}},
		{"contact", "account:GetAlternateContact", "AccessDeniedException", func() error {
			return err2(r.acct.GetAlternateContact(r.ctx, &account.GetAlternateContactInput{AlternateContactType: acctypes.AlternateContactTypeBilling}))
		}},
		{"tags", "tag:GetResources", "AccessDeniedException", func() error {
			return err2(r.tags.GetResources(r.ctx, &tagapi.GetResourcesInput{}))
		}},
		{"roles", "iam:GetRole", "AccessDenied", func() error {
			return err2(r.iam.GetRole(r.ctx, &iam.GetRoleInput{RoleName: aws.String("limited")}))
		}},
		{"buckets", "s3:ListAllMyBuckets", "AccessDenied", func() error {
			return err2(buckets.ListBuckets(r.ctx, &s3.ListBucketsInput{}))
		}},
		{"a bucket", "s3:CreateBucket", "AccessDenied", func() error {
			return err2(buckets.CreateBucket(r.ctx, &s3.CreateBucketInput{Bucket: aws.String("acme-billing")}))
		}},
	}
	_ = must[*organizations.ListRootsOutput](t)(r.org.ListRoots(r.ctx, &organizations.ListRootsInput{}))
	_ = must[*sts.GetCallerIdentityOutput](t)(r.sts.GetCallerIdentity(r.ctx, &sts.GetCallerIdentityInput{}))
	for _, tt := range calls {
		err := tt.call()
		if got := code(err); got != tt.code {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.code)
			continue
		}
		want := "User: arn:aws:sts::111122223333:assumed-role/limited/me is not authorized to perform: " + tt.action + " on resource: "
		if !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), "because no identity-based policy allows the "+tt.action+" action") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	p.inline("limited", allowing("organizations:CreateAccount", "organizations:ListAccounts", "account:Get*", "tag:GetResources", "iam:GetRole", "s3:*"))
	for _, tt := range calls {
		got := code(tt.call())
		if tt.name == "creation" && got != "AccessDeniedException" {
			t.Errorf("an account with tags, without TagResource: %q", got)
		}
		if tt.name != "creation" && strings.HasPrefix(got, "AccessDenied") {
			t.Errorf("%s, allowed: %q", tt.name, got)
		}
	}
	p.inline("limited", allowing("organizations:CreateAccount", "organizations:TagResource"))
	if err := calls[1].call(); err != nil {
		t.Errorf("an account with tags: %v", err)
	}
}

// TestEnforcedBuckets: S3 asks under the names that its actions have.
func TestEnforcedBuckets(t *testing.T) {
	p, limited := enforced(t, allowing("s3:ListBucket", "s3:GetEncryptionConfiguration"))
	client := func(r *rig) *s3.Client { return s3.NewFromConfig(r.cfg, func(o *s3.Options) { o.UsePathStyle = true }) }
	b := aws.String("acme-billing")
	_ = must[*s3.CreateBucketOutput](t)(client(p.rig).CreateBucket(p.ctx, &s3.CreateBucketInput{Bucket: b}))
	c := client(limited().rig)
	_ = must[*s3.HeadBucketOutput](t)(c.HeadBucket(p.ctx, &s3.HeadBucketInput{Bucket: b}))
	_ = must[*s3.GetBucketEncryptionOutput](t)(c.GetBucketEncryption(p.ctx, &s3.GetBucketEncryptionInput{Bucket: b}))
	if got := code(err2(c.GetPublicAccessBlock(p.ctx, &s3.GetPublicAccessBlockInput{Bucket: b}))); got != "AccessDenied" {
		t.Errorf("the public access block: %q", got)
	}
}

// TestEnforcedLimits: a boundary, a session policy and an explicit deny cut
// down what a role has; a group gives to its users.
func TestEnforcedLimits(t *testing.T) {
	p, limited := enforced(t, allowing("*"))
	roots := func(r *people) string {
		return code(err2(r.org.ListRoots(r.ctx, &organizations.ListRootsInput{})))
	}
	if got := roots(limited()); got != "" {
		t.Errorf("all is allowed: %q", got)
	}
	narrow := func(in *sts.AssumeRoleInput) { in.Policy = aws.String(allowing("s3:*")) }
	byArn := func(in *sts.AssumeRoleInput) {
		in.PolicyArns = []ststypes.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")}}
	}
	if a, b := roots(limited(narrow)), roots(limited(byArn)); a != "AccessDeniedException" || b != a {
		t.Errorf("with session policies: %q, %q", a, b)
	}
	boundary := p.policy("boundary", allowing("iam:*"))
	_ = must[*iam.PutRolePermissionsBoundaryOutput](t)(p.iam.PutRolePermissionsBoundary(p.ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String("limited"), PermissionsBoundary: &boundary}))
	if got := roots(limited()); got != "AccessDeniedException" {
		t.Errorf("with a boundary: %q", got)
	}
	s := aws.String
	_ = must[*iam.CreateUserOutput](t)(p.iam.CreateUser(p.ctx, &iam.CreateUserInput{UserName: s("eve")}))
	key := must[*iam.CreateAccessKeyOutput](t)(p.iam.CreateAccessKey(p.ctx, &iam.CreateAccessKeyInput{UserName: s("eve")})).AccessKey
	eve := peopleOf(with(t, p.sim, "http://aws.example", p.cfg.HTTPClient, *key.AccessKeyId, *key.SecretAccessKey, ""))
	if got := roots(eve); got != "AccessDeniedException" {
		t.Errorf("a user without anything: %q", got)
	}
	_ = must[*iam.CreateGroupOutput](t)(p.iam.CreateGroup(p.ctx, &iam.CreateGroupInput{GroupName: s("g")}))
	_ = must[*iam.AttachGroupPolicyOutput](t)(p.iam.AttachGroupPolicy(p.ctx, &iam.AttachGroupPolicyInput{GroupName: s("g"), PolicyArn: s("arn:aws:iam::aws:policy/AWSOrganizationsReadOnlyAccess")}))
	_ = must[*iam.AddUserToGroupOutput](t)(p.iam.AddUserToGroup(p.ctx, &iam.AddUserToGroupInput{GroupName: s("g"), UserName: s("eve")}))
	if got := roots(eve); got != "" {
		t.Errorf("through a group: %q", got)
	}
	_ = must[*iam.PutUserPolicyOutput](t)(p.iam.PutUserPolicy(p.ctx, &iam.PutUserPolicyInput{UserName: s("eve"), PolicyName: s("no"), PolicyDocument: s(strings.Replace(allowing("organizations:*"), "Allow", "Deny", 1))}))
	err := err2(eve.org.ListRoots(p.ctx, &organizations.ListRootsInput{}))
	if err == nil || !strings.HasSuffix(err.Error(), "with an explicit deny in an identity-based policy") {
		t.Errorf("an explicit deny: %v", err)
	}
}

// TestEnforcedSCPs: the service control policies above a member bind its root
// too, and those above the payer nobody.
func TestEnforcedSCPs(t *testing.T) {
	p := newPeople(t, awssim.Options{Enforce: true})
	root := p.start()
	unit := p.unit(root, "Labs")
	id := p.create("lab")
	if err := p.move(id, root, unit); err != nil {
		t.Fatal(err)
	}
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}`
	scp := must[*organizations.CreatePolicyOutput](t)(p.org.CreatePolicy(p.ctx, &organizations.CreatePolicyInput{Name: aws.String("NoUsers"), Description: aws.String(""), Type: types.PolicyTypeServiceControlPolicy, Content: &doc})).Policy.PolicySummary.Id
	member := peopleOf(on(t, p.sim, id))
	user := func(q *people) error {
		return err2(q.iam.CreateUser(q.ctx, &iam.CreateUserInput{UserName: aws.String("eve")}))
	}
	_ = must[*organizations.AttachPolicyOutput](t)(p.org.AttachPolicy(p.ctx, &organizations.AttachPolicyInput{PolicyId: scp, TargetId: &root}))
	if err := user(member); err == nil || !strings.HasSuffix(err.Error(), "with an explicit deny in a service control policy") {
		t.Errorf("a member: %v", err)
	}
	if err := user(p); err != nil {
		t.Errorf("the payer: %v", err)
	}
	_ = must[*organizations.AttachPolicyOutput](t)(p.org.AttachPolicy(p.ctx, &organizations.AttachPolicyInput{PolicyId: scp, TargetId: &unit}))
	_ = must[*organizations.DetachPolicyOutput](t)(p.org.DetachPolicy(p.ctx, &organizations.DetachPolicyInput{PolicyId: aws.String("p-FullAWSAccess"), TargetId: &unit}))
	if err := err2(member.iam.ListRoles(p.ctx, &iam.ListRolesInput{})); err == nil || !strings.HasSuffix(err.Error(), "because no service control policy allows the iam:ListRoles action") {
		t.Errorf("below a unit that allows nothing: %v", err)
	}
}
