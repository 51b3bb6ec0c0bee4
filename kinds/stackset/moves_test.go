package stackset_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// everybody is who has an account in the files of head(2, …).
var everybody = []string{"l1", "l2", "o1", "o2"}

// joined is head(2, …) with the accounts of Other in Labs.
func joined(safety string) string {
	return strings.Replace(head(2, ", maxMoves: 10"+safety), "{name: o, ou: Other,", "{name: o, ou: Labs,", 1)
}

// apply makes a change, and lets what waits for a later plan wait.
func apply(r *kindtest.Rig, body string) {
	r.Helper()
	if _, err := r.TryApply(r.Plan(body)); err != nil {
		r.Error(err)
	}
	settle(r)
}

// roleIDs are the ids of the roles of some accounts.
func roleIDs(r *kindtest.Rig, names ...string) []string {
	r.Helper()
	var ids []string
	for _, name := range names {
		ids = append(ids, roleID(r, name+"@acme.example"))
	}
	return ids
}

// TestDanger20AUnitGoesAfterItsMembers lets a unit go whose accounts come, with the
// same apply, into the one that stays: all keep the role they have, and the unit
// goes with the next plan.
func TestDanger20AUnitGoesAfterItsMembers(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(2, ", prune: true") + reader("Labs, Other", ""))
		settle(r)
		before := roleIDs(r, everybody...)
		body := joined(", prune: true") + reader("Labs", "")
		p := r.Plan(body)
		r.Want(p, "~ account/o1@acme.example ou: ou/Other -> ou/Labs", "~ account/o2@acme.example ou: ou/Other -> ou/Labs",
			"- "+set+"@ou/Other")
		const waits = "2 accounts keep the role and move to ou/Labs first; the unit goes with the next plan"
		if c := p.Plan.Changes[len(p.Plan.Changes)-1]; c.Waiting != waits {
			t.Errorf("%s waits for %q, want %q", c.Ref, c.Waiting, waits)
		}
		apply(r, body)
		r.Equal("deletes", r.Calls()["DeleteStackInstances"], 0)
		r.Want(r.Plan(body), "- "+set+"@ou/Other")
		apply(r, body)
		r.Settled(body)
		r.Equal("deletes", r.Calls()["DeleteStackInstances"], 1)
		r.Equal("accounts with the role", holders(r), everybody)
		r.Equal("ids of the roles", roleIDs(r, everybody...), before)
	})
}

// TestDanger20AMoveIsRefused cannot move the accounts of a unit that goes: they keep
// the role where they are, however often it is tried.
func TestDanger20AMoveIsRefused(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(2, ", prune: true") + reader("Labs, Other", ""))
		settle(r)
		before := roleIDs(r, everybody...)
		body := joined(", prune: true") + reader("Labs", "")
		r.Sim.Inject(awssim.Fault{Operation: "MoveAccount", Kind: awssim.Deny, Count: 4})
		for range 2 {
			_, err := r.TryApply(r.Plan(body))
			r.Refused(err, "MoveAccount")
			settle(r)
			r.Equal("accounts with the role", holders(r), everybody)
		}
		for range 2 {
			apply(r, body)
		}
		r.Settled(body)
		r.Equal("ids of the roles", roleIDs(r, everybody...), before)
	})
}

// TestDanger20AUnitForAnother takes the role from one unit to another, and the
// accounts with it: the new one is deployed to, then they move, then the old one
// goes, and nobody gets another role.
func TestDanger20AUnitForAnother(t *testing.T) {
	for _, stack := range []time.Duration{0, 70 * time.Millisecond} {
		t.Run(stack.String(), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{StackTime: stack}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(head(2, ", prune: true"))
				r.Apply(head(2, ", prune: true") + reader("Labs", ""))
				settle(r)
				before := roleIDs(r, "l1", "l2")
				body := strings.Replace(head(2, ", prune: true, maxMoves: 10"), "{name: l, ou: Labs,", "{name: l, ou: Other,", 1) + reader("Other", "")
				r.Sim.ResetCalls()
				apply(r, body)
				time.Sleep(time.Second)
				settle(r)
				order := r.Order("CreateStackInstances", "MoveAccount", "DeleteStackInstances")
				r.Equal("order", order, []string{"CreateStackInstances", "MoveAccount", "MoveAccount"})
				r.Equal("ids of the roles", roleIDs(r, "l1", "l2"), before)
				r.Want(r.Plan(body), "- "+set+"@ou/Labs")
				apply(r, body)
				time.Sleep(time.Second)
				settle(r)
				r.Settled(body)
				r.Equal("accounts with the role", holders(r), everybody)
				r.Equal("ids of the roles", roleIDs(r, "l1", "l2"), before)
			})
		})
	}
}

