package awssim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	acctypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagapi "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/payer-reconciler/reconciler/awssim"
)

func err2[T any](_ T, err error) error { return err }

// TestSDKBadInput holds what is refused before the world is asked, through the
// real SDK.
func TestSDKBadInput(t *testing.T) {
	r := newRig(t, awssim.Options{})
	root := r.start()
	s := aws.String
	newAccount := func(name, email string) error {
		return err2(r.org.CreateAccount(r.ctx, &organizations.CreateAccountInput{AccountName: &name, Email: &email}))
	}
	newUnit := func(parent, name string) error {
		return err2(r.org.CreateOrganizationalUnit(r.ctx, &organizations.CreateOrganizationalUnitInput{ParentId: &parent, Name: &name}))
	}
	newPolicy := func(typ types.PolicyType, content string) error {
		return err2(r.org.CreatePolicy(r.ctx, &organizations.CreatePolicyInput{Name: s("X"), Description: s(""), Type: typ, Content: &content}))
	}
	pattern, long, short := "InvalidInputException INVALID_PATTERN", "InvalidInputException MAX_LENGTH_EXCEEDED", "InvalidInputException MIN_LENGTH_EXCEEDED"
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a name of 51 characters", newAccount(strings.Repeat("n", 51), "a@example.com"), long},
		{"a name that is not ASCII", newAccount("Zoë", "a@example.com"), pattern},
		{"an address of 65 characters", newAccount("n", strings.Repeat("a", 53)+"@example.com"), long},
		{"an address of 5", newAccount("n", "a@b.c"), short},
		{"no @", newAccount("n", "example.com"), pattern},
		{"two @", newAccount("n", "a@b@example.com"), pattern},
		{"a blank", newAccount("n", "a b@example.com"), pattern},
		{"not ASCII", newAccount("n", "zoë@example.com"), pattern},
		{"no dot", newAccount("n", "aaaa@example"), pattern},
		{"a unit's name of 129", newUnit(root, strings.Repeat("n", 129)), long},
		{"a unit under an account", newUnit("111122223333", "n"), pattern},
		{"a type that AWS does not have", newPolicy("NO_POLICY", "{}"), "InvalidInputException INVALID_ENUM_POLICY_TYPE"},
		{"a malformed document", newPolicy("SERVICE_CONTROL_POLICY", "{"), "MalformedPolicyDocumentException"},
		{"21 a page", err2(r.org.ListAccounts(r.ctx, &organizations.ListAccountsInput{MaxResults: aws.Int32(21)})), "InvalidInputException MAX_VALUE_EXCEEDED"},
		{"an invented token", err2(r.org.ListAccounts(r.ctx, &organizations.ListAccountsInput{NextToken: s("x")})), "InvalidInputException INVALID_NEXT_TOKEN"},
		{"a tag with a strange letter", err2(r.org.TagResource(r.ctx, &organizations.TagResourceInput{ResourceId: &root, Tags: []types.Tag{{Key: s("a#b"), Value: s("")}}})), pattern},
		{"an unknown state", err2(r.org.ListCreateAccountStatus(r.ctx, &organizations.ListCreateAccountStatusInput{States: []types.CreateAccountState{"DONE"}})), "InvalidInputException INVALID_ENUM"},
		{"an operation that is not simulated", err2(r.org.ListHandshakesForAccount(r.ctx, &organizations.ListHandshakesForAccountInput{})), "UnknownOperationException"},
		{"an account name with <", err2(r.acct.PutAccountName(r.ctx, &account.PutAccountNameInput{AccountName: s("<b>")})), "ValidationException"},
		{"101 a page of tags", err2(r.tags.GetResources(r.ctx, &tagapi.GetResourcesInput{ResourcesPerPage: aws.Int32(101)})), "InvalidParameterException"},
		{"a role without its ARN", err2(r.sts.AssumeRole(r.ctx, &sts.AssumeRoleInput{RoleArn: s("arn:aws:s3:::bucket-name"), RoleSessionName: s("me")})), "ValidationError"},
		{"a session of one letter", err2(r.sts.AssumeRole(r.ctx, &sts.AssumeRoleInput{RoleArn: s("arn:aws:iam::111122223333:role/x"), RoleSessionName: s("m")})), "ValidationError"},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestSDKOperations calls what the other tests leave out, so that every
// operation is in the record that is checked against AWS's models.
func TestSDKOperations(t *testing.T) {
	r := newRig(t, awssim.Options{})
	root := r.start()
	s := aws.String
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	labs, old := r.unit(root, "Labs"), r.unit(root, "Old")
	id := r.create("member")
	deny := r.policy("Deny")
	ok(r.attach(deny, labs))
	ok(r.detach("p-FullAWSAccess", labs))
	if got := code(r.detach(deny, labs)); got != "ConstraintViolationException MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED" {
		t.Errorf("the last SCP: %s", got)
	}
	ok(r.attach("p-FullAWSAccess", labs))
	ok(err2(r.org.UpdateOrganizationalUnit(r.ctx, &organizations.UpdateOrganizationalUnitInput{OrganizationalUnitId: &labs, Name: s("Lab rooms / 1")})))
	ok(err2(r.org.DescribeOrganizationalUnit(r.ctx, &organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: &labs})))
	ok(err2(r.org.ListOrganizationalUnitsForParent(r.ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &root})))
	ok(err2(r.org.ListParents(r.ctx, &organizations.ListParentsInput{ChildId: &id})))
	ok(err2(r.org.ListChildren(r.ctx, &organizations.ListChildrenInput{ParentId: &root, ChildType: types.ChildTypeAccount})))
	ok(err2(r.org.ListAccountsForParent(r.ctx, &organizations.ListAccountsForParentInput{ParentId: &root})))
	ok(err2(r.org.UpdatePolicy(r.ctx, &organizations.UpdatePolicyInput{PolicyId: &deny, Description: s("")})))
	ok(err2(r.org.DescribePolicy(r.ctx, &organizations.DescribePolicyInput{PolicyId: &deny})))
	ok(err2(r.org.ListPolicies(r.ctx, &organizations.ListPoliciesInput{Filter: types.PolicyTypeServiceControlPolicy})))
	ok(err2(r.org.ListPoliciesForTarget(r.ctx, &organizations.ListPoliciesForTargetInput{TargetId: &labs, Filter: types.PolicyTypeServiceControlPolicy})))
	ok(err2(r.org.ListTargetsForPolicy(r.ctx, &organizations.ListTargetsForPolicyInput{PolicyId: s("p-FullAWSAccess")})))
	ok(err2(r.org.EnablePolicyType(r.ctx, &organizations.EnablePolicyTypeInput{RootId: &root, PolicyType: types.PolicyTypeResourceControlPolicy})))
	ok(err2(r.org.ListRoots(r.ctx, &organizations.ListRootsInput{})))
	ok(err2(r.org.DisablePolicyType(r.ctx, &organizations.DisablePolicyTypeInput{RootId: &root, PolicyType: types.PolicyTypeResourceControlPolicy})))
	ok(err2(r.org.EnableAWSServiceAccess(r.ctx, &organizations.EnableAWSServiceAccessInput{ServicePrincipal: s("account.amazonaws.com")})))
	ok(err2(r.org.ListAWSServiceAccessForOrganization(r.ctx, &organizations.ListAWSServiceAccessForOrganizationInput{})))
	ok(err2(r.org.RegisterDelegatedAdministrator(r.ctx, &organizations.RegisterDelegatedAdministratorInput{AccountId: &id, ServicePrincipal: s("account.amazonaws.com")})))
	ok(err2(r.org.ListDelegatedAdministrators(r.ctx, &organizations.ListDelegatedAdministratorsInput{})))
	ok(err2(r.org.ListDelegatedServicesForAccount(r.ctx, &organizations.ListDelegatedServicesForAccountInput{AccountId: &id})))
	ok(err2(r.org.DeregisterDelegatedAdministrator(r.ctx, &organizations.DeregisterDelegatedAdministratorInput{AccountId: &id, ServicePrincipal: s("account.amazonaws.com")})))
	ok(err2(r.acct.PutAccountName(r.ctx, &account.PutAccountNameInput{AccountId: &id, AccountName: s("renamed")})))
	info := must[*account.GetAccountInformationOutput](t)(r.acct.GetAccountInformation(r.ctx, &account.GetAccountInformationInput{AccountId: &id}))
	if *info.AccountName != "renamed" {
		t.Errorf("the account is called %s", *info.AccountName)
	}
	ok(err2(r.acct.PutAlternateContact(r.ctx, &account.PutAlternateContactInput{AlternateContactType: acctypes.AlternateContactTypeBilling, Name: s("A"), Title: s("B"), EmailAddress: s("a@example.com"), PhoneNumber: s("+1 555")})))
	ok(err2(r.acct.GetAlternateContact(r.ctx, &account.GetAlternateContactInput{AlternateContactType: acctypes.AlternateContactTypeBilling})))
	ok(err2(r.acct.DeleteAlternateContact(r.ctx, &account.DeleteAlternateContactInput{AlternateContactType: acctypes.AlternateContactTypeBilling})))
	if got := code(err2(r.acct.GetAlternateContact(r.ctx, &account.GetAlternateContactInput{AlternateContactType: acctypes.AlternateContactTypeBilling}))); got != "ResourceNotFoundException" {
		t.Errorf("the contact that was deleted: %s", got)
	}
	ok(err2(r.org.DisableAWSServiceAccess(r.ctx, &organizations.DisableAWSServiceAccessInput{ServicePrincipal: s("account.amazonaws.com")})))
	if got := code(err2(r.acct.PutAccountName(r.ctx, &account.PutAccountNameInput{AccountId: &id, AccountName: s("again")}))); got != "AccessDeniedException" {
		t.Errorf("a rename without trusted access: %s", got)
	}
	ok(err2(r.org.DeleteOrganizationalUnit(r.ctx, &organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: &old})))
	ok(r.detach(deny, labs))
	ok(err2(r.org.DeletePolicy(r.ctx, &organizations.DeletePolicyInput{PolicyId: &deny})))
	ok(err2(r.org.CloseAccount(r.ctx, &organizations.CloseAccountInput{AccountId: &id})))
	r.sim.Advance(time.Hour)
	ok(err2(r.org.DescribeAccount(r.ctx, &organizations.DescribeAccountInput{AccountId: &id})))
	r.sim.Advance(100 * 24 * time.Hour)
	ok(err2(r.org.DeleteOrganization(r.ctx, &organizations.DeleteOrganizationInput{})))
}

