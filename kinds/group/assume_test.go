package group_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// pools is a payer with pools x and y of n accounts each, and with more.
func pools(n int, more string) string {
	b := "organization: {create: true}\nsafety: {maxAccountCreates: 1000}\nous: [{name: Labs}]\npools:\n"
	for _, p := range []string{"x", "y"} {
		b += fmt.Sprintf("  - {name: %[1]s, ou: Labs, ids: {prefix: %[1]s, from: 1, count: %[2]d}, csv: %[1]s.csv, account: {name: \"${{ id }}\", email: \"${{ id }}@acme.example\"}}\n", p, n)
	}
	return b + more
}

// enter is a group that may assume NR in some accounts.
func enter(in string) string { return "groups: [{name: G, assume: [{role: NR, in: {" + in + "}}]}]\n" }

// rights are the names of the inline policies of the group, sorted, and the role
// ARNs that these and the attached ones let assume.
func rights(r *kindtest.Rig) (names []string, arns int) {
	r.Helper()
	g := aws.String("G")
	list := kindtest.Must[*iam.ListGroupPoliciesOutput](r)(r.IAM().ListGroupPolicies(r.Context(), &iam.ListGroupPoliciesInput{GroupName: g}))
	for _, name := range list.PolicyNames {
		out := kindtest.Must[*iam.GetGroupPolicyOutput](r)(r.IAM().GetGroupPolicy(r.Context(), &iam.GetGroupPolicyInput{GroupName: g, PolicyName: &name}))
		names, arns = append(names, name), arns+roles(r, out.PolicyDocument)
	}
	attached := kindtest.Must[*iam.ListAttachedGroupPoliciesOutput](r)(r.IAM().ListAttachedGroupPolicies(r.Context(), &iam.ListAttachedGroupPoliciesInput{GroupName: g}))
	for _, a := range attached.AttachedPolicies {
		p := kindtest.Must[*iam.GetPolicyOutput](r)(r.IAM().GetPolicy(r.Context(), &iam.GetPolicyInput{PolicyArn: a.PolicyArn}))
		v := kindtest.Must[*iam.GetPolicyVersionOutput](r)(r.IAM().GetPolicyVersion(r.Context(), &iam.GetPolicyVersionInput{PolicyArn: a.PolicyArn, VersionId: p.Policy.DefaultVersionId}))
		names, arns = append(names, *a.PolicyName), arns+roles(r, v.PolicyVersion.Document)
	}
	slices.Sort(names)
	return names, arns
}

func roles(r *kindtest.Rig, document *string) int {
	r.Helper()
	text := kindtest.Must[string](r)(url.PathUnescape(*document))
	return strings.Count(text, ":role/NR\"")
}

// ops counts the changes of a plan by their word and kind.
func ops(p *reconcile.Planned) map[string]int {
	n := map[string]int{}
	for _, c := range p.Plan.Changes {
		what := string(c.Op) + " " + c.Ref.Kind
		switch {
		case c.Blocked != "":
			what += " blocked"
		case c.Waiting != "":
			what += " waits"
		}
		if c.Ref.Kind != "account" && c.Ref.Kind != "ou" && c.Ref.Kind != "organization" {
			n[what]++
		}
	}
	return n
}

// TestAssumeTakesAwayWhatItMade lets the group into fewer accounts, into others,
// into more than inline policies have room for, and back.
func TestAssumeTakesAwayWhatItMade(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		holds := func(n, arns int) {
			t.Helper()
			if names, got := rights(r); len(names) != n || got != arns {
				t.Errorf("the group has %d policies for %d roles, want %d for %d: %v", len(names), got, n, arns, names)
			}
		}
		for _, tt := range []struct {
			in      string
			n, arns int
		}{
			{"pools: [x]", 30, 30}, {"accounts: [x1, x2]", 2, 2}, {"pools: [x]", 30, 30},
			{"pools: [y]", 30, 30}, // which have no room beside those of x
			{"pools: [x, y]", 1, 60}, {"accounts: [y1]", 1, 1},
		} {
			body := pools(30, enter(tt.in))
			r.Apply(body)
			r.Settled(body)
			holds(tt.n, tt.arns)
		}
		r.Settled(pools(30, "groups: [{name: G}]\n")) // it says nothing of assume
		r.Apply(pools(30, "groups: [{name: G, assume: []}]\n"))
		holds(0, 0)
	})
}