// TestDanger20AUnitIsNotDeployedTo fails to deploy to the new unit: nobody moves
// out of the old one meanwhile.
func TestDanger20AUnitIsNotDeployedTo(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(2, ", prune: true") + reader("Labs", ""))
		settle(r)
		before := roleIDs(r, "l1", "l2")
		body := strings.Replace(head(2, ", prune: true, maxMoves: 10"), "{name: l, ou: Labs,", "{name: l, ou: Other,", 1) + reader("Other", "")
		r.Sim.Inject(awssim.Fault{Operation: "CreateStackInstances", Kind: awssim.Deny})
		r.Sim.ResetCalls()
		_, err := r.TryApply(r.Plan(body))
		r.Refused(err, "CreateStackInstances")
		settle(r)
		r.Equal("moves", r.Calls()["MoveAccount"], 0)
		r.Equal("ids of the roles", roleIDs(r, "l1", "l2"), before)
	})
}

// TestStackSetNeedsWhoMoves has a role whose trust names a new one, and that trusts
// an account that moves into the new unit: there is an order all the same.
func TestStackSetNeedsWhoMoves(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		base := head(1, ", prune: true, maxMoves: 10") + "accounts: [{name: hub, email: hub@acme.example, ou: Labs}]\n"
		r.Apply(base + reader("Labs", ""))
		settle(r)
		body := strings.Replace(base, "hub@acme.example, ou: Labs", "hub@acme.example, ou: Other", 1) +
			"roles: [{name: Gate, trust: {accounts: [\"${{ account:hub.id }}\"]}}]\n" +
			strings.Replace(reader("Other", ""), "accounts: [\"999988887777\"]", "principals: [\"${{ role:Gate.arn }}\"]", 1)
		for range 2 {
			apply(r, body)
		}
		r.Settled(body)
		r.Equal("accounts with the role", holders(r), []string{"hub", "o1"})
	})
}

// TestStackSetHandedLeavesAnEmptyUnit moves everybody out of a unit of a role that is
// handed over: the unit is held while they are in it, and goes when it is empty.
func TestStackSetHandedLeavesAnEmptyUnit(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(2, "") + reader("Labs, Other", ", handoff: true"))
		settle(r)
		before := roleIDs(r, everybody...)
		body := joined(", prune: true") + reader("Labs", ", handoff: true")
		if lines := kindtest.Lines(r.Plan(body)); !slices.ContainsFunc(lines, func(s string) bool {
			return strings.HasPrefix(s, "!- "+set+"@ou/Other") && strings.Contains(s, "handed to a vendor")
		}) {
			t.Errorf("plan %q, want the unit to be held", lines)
		}
		for range 2 {
			apply(r, body)
		}
		r.Settled(body)
		r.Equal("ids of the roles", roleIDs(r, everybody...), before)
	})
}

// TestDanger20AParkedAccountKeepsTheRole: an account beyond the ids of its pool
// is parked in the unit that stays, with the same apply that lets its own unit
// go: it keeps the role that it has.
func TestDanger20AParkedAccountKeepsTheRole(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		park := func(body string) string {
			return strings.Replace(body, "{name: o, ou: Other,", "{name: o, ou: Other, surplus: {action: park, ou: Labs},", 1)
		}
		r.Apply(park(head(2, ", prune: true")) + reader("Labs, Other", ""))
		settle(r)
		before := roleIDs(r, "l1", "l2", "o2")
		fewer := strings.Replace(park(head(2, ", prune: true, maxMoves: 10")), "{prefix: o, from: 1, count: 2}", "{prefix: o, from: 1, count: 1}", 1)
		body := fewer + reader("Labs", "")
		p := r.Plan(body)
		r.Want(p, "~ account/o2@acme.example ou: ou/Other -> ou/Labs", "- "+set+"@ou/Other")
		const waits = "1 account keeps the role and moves to ou/Labs first; the unit goes with the next plan"
		if c := p.Plan.Changes[len(p.Plan.Changes)-1]; c.Waiting != waits {
			t.Errorf("%s waits for %q, want %q", c.Ref, c.Waiting, waits)
		}
		apply(r, body)
		apply(r, body)
		r.Settled(body)
		r.Equal("accounts with the role", holders(r), []string{"l1", "l2", "o2"})
		r.Equal("ids of the roles", roleIDs(r, "l1", "l2", "o2"), before)
	})
}
