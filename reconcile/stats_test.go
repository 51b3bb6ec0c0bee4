package reconcile_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// TestStats counts a payer with accounts in every state that a pool knows.
func TestStats(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 40}, func(t *testing.T, r *kindtest.Rig) {
		body := func(ids string) string {
			return organization + "ous: [{name: Labs}, {name: Other}]\nsafety: {maxMoves: 9}\npools:\n" +
				`  - {name: p, ou: Labs, ids: ` + ids + `, account: {name: "p${{ id }}", email: "P${{ id }}@acme.example"}}` + "\n" +
				`  - {name: q, ou: Other, ids: [x], account: {name: "q${{ id }}", email: "q${{ id }}@acme.example"}}` + "\n"
		}
		empty := r.Plan(body("[a]")).Stats()
		r.Equal("before there is an organization", empty, reconcile.Stats{Accounts: map[string]int{},
			Pools: []reconcile.Pool{{Name: "p", Wanted: 1}, {Name: "q", Wanted: 1}}})
		p := r.Apply(body("[a, b, c, d, e]"))
		a, err := r.TryApply(r.Plan(body("[a, b, c, d, e]")))
		if err != nil {
			t.Fatal(err)
		}
		r.Equal("after an apply", reconcile.StatsOf(p.Payer, a.Result.Live), reconcile.Stats{Accounts: map[string]int{"ACTIVE": 6},
			Pools: []reconcile.Pool{{Name: "p", Wanted: 5, Ready: 5}, {Name: "q", Wanted: 1, Ready: 1}}})

		units, accounts := r.UnitIDs(r.Root()), r.Accounts()
		r.Move(aws.ToString(accounts["Pc@acme.example"].Id), units["Labs"], units["Other"])
		r.Close(aws.ToString(accounts["Pd@acme.example"].Id))
		r.Account("theirs", "theirs@other.example")
		quota := "quotas: {accounts: auto}\n"
		st := r.Plan(body("[a, c, e, f]") + quota).Stats()
		closed := st.Accounts["SUSPENDED"] + st.Accounts["PENDING_CLOSURE"] + st.Accounts["CLOSED"]
		r.Equal("active and closed", []int{st.Accounts["ACTIVE"], closed}, []int{6, 1})
		r.Equal("pools", st.Pools, []reconcile.Pool{{Name: "p", Wanted: 4, Ready: 2, Surplus: 1}, {Name: "q", Wanted: 1, Ready: 1}})
		r.Equal("quota", st.Quota, &reconcile.Quota{Limit: 40, Used: 8})
	})
}

// TestStatsOfWhatIsMade counts accounts that AWS is making.
func TestStatsOfWhatIsMade(t *testing.T) {
	r := kindtest.New(t, awssim.Options{Manual: true})
	body := organization + students(1, 3)
	r.Apply(organization + "ous: [{name: Labs}, {name: Other}]\n")
	p := r.Plan(body)
	o := slow(r)
	r.Through = nil
	o.MaxPending = 1
	if _, err := p.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	st := r.Plan(body).Stats()
	r.Equal("accounts", st.Accounts, map[string]int{reconcile.StatePending: 3})
	r.Equal("pools", st.Pools, []reconcile.Pool{{Name: "students", Wanted: 3, Creating: 3}})
}

// TestWantedDigest: it tells another wish, and neither another line nor another
// AWS.
func TestWantedDigest(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organization + `ous: [{name: Labs, policies: [here]}]
policies:
  - {name: here, document: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "*", Resource: "${{ ou:Labs.arn }}"}]}}
  - {name: fixed, document: ` + kindtest.Deny("s3:*") + `}
quotas: {accounts: auto}
`
		r.Organize()
		before := r.Plan(body).WantedDigest()
		p := r.Apply(body)
		if p.WantedDigest() != before {
			t.Error("the plan was applied, and its digest is another one")
		}
		same := map[string]string{
			"after the apply": body, "with a comment": "# moved\n\n" + body,
			"with another limit": body + "safety: {maxMoves: 9}\n",
		}
		r.Unit(r.Root(), "behind our back")
		for what, body := range same {
			if r.Plan(body).WantedDigest() != before {
				t.Errorf("%s: the digest is another one", what)
			}
		}
		others := []string{
			strings.Replace(body, "s3:*", "s3:Get*", 1), strings.Replace(body, "policies: [here]", "policies: [here, fixed]", 1),
			strings.Replace(body, "{name: fixed,", "{name: fixed, adopt: true,", 1), body + "accounts: [{name: n, email: n@acme.example}]\n",
		}
		seen := map[string]bool{before: true}
		for i, body := range others {
			d := r.Plan(body).WantedDigest()
			if seen[d] {
				t.Errorf("wish %d has the digest of another one", i)
			}
			seen[d] = true
		}
	})
}

// TestPlansOfOnePayer: a payer that is kept in memory is planned again and
// again, and no pass leaves anything on it.
func TestPlansOfOnePayer(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organization + students(1, 3))
		p := r.Payer(organization + students(1, 4))
		for range 2 {
			planned, err := reconcile.Plan(t.Context(), p, r.Options())
			if err != nil {
				t.Fatal(err)
			}
			r.Want(planned, "+ account/s4@acme.example")
			if n := len(planned.Payer.Run.KnownIDs); n != 3 {
				t.Errorf("the plan knows %d ids", n)
			}
			if p.Run.KnownIDs != nil || p.Run.Caller != "" || p.Run.Unmarked != nil {
				t.Errorf("the payer was changed: %+v", p.Run)
			}
		}
		planned, err := reconcile.Plan(t.Context(), p, r.Options())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.TryApply(planned); err != nil {
			t.Fatal(err)
		}
		planned, err = reconcile.Plan(t.Context(), p, r.Options())
		if err != nil {
			t.Fatal(err)
		}
		r.Want(planned)
		r.Equal("ids known", len(planned.Payer.Run.KnownIDs), 4)
		r.Equal("first, differences", []any{planned.First, planned.Differences()}, []any{false, 0})
		if planned.Session().AccountID() != kindtest.Account {
			t.Error("the session is another one")
		}
	})
}