// TestAssumeWaitsForNoAccount has more accounts than the quota, one that is
// blocked, and one that fails: the group has its members and the policies of all
// the others, and the last comes with the apply that makes its account.
func TestAssumeWaitsForNoAccount(t *testing.T) {
	const g = "users: [{name: m}]\ngroups: [{name: G, members: [m], assume: [{role: NR, in: {pools: [x, y]}}]}]\n"
	kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
		body := pools(10, "quotas: {accounts: auto}\n"+g)
		r.Apply(pools(1, ""))
		p := r.Plan(body)
		r.Equal("plan", ops(p), map[string]int{"create user": 1, "create group": 1 + 7, "create group waits": 11, "update quota": 1})
		a, err := r.TryApply(p)
		if err != nil {
			t.Fatal(err)
		}
		if names, arns := rights(r); len(names) != 9 || arns != 9 {
			t.Errorf("%v for %d roles, with %d waiting", names, arns, a.Result.Count(executor.Waiting))
		}
		if u := r.GetGroup("G"); len(u.Users) != 1 {
			t.Errorf("the group waits for accounts: %+v", u)
		}
		r.Await(body)
		if _, arns := rights(r); arns != 20 {
			t.Errorf("the group may assume %d of 20 roles", arns)
		}
		r.Settled(body)
	})
}

// TestAssumeAndAnAccountThatFails: its address is used elsewhere in AWS.
func TestAssumeAndAnAccountThatFails(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Sim.AddRole("444455556666", "any", "") // comes into being, with its own address
		body := pools(2, "accounts: [{name: used, email: root-444455556666@standalone.example, ou: Labs}]\n"+
			"users: [{name: U, assume: [{role: NR, in: {accounts: [used, y1]}}]}]\n"+enter("pools: [x], accounts: [used]"))
		a, err := r.TryApply(r.Plan(body))
		r.Refused(err, "EMAIL_ALREADY_EXISTS")
		r.Equal("outcomes", []int{a.Result.Count(executor.Failed), a.Result.Count(executor.Skipped)}, []int{1, 2})
		if names, _ := rights(r); !slices.Equal(names, []string{"assume-NR-x1", "assume-NR-x2"}) {
			t.Errorf("the group has %v", names)
		}
		list := kindtest.Must[*iam.ListUserPoliciesOutput](r)(r.IAM().ListUserPolicies(t.Context(), &iam.ListUserPoliciesInput{UserName: aws.String("U")}))
		r.Equal("the policies of the user", list.PolicyNames, []string{"assume-NR-y1"})
		for _, c := range r.Plan(body).Plan.Changes {
			if c.Ref.Kind == "group" && c.Ref.String() != "group/G/assume-NR-used" {
				t.Errorf("%s %s", c.Op, c.Ref)
			}
		}
	})
}

// TestAssumeShowsWhatItPutsAway: a policy of somebody else has the name that one
// is to have, before the account is there and after.
func TestAssumeShowsWhatItPutsAway(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pools(1, ""))
		r.Group("G")
		kindtest.Must[*iam.PutGroupPolicyOutput](r)(r.IAM().PutGroupPolicy(t.Context(), &iam.PutGroupPolicyInput{
			GroupName: aws.String("G"), PolicyName: aws.String("assume-NR-x2"), PolicyDocument: aws.String(kindtest.Grant("s3:*"))}))
		body := pools(2, enter("accounts: [x2]"))
		p := r.Plan(body)
		lines := kindtest.Lines(p)
		if !slices.Contains(lines, "!+ group/G/assume-NR-x2 (blocked: another policy of this name is there, which assume has not made)") {
			t.Errorf("the plan is %v", lines)
		}
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		lines = kindtest.Lines(r.Apply(body))
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "~ group/G inline.assume-NR-x2: "+kindtest.Granted("s3:*")+" -> ") {
			t.Errorf("the plan is %v", lines)
		}
		r.Settled(body)
	})
}

