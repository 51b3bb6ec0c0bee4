package moto

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// members lists the accounts below a parent, with pages of the test's own.
func (r *repo) members(parent string) []types.Account {
	r.Helper()
	var all []types.Account
	p := organizations.NewListAccountsForParentPaginator(r.client(), &organizations.ListAccountsForParentInput{ParentId: &parent})
	for p.HasMorePages() {
		page, err := p.NextPage(r.Context())
		if err != nil {
			r.Fatal(err)
		}
		all = append(all, page.Accounts...)
	}
	return all
}

// TestApplyThenPlan makes an organization that needs more than one page of
// everything, and finds nothing to do afterwards.
func TestApplyThenPlan(t *testing.T) {
	r := newRepo(t, labs())
	first := r.plan()[0]
	if w := r.proxy.Writes(); len(w) > 0 {
		t.Fatalf("plan wrote %q", w)
	}
	kinds := map[string]int{}
	for _, c := range first.Plan.Changes {
		kinds[string(c.Op)+" "+c.Ref.Kind]++
	}
	for what, want := range map[string]int{"create ou": 27, "create policy": 25, "create attachment": 29, "create account": 50} {
		if kinds[what] != want {
			t.Errorf("%s: %d, want %d", what, kinds[what], want)
		}
	}
	r.apply()
	got := r.members(*r.ids()("ou/Labs/Course0"))
	if len(got) != 50 {
		t.Errorf("%d accounts in the unit, want 50", len(got))
	}
	rows := r.csv("accounts/labs.csv")
	for i, row := range rows {
		want := regexp.MustCompile(fmt.Sprintf(`^\d{12},%d,lab%[1]d@example\.com$`, 101+i))
		if !want.MatchString(row) {
			t.Errorf("row %d is %q", i, row)
		}
		id, _, _ := strings.Cut(row, ",")
		if !slices.ContainsFunc(got, func(a types.Account) bool { return aws.ToString(a.Id) == id }) {
			t.Errorf("row %d: no account %s in the unit", i, id)
		}
	}
	if len(rows) != 50 {
		t.Errorf("%d rows, want 50", len(rows))
	}
	r.settled()
}

// TestDrift changes one thing after the other behind the tool's back: each is
// planned exactly, healed, and then nothing is left to do.
func TestDrift(t *testing.T) {
	r := newRepo(t, labs())
	r.apply()
	org, ctx, id := r.client(), t.Context(), r.ids()
	account, one := id("account/lab107@example.com"), id("ou/Labs/Course1")
	for _, tt := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"an SCP edited", func() error {
			_, err := org.UpdatePolicy(ctx, &organizations.UpdatePolicyInput{PolicyId: id("policy/Deny0"), Content: aws.String(`{"Version":"2012-10-17","Statement":[]}`)})
			return err
		}, []string{"update policy/Deny0 document"}},
		{"an SCP detached", func() error {
			_, err := org.DetachPolicy(ctx, detach(id("policy/Deny3"), id("ou/Labs")))
			return err
		}, []string{"create attachment/Deny3@ou/Labs"}},
		{"a declared SCP attached where the file does not", func() error {
			_, err := org.AttachPolicy(ctx, &organizations.AttachPolicyInput{PolicyId: id("policy/Deny5"), TargetId: id("ou/Parked")})
			return err
		}, []string{"delete attachment/Deny5@ou/Parked"}},
		{"an account moved to the root", func() error {
			_, err := org.MoveAccount(ctx, &organizations.MoveAccountInput{AccountId: account, SourceParentId: id("ou/Labs/Course0"), DestinationParentId: id("root")})
			return err
		}, []string{"update account/lab107@example.com ou"}},
		{"an OU renamed", func() error {
			_, err := org.UpdateOrganizationalUnit(ctx, &organizations.UpdateOrganizationalUnitInput{OrganizationalUnitId: one, Name: aws.String("Mine")})
			return err
		}, []string{"update ou/Labs/Course1 name"}},
		{"a tag changed", func() error {
			_, err := org.TagResource(ctx, &organizations.TagResourceInput{ResourceId: account, Tags: []types.Tag{{Key: aws.String("course"), Value: aws.String("b")}}})
			return err
		}, []string{"update account/lab107@example.com tags.course"}},
	} {
		if err := tt.do(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		t.Log(tt.name)
		r.proxy.Forget()
		r.heals(tt.want...)
		if w := r.proxy.Writes(); len(w) != 1 {
			t.Errorf("%s was healed by %q", tt.name, w)
		}
		r.settled()
	}
	if got := r.ids()("ou/Labs/Course1"); *got != *one {
		t.Errorf("the unit was made anew: %s, was %s", *got, *one)
	}
}

// TestForeignPolicy attaches an SCP that no file names: it takes a slot, is
// counted, and stays, also when what is around it is healed.
func TestForeignPolicy(t *testing.T) {
	r := newRepo(t, labs())
	r.apply()
	org, ctx, id := r.client(), t.Context(), r.ids()
	unit := id("ou/Labs")
	out, err := org.CreatePolicy(ctx, &organizations.CreatePolicyInput{
		Name: aws.String("Security"), Description: aws.String(""), Type: types.PolicyTypeServiceControlPolicy,
		Content: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	foreign := out.Policy.PolicySummary.Id
	if _, err := org.AttachPolicy(ctx, &organizations.AttachPolicyInput{PolicyId: foreign, TargetId: unit}); err != nil {
		t.Fatal(err)
	}
	r.settled()
	if _, err := org.DetachPolicy(ctx, detach(id("policy/Deny2"), unit)); err != nil {
		t.Fatal(err)
	}
	p := r.heals("create attachment/Deny2@ou/Labs")
	for _, c := range p.Plan.Changes {
		if len(c.Usage) != 1 || c.Usage[0].Used != 4 {
			t.Errorf("slots %v, want 4 used: FullAWSAccess, Deny3, Security and Deny2", c.Usage)
		}
	}
	if !slices.ContainsFunc(p.Plan.Unmanaged, func(ref ref) bool { return ref.String() == "policy/Security" }) {
		t.Errorf("unmanaged is %v, without the foreign policy", p.Plan.Unmanaged)
	}
	r.settled()
	on, err := org.ListPoliciesForTarget(ctx, &organizations.ListPoliciesForTargetInput{TargetId: unit, Filter: types.PolicyTypeServiceControlPolicy})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range on.Policies {
		names = append(names, aws.ToString(p.Name))
	}
	slices.Sort(names)
	if got, want := strings.Join(names, " "), "Deny2 Deny3 FullAWSAccess Security"; got != want {
		t.Errorf("on the unit are %s, want %s", got, want)
	}
}

func detach(policy, target *string) *organizations.DetachPolicyInput {
	return &organizations.DetachPolicyInput{PolicyId: policy, TargetId: target}
}
