package reconcile_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// recalling plans a body with a memory, and gives how many objects had their
// tags read one by one: the root's are, in every pass.
func recalling(r *kindtest.Rig, m *reconcile.Memory, body string) (*reconcile.Planned, int) {
	r.Helper()
	o := r.Options()
	o.Memory = m
	r.Sim.ResetCalls()
	p, err := reconcile.Plan(r.Context(), r.Payer(body), o)
	if err != nil {
		r.Fatalf("plan: %v", err)
	}
	return p, r.Calls()["ListTagsForResource"] - 1
}

// TestWhatBearsNoMarkIsRemembered: who has many accounts of others in the
// organization does not pay a call for each of them in every pass.
func TestWhatBearsNoMarkIsRemembered(t *testing.T) {
	lags(t, func(t *testing.T, r *kindtest.Rig) {
		body := organization + "ous: [{name: Labs}]\naccounts: [{name: s, email: s@acme.example, ou: Labs}]\n"
		r.Apply(body)
		for i := range 30 {
			r.Account(fmt.Sprint("f", i), fmt.Sprintf("f%d@other.example", i))
		}
		unit := r.Unit(r.Root(), "Theirs")
		r.Policy(types.PolicyTypeServiceControlPolicy, "theirs", kindtest.Deny("s3:*"))
		r.CatchUp()
		m := &reconcile.Memory{}
		tags := func(what string, want int, body string) *reconcile.Planned {
			t.Helper()
			p, got := recalling(r, m, body)
			if got != want {
				t.Errorf("%s: %d calls of ListTagsForResource, want %d", what, got, want)
			}
			return p
		}
		without := func() []string {
			p, _ := recalling(r, nil, body)
			return kindtest.Unmanaged(p)
		}
		fresh := tags("the first pass", 32, body)
		p := tags("the second pass", 0, body)
		r.Equal("unmanaged", kindtest.Unmanaged(p), without())
		r.Equal("unmanaged, at first", kindtest.Unmanaged(fresh), without())

		// What the file names is read, whatever the memory says.
		p = tags("a unit that the file names with a tag", 1, body[:len(organization)]+"ous: [{name: Labs}, {name: Theirs, tags: {a: b}}]\n"+
			"accounts: [{name: s, email: s@acme.example, ou: Labs}]\n")
		r.Want(p, "~ ou/Theirs tags.a: none -> b")
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.CatchUp()
		tags("a unit that was written to", 1, body)
		tags("after that", 0, body)

		// One that others mark is found within the hour.
		r.Tag(unit, kindtest.Tags("reconciler:payer", "acme", "reconciler:name", "Theirs")...)
		tags("within the hour", 0, body)
		time.Sleep(time.Hour) // on the test's own clock
		p = tags("an hour later", 32, body)
		r.Equal("left", kindtest.Left(p), []string{"ou/Theirs"})
		tags("what is ours is read", 1, body)
	})
}

// TestWhatBearsNoMarkIsNotParked, and is not asked in every pass whether it is.
func TestWhatBearsNoMarkIsNotParked(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := func(ids string) string {
			return organization + `ous: [{name: Labs}, {name: Parked}]
pools:
  - {name: p, ou: Labs, ids: ` + ids + `, account: {name: "s${{ id }}", email: "s${{ id }}@acme.example"}, csv: accounts.csv, surplus: {action: park, ou: Parked}}
safety: {maxMoves: 9}
`
		}
		r.Apply(body("[a, b]"))
		var ids []string
		for i := range 30 {
			ids = append(ids, r.Account(fmt.Sprint("f", i), fmt.Sprintf("f%d@other.example", i)))
		}
		m := &reconcile.Memory{}
		for i, want := range []int{30, 0, 0} {
			p, n := recalling(r, m, body("[a, b]"))
			r.Want(p)
			r.Equal(fmt.Sprint("calls in pass ", i), n, want)
			r.Equal("unmanaged", len(p.Plan.Unmanaged), 30)
		}
		// One of ours that left the ids is parked, and so is one that is marked later, within the hour.
		p, _ := recalling(r, m, body("[a]"))
		r.Want(p, "~ account/sb@acme.example ou: ou/Labs -> ou/Parked")
		r.Tag(ids[7], kindtest.Tags("reconciler:payer", "acme", "reconciler:name", "f7@other.example", "reconciler:pool", "p", "reconciler:id", "c")...)
		time.Sleep(time.Hour) // on the test's own clock
		p, _ = recalling(r, m, body("[a, b]"))
		r.Want(p, "~ account/f7@other.example ou: root -> ou/Parked")
	})
}

// TestTheMemoryDoesNotEndAllAtOnce: after three quarters of an hour some have
// to be read, and not all.
func TestTheMemoryDoesNotEndAllAtOnce(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organization + "ous: [{name: Labs}]\n"
		r.Apply(body)
		for i := range 60 {
			r.Unit(r.Root(), fmt.Sprint("theirs ", i))
		}
		m := &reconcile.Memory{}
		if _, n := recalling(r, m, body); n != 60 {
			t.Errorf("%d calls, want 60", n)
		}
		time.Sleep(50 * time.Minute) // on the test's own clock
		if _, n := recalling(r, m, body); n < 1 || n > 59 {
			t.Errorf("%d of 60 were read anew at once", n)
		}
	})
}

// TestDangerRememberedMarksDeleteNothing: what prune deletes is read in that
// pass, and what lost its mark since stays.
func TestDangerRememberedMarksDeleteNothing(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		const prune = "safety: {prune: true}\n"
		r.Apply(organization + "ous: [{name: Labs}, {name: Old}]\n")
		m := &reconcile.Memory{}
		body := organization + "ous: [{name: Labs}]\n" + prune
		for range 2 {
			p, n := recalling(r, m, body)
			r.Want(p, "- ou/Old")
			r.Equal("calls", n, 1)
		}
		p, _ := recalling(r, m, body)
		r.Untag(r.UnitIDs(r.Root())["Old"], "reconciler:payer")
		if _, err := r.TryApply(p); err == nil {
			t.Error("it was deleted, although it bears no mark any more")
		}
		p, _ = recalling(r, m, body)
		r.Want(p)
	})
}
