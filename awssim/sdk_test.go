package awssim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagapi "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/payer-reconciler/reconciler/awssim"
)

// scp allows all, which is enough where the words of a policy do not matter.
const scp = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// rig is a server, and the real SDK's clients of one account.
type rig struct {
	testing.TB
	ctx  context.Context
	sim  *awssim.Server
	cfg  aws.Config
	org  *organizations.Client
	sts  *sts.Client
	acct *account.Client
	tags *tagapi.Client
}

func newRig(t *testing.T, opt awssim.Options) *rig {
	t.Helper()
	return on(t, awssim.New(opt), "111122223333")
}

// on makes clients of an account of a server, without sockets or retries.
func on(t testing.TB, sim *awssim.Server, id string) *rig {
	t.Helper()
	key, secret := sim.Key(id)
	return with(t, sim, "http://aws.example", &http.Client{Transport: sim.Transport()}, key, secret, "")
}

func with(t testing.TB, sim *awssim.Server, url string, client aws.HTTPClient, key, secret, token string) *rig {
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: &url, HTTPClient: client,
		Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
	return &rig{t, t.Context(), sim, cfg, organizations.NewFromConfig(cfg), sts.NewFromConfig(cfg), account.NewFromConfig(cfg), tagapi.NewFromConfig(cfg)}
}

// must ends the test on an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// code is the error code and Reason of an answer, "" where it is no error.
func code(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		if err != nil {
			return "not an API error: " + err.Error()
		}
		return ""
	}
	var c *types.ConstraintViolationException
	var i *types.InvalidInputException
	switch {
	case errors.As(err, &c):
		return "ConstraintViolationException " + string(c.Reason)
	case errors.As(err, &i):
		return "InvalidInputException " + string(i.Reason)
	}
	return api.ErrorCode()
}

// start makes an organization and tells its root.
func (r *rig) start() string {
	r.Helper()
	must[*organizations.CreateOrganizationOutput](r.TB)(r.org.CreateOrganization(r.ctx, &organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetAll}))
	return r.root()
}

func (r *rig) root() string {
	r.Helper()
	out := must[*organizations.ListRootsOutput](r.TB)(r.org.ListRoots(r.ctx, &organizations.ListRootsInput{}))
	return *out.Roots[0].Id
}

func (r *rig) unit(parent, name string) string {
	r.Helper()
	out := must[*organizations.CreateOrganizationalUnitOutput](r.TB)(r.org.CreateOrganizationalUnit(r.ctx, &organizations.CreateOrganizationalUnitInput{ParentId: &parent, Name: &name}))
	return *out.OrganizationalUnit.Id
}

// create asks for an account and waits for it on a fast clock.
func (r *rig) create(name string) string {
	r.Helper()
	email := name + "@example.com"
	out := must[*organizations.CreateAccountOutput](r.TB)(r.org.CreateAccount(r.ctx, &organizations.CreateAccountInput{AccountName: &name, Email: &email}))
	if got := out.CreateAccountStatus.State; got != types.CreateAccountStateInProgress {
		r.Fatalf("CreateAccount answers %s", got)
	}
	st := r.status(*out.CreateAccountStatus.Id)
	if st.State != types.CreateAccountStateSucceeded {
		r.Fatalf("account %s: %s %s", name, st.State, st.FailureReason)
	}
	return *st.AccountId
}

func (r *rig) status(id string) *types.CreateAccountStatus {
	r.Helper()
	return must[*organizations.DescribeCreateAccountStatusOutput](r.TB)(r.org.DescribeCreateAccountStatus(r.ctx, &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: &id})).CreateAccountStatus
}

func (r *rig) policy(name string) string {
	r.Helper()
	out := must[*organizations.CreatePolicyOutput](r.TB)(r.org.CreatePolicy(r.ctx, &organizations.CreatePolicyInput{
		Name: &name, Description: aws.String(""), Content: aws.String(scp), Type: types.PolicyTypeServiceControlPolicy,
	}))
	return *out.Policy.PolicySummary.Id
}

func (r *rig) attach(policy, target string) error {
	_, err := r.org.AttachPolicy(r.ctx, &organizations.AttachPolicyInput{PolicyId: &policy, TargetId: &target})
	return err
}

func (r *rig) detach(policy, target string) error {
	_, err := r.org.DetachPolicy(r.ctx, &organizations.DetachPolicyInput{PolicyId: &policy, TargetId: &target})
	return err
}

func (r *rig) move(id, from, to string) error {
	_, err := r.org.MoveAccount(r.ctx, &organizations.MoveAccountInput{AccountId: &id, SourceParentId: &from, DestinationParentId: &to})
	return err
}

// listed tells the ids of all accounts, page by page.
func (r *rig) listed() []string {
	r.Helper()
	var out []string
	p := organizations.NewListAccountsPaginator(r.org, &organizations.ListAccountsInput{})
	for p.HasMorePages() {
		page := must[*organizations.ListAccountsOutput](r.TB)(p.NextPage(r.ctx))
		if len(page.Accounts) > 20 {
			r.Errorf("a page of %d", len(page.Accounts))
		}
		for _, a := range page.Accounts {
			out = append(out, *a.Id)
		}
	}
	return out
}

func TestSDKPayer(t *testing.T) {
	r := newRig(t, awssim.Options{})
	root := r.start()
	ou := r.unit(root, "Labs")
	deny := r.policy("Deny")
	if err := r.attach(deny, ou); err != nil {
		t.Fatal(err)
	}
	for i := range 45 {
		id := r.create(fmt.Sprintf("lab%d", i))
		if err := r.move(id, root, ou); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := len(r.listed()), 46; got != want {
		t.Errorf("%d accounts, want %d", got, want)
	}
	last := r.listed()[45]
	a := must[*organizations.DescribeAccountOutput](t)(r.org.DescribeAccount(r.ctx, &organizations.DescribeAccountInput{AccountId: &last})).Account
	o := must[*organizations.DescribeOrganizationOutput](t)(r.org.DescribeOrganization(r.ctx, &organizations.DescribeOrganizationInput{})).Organization
	if want := fmt.Sprintf("%s/%s/%s/%s/", *o.Id, root, ou, last); len(a.Paths) != 1 || a.Paths[0] != want {
		t.Errorf("paths %v, want %s", a.Paths, want)
	}
	if a.State != types.AccountStateActive || *a.Email != "lab44@example.com" {
		t.Errorf("account %+v", a)
	}
}

func TestSDKRetriesThrottling(t *testing.T) {
	r := newRig(t, awssim.Options{})
	r.start()
	r.sim.Inject(awssim.Fault{Operation: "ListRoots", Nth: 1, Count: 2, Kind: awssim.Throttle})
	std := retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = 1 })
	_, err := r.org.ListRoots(r.ctx, &organizations.ListRootsInput{}, func(o *organizations.Options) { o.Retryer = std })
	if err != nil {
		t.Fatal(err)
	}
}
