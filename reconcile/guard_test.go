package reconcile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

const organization = "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n"

// students is a pool in Labs, with a CSV.
func students(from, count int) string {
	return fmt.Sprintf(`ous: [{name: Labs}, {name: Other}]
pools:
  - {name: students, ou: Labs, ids: {from: %d, count: %d}, account: {name: "s${{ id }}", email: "s${{ id }}@acme.example"}, csv: accounts.csv}
`, from, count)
}

// guarded wants a plan that is whole, names one guard and does not apply.
func guarded(t *testing.T, r *kindtest.Rig, body, guard string, planned int, lift string) {
	t.Helper()
	before := r.Writes()
	csv := r.Read("accounts.csv")
	p := r.Plan(body)
	if len(p.Plan.Guards) != 1 || p.Plan.Guards[0].Name != guard || p.Plan.Guards[0].Planned != planned || p.Plan.Guards[0].Lift != lift {
		t.Errorf("guards %+v, want %s of %d lifted at %s", p.Plan.Guards, guard, planned, lift)
	}
	if len(kindtest.Lines(p)) < planned {
		t.Errorf("the plan is not whole: %q", kindtest.Lines(p))
	}
	a, err := r.TryApply(p)
	var g *reconcile.GuardError
	if !errors.As(err, &g) || a != nil {
		t.Errorf("the guarded plan gave %v, %v", a, err)
	}
	r.Refused(err, guard, lift)
	if n := r.Writes() - before; n != 0 || r.Read("accounts.csv") != csv {
		t.Errorf("a guarded plan made %d writes, and the CSV is %q", n, r.Read("accounts.csv"))
	}
}

// TestDanger7TooManyAccounts types a nought too many.
func TestDanger7TooManyAccounts(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		guarded(t, r, organization+students(1, 51), "maxAccountCreates", 51, "payers/acme.yaml:1")
		guarded(t, r, organization+"safety:\n  prune: false\n  maxAccountCreates: 3\n"+students(1, 4), "maxAccountCreates", 4, "payers/acme.yaml:8")
		body := organization + "safety: {maxAccountCreates: 4}\n" + students(1, 4)
		r.Apply(body)
		r.Settled(body)
	})
}

func TestMaxMovesHoldsAWholeApply(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organization + students(1, 4))
		moved := strings.Replace(students(1, 4), "ou: Labs", "ou: Other", 1)
		guarded(t, r, organization+moved, "maxMoves", 4, "payers/acme.yaml:1")
		r.Apply(organization + moved + "safety: {maxMoves: \"100%\"}\n")
		r.Settled(organization + moved)
	})
}

// TestMaxRemovalsCountsDetachesAndDeletes in numbers and in percent of a kind.
func TestMaxRemovalsCountsDetachesAndDeletes(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		var policies, names []string
		for i := range 3 {
			policies = append(policies, fmt.Sprintf("{name: p%d, document: %s}", i, kindtest.Deny(fmt.Sprintf("s3:Get%d*", i))))
			names = append(names, fmt.Sprintf("p%d", i))
		}
		list := strings.Join(names, ", ")
		r.Apply(organization + "policies: [" + strings.Join(policies, ", ") + "]\nroot: {policies: [" + list + "]}\nous: [{name: Labs}]\n")
		gone := organization + "ous: [{name: Labs}]\nsafety:\n  prune: true\n"
		guarded(t, r, gone, "maxRemovals", 6, "payers/acme.yaml:8")
		p := r.Plan(gone + "  maxRemovals: 50%\n")
		if len(p.Plan.Guards) != 2 || p.Plan.Guards[0].Kind == p.Plan.Guards[1].Kind {
			t.Errorf("all of two kinds go, half may: guards %+v", p.Plan.Guards)
		}
		r.Apply(gone + "  maxRemovals: 6\n")
		r.Settled(gone)
		if got := r.PolicyIDs(types.PolicyTypeServiceControlPolicy); len(got) != 1 {
			t.Errorf("policies %v", got)
		}
	})
}

// TestDangerEmptiedPayer names nothing any more.
func TestDangerEmptiedPayer(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organization + students(1, 2))
		before := r.Writes()
		for _, more := range []string{"", "safety: {prune: true}\n"} {
			_, err := r.TryPlan(organization + more)
			r.Refused(err, "names nothing any more", "payer \"acme\"")
		}
		if n := r.Writes() - before; n != 0 {
			t.Errorf("%d writes", n)
		}
	})
}

// TestNothingOfOursMayBeNamedByNothing is the other side of an emptied payer.
func TestNothingOfOursMayBeNamedByNothing(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Unit(r.Organize(), "Theirs")
		r.Account("theirs", "theirs@acme.example")
		p := r.Apply("organization: {create: true}\n")
		r.Want(p)
		r.Equal("unmanaged", kindtest.Unmanaged(p), []string{"account/theirs@acme.example", "ou/Theirs"})
	})
}

// TestDanger3HalfReadOrganization has AWS show fewer than half of the accounts
// that the CSV names, in a well-formed answer.
func TestDanger3HalfReadOrganization(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organization + students(1, 5)
		r.Apply(body)
		before, csv := r.Writes(), r.Read("accounts.csv")
		r.Edit("ListAccounts", func(_ int, answer map[string]any) { answer["Accounts"] = answer["Accounts"].([]any)[:1] }) // the management account
		r.Edit("ListCreateAccountStatus", func(_ int, answer map[string]any) { answer["CreateAccountStatuses"] = []any{} })
		_, err := r.TryPlan(body)
		r.Refused(err, "AWS shows 0 of the 5 accounts", "not trusted")
		if r.Writes() != before || r.Read("accounts.csv") != csv {
			t.Error("something was written")
		}
		r.Through = nil
		// Half is enough, for accounts do leave; and it takes no rows of what is not read.
		r.Write("accounts.csv", csv+"999900000001,x1,x1@acme.example\n999900000002,x2,x2@acme.example\n999900000003,x3,x3@acme.example\n"+
			"999900000004,x4,x4@acme.example\n999900000005,x5,x5@acme.example\n")
		p := r.Plan(body)
		r.Want(p)
		if !p.Files[0].Changed || p.Files[0].Remove != 5 {
			t.Errorf("the CSV: %+v", p.Files[0])
		}
	})
}

// TestDanger3FewerThanThePassBefore has no CSV to tell, only what the same
// process read before.
func TestDanger3FewerThanThePassBefore(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organization + strings.Replace(students(1, 5), ", csv: accounts.csv", "", 1)
		r.Apply(body)
		o := r.Options()
		o.Memory = &reconcile.Memory{}
		if _, err := reconcile.Plan(t.Context(), r.Payer(body), o); err != nil {
			t.Fatal(err)
		}
		before := r.Writes()
		r.Edit("ListAccounts", func(_ int, answer map[string]any) { answer["Accounts"] = answer["Accounts"].([]any)[:2] })
		r.Edit("ListCreateAccountStatus", func(_ int, answer map[string]any) { answer["CreateAccountStatuses"] = []any{} })
		for range 2 { // a read that is not trusted is not remembered
			_, err := reconcile.Plan(t.Context(), r.Payer(body), o)
			r.Refused(err, "of the 6 accounts that it showed in the pass before", "restart the daemon")
		}
		r.Equal("writes", r.Writes(), before)
		r.Through = nil
		if _, err := reconcile.Plan(t.Context(), r.Payer(body), o); err != nil {
			t.Error(err)
		}
	})
}
