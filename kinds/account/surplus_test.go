package account_test

import (
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const withParked = "organization: {create: true}\nous: [{name: Labs}, {name: Parked}]\n"

// TestDanger8ShiftedIds moves the ids of a pool by one: nothing is lost.
func TestDanger8ShiftedIds(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organizationAndLabs + pool(1, 3, ""))
		old := r.Read("accounts.csv")
		body := organizationAndLabs + pool(2, 3, "")
		p := r.Apply(body)
		r.Want(p, "+ account/s4@acme.example")
		r.Equal("left", kindtest.Left(p), []string{"account/s1@acme.example"})
		r.Settled(body)
		csv := strings.SplitAfter(r.Read("accounts.csv"), "\n")
		was := strings.SplitAfter(old, "\n")
		r.Equal("CSV", []string{csv[0], csv[1], csv[3]}, []string{was[1], was[2], was[0]})
	})
}

func TestSurplusIsParked(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		park := ", surplus: {action: park, ou: Parked}"
		r.Apply(withParked + pool(1, 5, park))
		labs := r.UnitIDs(r.Root())["Labs"]
		r.Move(r.Account("theirs", "theirs@acme.example"), r.Root(), labs) // not ours: stays where it is
		body := withParked + pool(1, 4, park)
		p := r.Plan(body)
		r.Want(p, "~ account/s5@acme.example ou: ou/Labs -> ou/Parked")
		if p.Files[0].Add != 0 || p.Files[0].Remove != 1 {
			t.Errorf("the plan says that the CSV gains %d rows and loses %d", p.Files[0].Add, p.Files[0].Remove)
		}
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.Settled(body)
		at := places(r)
		r.Equal("places", []string{at["s5@acme.example"], at["s4@acme.example"], at["theirs@acme.example"]},
			[]string{r.UnitIDs(r.Root())["Parked"], labs, labs})
		if got := r.Read("accounts.csv"); strings.Contains(got, "s5@") || strings.Count(got, "\n") != 4 {
			t.Errorf("the CSV is\n%s", got)
		}
		// And back, when the pool grows again.
		body = withParked + pool(1, 5, park)
		r.Want(r.Apply(body), "~ account/s5@acme.example ou: ou/Parked -> ou/Labs")
		r.Settled(body)
	})
}

// TestDanger5TheMarkIsReadAgainBeforeAPark changes the mark between plan and apply.
func TestDanger5TheMarkIsReadAgainBeforeAPark(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		park := ", surplus: {action: park, ou: Parked}"
		r.Apply(withParked + pool(1, 5, park))
		p := r.Plan(withParked + pool(1, 4, park))
		r.Tag(*r.Accounts()["s5@acme.example"].Id, kindtest.Tags("reconciler:payer", "other")...)
		before := places(r)
		a, err := r.TryApply(p)
		r.Refused(err, "other")
		if a == nil || a.Result.Count(executor.Failed) != 1 {
			t.Errorf("the park did not fail: %+v", a)
		}
		r.Equal("places", places(r), before)
		r.Want(r.Plan(withParked + pool(1, 4, park)))
	})
}

// TestDanger9EmailPatternEdited makes no second pool.
func TestDanger9EmailPatternEdited(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organizationAndLabs + pool(1, 3, ""))
		before := r.Writes()
		edited := strings.ReplaceAll(organizationAndLabs+pool(1, 3, ""), "@acme", "@labs.acme")
		p := r.Plan(edited)
		lines := kindtest.Lines(p)
		if len(lines) != 3 {
			t.Errorf("plan %q", lines)
		}
		for _, l := range lines {
			if !strings.HasPrefix(l, "!") || !strings.Contains(l, "the root email cannot be changed by an API") {
				t.Errorf("not blocked: %s", l)
			}
		}
		// Names edited too: nothing shows that they are the same but the mark.
		edited = strings.ReplaceAll(edited, `name: "s${{`, `name: "student-${{`)
		p = r.Plan(edited)
		for _, l := range kindtest.Lines(p) {
			if !strings.HasPrefix(l, "!+ ") || !strings.Contains(l, "all 3 emails of pool students changed, while 3 of its accounts live") {
				t.Errorf("not blocked: %s", l)
			}
		}
		if _, err := r.TryApply(p); err != nil || r.Writes() != before {
			t.Errorf("apply: %v, %d writes", err, r.Writes()-before)
		}
		if got := len(r.Accounts()); got != 3 {
			t.Errorf("%d accounts", got)
		}
	})
}

// TestMassDriftIsGuarded counts what was moved away from us, and not the end of
// our own creations.
func TestMassDriftIsGuarded(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + pool(1, 8, "")
		r.Apply(organizationAndLabs)
		// A run that was killed before its moves: all accounts are in the root.
		r.Fail("MoveAccount")
		if _, err := r.TryApply(r.Plan(body)); err == nil {
			t.Fatal("the apply did not fail")
		}
		r.Sim.ClearFaults()
		for email, at := range places(r) {
			if at != r.Root() {
				t.Errorf("%s is in %s", email, at)
			}
		}
		p := r.Plan(body)
		if got := kindtest.Lines(p); len(got) != 8 || got[0] != "~ account/s1@acme.example ou: root -> ou/Labs" {
			t.Errorf("plan %q", got)
		}
		if len(p.Plan.Guards) > 0 {
			t.Errorf("the end of our creations is guarded: %+v", p.Plan.Guards)
		}
		r.Apply(body)
		r.Settled(body)

		labs, root := r.UnitIDs(r.Root())["Labs"], r.Root()
		for email, a := range r.Accounts() {
			if email < "s4@" {
				r.Move(*a.Id, labs, root)
			}
		}
		p = r.Plan(body)
		if len(p.Plan.Guards) != 1 || p.Plan.Guards[0].Name != "maxMoves" || p.Plan.Guards[0].Planned != 3 {
			t.Errorf("3 of 8 accounts are to move: guards %+v, lines %q", p.Plan.Guards, kindtest.Lines(p))
		}
		r.Apply(body + "safety: {maxMoves: 3}\n")
		r.Settled(body)
	})
}