// TestAssumeAndABlockedAccount: an account of the wanted name has another address.
func TestAssumeAndABlockedAccount(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pools(1, ""))
		r.Account("x2", "else@acme.example")
		p := r.Plan(pools(2, enter("pools: [x]")))
		for _, c := range p.Plan.Changes {
			held := c.Ref.String() == "group/G/assume-NR-x2"
			if c.Ref.Kind == "group" && held != (c.Blocked != "") {
				t.Errorf("%s is blocked: %q", c.Ref, c.Blocked)
			}
		}
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		if names, _ := rights(r); !slices.Equal(names, []string{"assume-NR-x1"}) {
			t.Errorf("the group has %v", names)
		}
	})
}

// TestAssumeManagedWaitsForNoAccount: the managed policy names the accounts that
// are there, and the group does without it before any is. The plan knows no
// quota here, the apply meets it.
func TestAssumeManagedWaitsForNoAccount(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 41}, func(t *testing.T, r *kindtest.Rig) {
		body := pools(30, "users: [{name: m}]\ngroups: [{name: G, members: [m], assume: [{role: NR, in: {pools: [x, y]}}]}]\n")
		r.Apply("organization: {create: true}\nous: [{name: Labs}]\n")
		p := r.Plan(body)
		r.Equal("plan", ops(p), map[string]int{"create user": 1, "create group": 2, "create iam-policy": 1})
		for _, arns := range []int{0, 40} {
			if _, err := r.TryApply(p); err != nil {
				t.Fatal(err)
			}
			if _, got := rights(r); got != arns {
				t.Errorf("the group may assume %d roles, want %d", got, arns)
			}
			if u := r.GetGroup("G"); len(u.Users) != 1 {
				t.Errorf("the group waits for accounts: %+v", u)
			}
			p = r.Plan(body)
		}
		r.Equal("plan", ops(p), map[string]int{"create iam-policy": 1})
		body += "quotas: {accounts: auto}\n"
		r.Await(body)
		if _, got := rights(r); got != 60 {
			t.Errorf("the group may assume %d of 60 roles", got)
		}
		r.Settled(body)
	})
}

// TestAssumeManagedGrows: a managed policy names the accounts that are there, and
// the rest as soon as they are.
func TestAssumeManagedGrows(t *testing.T) {
	kindtest.Run(t, awssim.Options{LagReads: 4}, func(t *testing.T, r *kindtest.Rig) {
		body := pools(30, enter("pools: [x, y]"))
		r.Equal("plan", ops(r.Apply(body)), map[string]int{"create group": 2, "create iam-policy": 1})
		r.CatchUp()
		r.Settled(body)
		more := pools(35, enter("pools: [x, y]"))
		r.Equal("plan", ops(r.Apply(more)), map[string]int{"create iam-policy": 1})
		r.CatchUp()
		r.Settled(more)
		if names, arns := rights(r); !slices.Equal(names, []string{"G-assume-NR"}) || arns != 70 {
			t.Errorf("%v for %d roles", names, arns)
		}
		every := pools(200, enter("pools: [x, y]"))
		r.Apply(every)
		r.CatchUp()
		r.Settled(every)
		if names, arns := rights(r); !slices.Equal(names, []string{"G-assume-NR"}) || arns != 1 {
			t.Errorf("%v for %d patterns", names, arns)
		}
	})
}