func TestSDKTags(t *testing.T) {
	r := newRig(t, awssim.Options{})
	root := r.start()
	s := aws.String
	for i := range 130 {
		ou := r.unit(root, fmt.Sprint("unit", i))
		_, err := r.org.TagResource(r.ctx, &organizations.TagResourceInput{ResourceId: &ou, Tags: []types.Tag{{Key: s("n"), Value: s(fmt.Sprint(i % 2))}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	id := r.create("member")
	_ = must[*organizations.TagResourceOutput](t)(r.org.TagResource(r.ctx, &organizations.TagResourceInput{ResourceId: &id, Tags: []types.Tag{{Key: s("n"), Value: s("1")}, {Key: s("gone"), Value: s("")}}}))
	_ = must[*organizations.UntagResourceOutput](t)(r.org.UntagResource(r.ctx, &organizations.UntagResourceInput{ResourceId: &id, TagKeys: []string{"gone", "never"}}))
	tags := must[*organizations.ListTagsForResourceOutput](t)(r.org.ListTagsForResource(r.ctx, &organizations.ListTagsForResourceInput{ResourceId: &id})).Tags
	if len(tags) != 1 || *tags[0].Key != "n" {
		t.Errorf("tags %v", tags)
	}
	count := func(in tagapi.GetResourcesInput, o ...func(*tagapi.Options)) (n, pages int) {
		p := tagapi.NewGetResourcesPaginator(r.tags, &in)
		for p.HasMorePages() {
			out := must[*tagapi.GetResourcesOutput](t)(p.NextPage(r.ctx, o...))
			n, pages = n+len(out.ResourceTagMappingList), pages+1
		}
		return n, pages
	}
	if n, pages := count(tagapi.GetResourcesInput{}); n != 131 || pages != 2 {
		t.Errorf("%d resources on %d pages", n, pages)
	}
	if n, _ := count(tagapi.GetResourcesInput{ResourceTypeFilters: []string{"organizations:account"}}); n != 1 {
		t.Errorf("%d accounts", n)
	}
	if n, _ := count(tagapi.GetResourcesInput{ResourceTypeFilters: []string{"organizations:policy", "organizations"}}); n != 131 {
		t.Errorf("%d of organizations", n)
	}
	for _, typ := range []string{"organizations:organizationalunit", "Organizations", "organizations:", "account", ""} {
		_, err := r.tags.GetResources(r.ctx, &tagapi.GetResourcesInput{ResourceTypeFilters: []string{"organizations:account", typ}})
		if got := code(err); got != "InvalidParameterException" {
			t.Errorf("the resource type %q: %s", typ, got)
		}
	}
	if n, _ := count(tagapi.GetResourcesInput{TagFilters: []tagtypes.TagFilter{{Key: s("n"), Values: []string{"1"}}}}); n != 66 {
		t.Errorf("%d with n=1", n)
	}
	if n, _ := count(tagapi.GetResourcesInput{}, func(o *tagapi.Options) { o.Region = "eu-west-1" }); n != 0 {
		t.Errorf("%d in another region", n)
	}
}

// TestSDKPayersApart goes into a second payer by a role, and lets its session
// expire.
func TestSDKPayersApart(t *testing.T) {
	r := newRig(t, awssim.Options{Manual: true})
	r.start()
	r.sim.AddRole("444455556666", "reconciler", "x-42", "111122223333")
	in := &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::444455556666:role/reconciler"), RoleSessionName: aws.String("reconciler-acme")}
	if got := code(err2(r.sts.AssumeRole(r.ctx, in))); got != "AccessDenied" {
		t.Errorf("without the external id: %s", got)
	}
	in.ExternalId = aws.String("x-42")
	c := must[*sts.AssumeRoleOutput](t)(r.sts.AssumeRole(r.ctx, in)).Credentials
	b := with(t, r.sim, "http://aws.example", &http.Client{Transport: r.sim.Transport()}, *c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	who := must[*sts.GetCallerIdentityOutput](t)(b.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))
	if *who.Account != "444455556666" || *who.Arn != "arn:aws:sts::444455556666:assumed-role/reconciler/reconciler-acme" {
		t.Errorf("we are %s, %s", *who.Account, *who.Arn)
	}
	if got := code(err2(b.org.DescribeOrganization(b.ctx, &organizations.DescribeOrganizationInput{}))); got != "AWSOrganizationsNotInUseException" {
		t.Errorf("the second payer: %s", got)
	}
	b.start()
	if got := len(b.listed()); got != 1 {
		t.Errorf("the second payer has %d accounts", got)
	}
	r.sim.Advance(time.Hour)
	if got := code(err2(b.org.DescribeOrganization(b.ctx, &organizations.DescribeOrganizationInput{}))); got != "ExpiredTokenException" {
		t.Errorf("after an hour: %s", got)
	}
	if got := code(err2(b.sts.GetCallerIdentity(b.ctx, &sts.GetCallerIdentityInput{}))); got != "ExpiredToken" {
		t.Errorf("STS after an hour: %s", got)
	}
	stray := with(t, r.sim, "http://aws.example", &http.Client{Transport: r.sim.Transport()}, "ASIAREAL000000000000", "x", "y")
	who = must[*sts.GetCallerIdentityOutput](t)(stray.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))
	if *who.Account != "111122223333" {
		t.Errorf("a key of somebody else acts as %s", *who.Account)
	}
	key := must[*sts.GetAccessKeyInfoOutput](t)(r.sts.GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: c.AccessKeyId}))
	if *key.Account != "444455556666" {
		t.Errorf("the session's key is of %s", *key.Account)
	}
}

// TestSDKJournal reads creations back by their state, and lets accounts go.
func TestSDKJournal(t *testing.T) {
	r := newRig(t, awssim.Options{Manual: true})
	r.start()
	for _, n := range []string{"a", "b", "B"} { // the third address is used
		email := n + "@example.com"
		if err := err2(r.org.CreateAccount(r.ctx, &organizations.CreateAccountInput{AccountName: &n, Email: &email})); err != nil {
			t.Fatal(err)
		}
	}
	states := func(want ...types.CreateAccountState) (got []types.CreateAccountStatus) {
		p := organizations.NewListCreateAccountStatusPaginator(r.org, &organizations.ListCreateAccountStatusInput{States: want, MaxResults: aws.Int32(1)})
		for p.HasMorePages() {
			out := must[*organizations.ListCreateAccountStatusOutput](t)(p.NextPage(r.ctx))
			got = append(got, out.CreateAccountStatuses...)
		}
		return got
	}
	if got := states(types.CreateAccountStateInProgress); len(got) != 3 || got[0].AccountId != nil {
		t.Errorf("in progress: %+v", got)
	}
	r.sim.Advance(time.Minute)
	if got := states(types.CreateAccountStateFailed); len(got) != 1 || got[0].FailureReason != types.CreateAccountFailureReasonEmailAlreadyExists || *got[0].AccountName != "B" {
		t.Errorf("failed: %+v", got)
	}
	made := states(types.CreateAccountStateSucceeded)
	if len(made) != 2 || len(states()) != 3 {
		t.Fatalf("succeeded: %+v", made)
	}
	remove := func(id *string) error {
		return err2(r.org.RemoveAccountFromOrganization(r.ctx, &organizations.RemoveAccountFromOrganizationInput{AccountId: id}))
	}
	if got := code(remove(made[0].AccountId)); got != "ConstraintViolationException WAIT_PERIOD_ACTIVE" {
		t.Errorf("a young account: %s", got)
	}
	r.sim.Advance(4 * 24 * time.Hour)
	if err := remove(made[0].AccountId); err != nil {
		t.Error(err)
	}
	member := on(t, r.sim, *made[1].AccountId)
	if err := err2(member.org.LeaveOrganization(r.ctx, &organizations.LeaveOrganizationInput{})); err != nil {
		t.Error(err)
	}
	if got := r.listed(); len(got) != 1 {
		t.Errorf("left over: %v", got)
	}
}
