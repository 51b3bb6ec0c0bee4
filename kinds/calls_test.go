package kinds_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"golang.org/x/sync/errgroup"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// payerOf is a file with units, policies that are attached to each of them, and
// a pool of accounts in the first.
func payerOf(units, policies, accounts int, more string) string {
	var b strings.Builder
	b.WriteString("organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\nsafety: {maxAccountCreates: 50000, maxMoves: \"100%\"}\npolicies:\n")
	for i := range policies {
		fmt.Fprintf(&b, "  - {name: p%d, document: %s}\n", i, kindtest.Deny(fmt.Sprintf("s3:Get%d*", i)))
	}
	b.WriteString("ous:\n")
	for i := range units {
		fmt.Fprintf(&b, "  - {name: u%d, policies: [p%d]}\n", i, i%policies)
	}
	fmt.Fprintf(&b, "pools: [{name: s, ou: u0, ids: {from: 1, count: %d}, csv: accounts.csv, account: {name: \"s${{ id }}\", email: \"s${{ id }}@acme.example\"%s}}]\n",
		accounts, more)
	return b.String()
}

// TestPlanMakesNoCallThatItDoesNotNeed counts the calls of a plan without
// changes, by operation.
func TestPlanMakesNoCallThatItDoesNotNeed(t *testing.T) {
	base := map[string]int{
		"GetCallerIdentity": 1, "DescribeOrganization": 1,
		"ListRoots": 1, "ListTagsForResource": 1, // the root's own mark
		"ListOrganizationalUnitsForParent": 3, // the root and both units
		"ListPolicies":                     1,
		"DescribePolicy":                   3,
		"ListPoliciesForTarget":            3,
		"ListAccounts":                     3, // 46, 20 a page
		"ListCreateAccountStatus":          1,
		"GetResources":                     1, // buckets of ours that the file does not name
		"GetAccountAuthorizationDetails":   4, // policies, users, groups, roles
		"ListStackSets":                    1,
	}
	for name, tt := range map[string]struct {
		more string
		own  map[string]int
	}{
		"no tags":          {"", nil},
		"tags on accounts": {", tags: {course: a}", map[string]int{"GetResources": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				body := payerOf(2, 3, 45, tt.more)
				r.Apply(body)
				// What others have costs pages, and no call for each of it.
				for i := range 5 {
					r.Policy(scp, fmt.Sprint("foreign", i), kindtest.Deny("iam:*"))
				}
				r.Sim.ResetCalls()
				r.Want(r.Plan(body))
				want := map[string]int{}
				for _, calls := range []map[string]int{base, tt.own} {
					for operation, n := range calls {
						want[operation] = n
					}
				}
				want["ListTagsForResource"] += 5 // whose the foreign ones are decides whether they are left
				r.Equal("calls", r.Calls(), want)
			})
		})
	}
}

// TestPlanOfTenThousandAccounts needs 800 calls at most, and none for each account.
func TestPlanOfTenThousandAccounts(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 accounts take seconds")
	}
	t.Parallel()
	const accounts = 10000
	r := kindtest.New(t, awssim.Options{})
	body := payerOf(50, 100, accounts, "")
	r.Apply(payerOf(50, 100, 0, ""))
	root := r.Root()
	unit := r.UnitIDs(root)["u0"]
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(2)
	client := r.Org()
	for i := range accounts {
		g.Go(func() error { return enter(ctx, client, fmt.Sprint("s", i+1), root, unit) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	r.Sim.ResetCalls()
	r.Want(r.Plan(body))
	if n := len(r.Sim.Calls()); n > 800 {
		t.Errorf("%d calls: %v", n, r.Calls())
	}
	calls := r.Calls()
	r.Equal("calls for each", []int{calls["ListAccounts"], calls["DescribeAccount"], calls["ListParents"], calls["ListTargetsForPolicy"]}, []int{501, 0, 0, 0})
}

// enter makes an account and moves it into a unit.
func enter(ctx context.Context, client *organizations.Client, name, root, unit string) error {
	out, err := client.CreateAccount(ctx, &organizations.CreateAccountInput{AccountName: &name, Email: aws.String(name + "@acme.example")})
	if err != nil {
		return err
	}
	st, err := client.DescribeCreateAccountStatus(ctx, &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: out.CreateAccountStatus.Id})
	if err != nil {
		return err
	}
	_, err = client.MoveAccount(ctx, &organizations.MoveAccountInput{AccountId: st.CreateAccountStatus.AccountId, SourceParentId: &root, DestinationParentId: &unit})
	return err
}
