package attachment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const (
	scp  = types.PolicyTypeServiceControlPolicy
	head = "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n"
)

// declared declares policies p1 … pn that deny, and All that allows.
func declared(n int) string {
	var b strings.Builder
	b.WriteString("policies:\n  - {name: All, document: " + kindtest.Allow + "}\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "  - {name: p%d, document: %s}\n", i, kindtest.Deny(fmt.Sprintf("s3:Get%d*", i)))
	}
	return b.String()
}

// labs is a unit with policies.
func labs(more string, names ...string) string {
	return "ous: [{name: Labs, policies: [" + strings.Join(names, ", ") + "]" + more + "}]\n"
}

func names(from, to int) []string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, fmt.Sprintf("p%d", i))
	}
	return all
}

// watch fails the test when the unit is left for a moment without a policy
// that allows something, or with more than it has slots for.
func watch(r *kindtest.Rig, allow ...string) {
	look := func(int, map[string]any) {
		unit := r.UnitIDs(r.Root())["Labs"]
		got := r.Attached(unit, scp)
		if !slices.ContainsFunc(got, func(n string) bool { return slices.Contains(allow, n) }) {
			r.Errorf("for a moment nothing allows anything on the unit: %q", got)
		}
		if len(got) > 10 {
			r.Errorf("for a moment %d policies are on the unit", len(got))
		}
	}
	r.Edit("AttachPolicy", look)
	r.Edit("DetachPolicy", look)
}

// TestDanger1FullAWSAccessIsKept gives a node a list of policies that only deny.
func TestDanger1FullAWSAccessIsKept(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := head + declared(2) + "root: {policies: [p2]}\n" + labs("", "p1")
		r.Apply(body)
		r.Settled(body)
		unit := r.UnitIDs(r.Root())["Labs"]
		r.Equal("on Labs", r.Attached(unit, scp), []string{"FullAWSAccess", "p1"})
		r.Equal("on the root", r.Attached(r.Root(), scp), []string{"FullAWSAccess", "p2"})
		// Named in the list, it is the same.
		r.Settled(head + declared(2) + "root: {policies: [p2, FullAWSAccess]}\n" + labs("", "p1", "FullAWSAccess"))
		// Taken off behind our back, it comes back only where the file names it.
		r.Attach(r.PolicyIDs(scp)["All"], unit)
		r.Detach("p-FullAWSAccess", unit)
		r.Want(r.Apply(head+declared(2)+"root: {policies: [p2]}\n"+labs("", "p1", "All", "FullAWSAccess")), "+ attachment/FullAWSAccess@ou/Labs")
	})
}

func TestFullAWSAccessFalseOnAnExistingUnit(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head + declared(1) + labs("", "p1"))
		watch(r, "All", "FullAWSAccess")
		body := head + declared(1) + labs(", fullAWSAccess: false", "p1", "All")
		r.Want(r.Apply(body), "+ attachment/All@ou/Labs", "- attachment/FullAWSAccess@ou/Labs")
		r.Settled(body)
		r.Equal("on Labs", r.Attached(r.UnitIDs(r.Root())["Labs"], scp), []string{"All", "p1"})
		// And back.
		body = head + declared(1) + labs("", "p1", "FullAWSAccess")
		r.Want(r.Apply(body), "- attachment/All@ou/Labs", "+ attachment/FullAWSAccess@ou/Labs")
		r.Settled(body)
	})
}

// TestFullAWSAccessFalseOnANewUnit detaches what AWS attaches when the plan
// makes the unit.
func TestFullAWSAccessFalseOnANewUnit(t *testing.T) {
	for _, lag := range []int{0, 4} {
		t.Run(fmt.Sprint("lag ", lag), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(head)
				body := head + declared(1) + labs(", fullAWSAccess: false", "p1", "All")
				if lag == 0 {
					watch(r, "All", "FullAWSAccess")
				}
				r.Apply(body)
				r.Settled(body)
				r.CatchUp()
				r.Equal("on Labs", r.Attached(r.UnitIDs(r.Root())["Labs"], scp), []string{"All", "p1"})
			})
		})
	}
}

// TestDanger12FullSlots swaps policies on a unit whose ten slots are all taken.
func TestDanger12FullSlots(t *testing.T) {
	for name, tt := range map[string]struct {
		before, after string
		allow         []string
	}{
		"one for one":   {labs("", names(1, 9)...), labs("", names(2, 10)...), []string{"FullAWSAccess"}},
		"nine for nine": {labs("", names(1, 9)...), labs("", names(10, 18)...), []string{"FullAWSAccess"}},
		"the one that allows": {labs("", names(1, 9)...), labs(", fullAWSAccess: false", append(names(2, 9), "All")...),
			[]string{"FullAWSAccess", "All"}},
	} {
		t.Run(name, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(head + declared(18) + tt.before)
				watch(r, tt.allow...)
				body := head + declared(18) + tt.after + "safety: {maxRemovals: 20}\n"
				r.Apply(body)
				r.Settled(body)
			})
		})
	}
}

// TestDanger12LastAllowingSCPCannotGoFirst has no order that keeps the unit
// open: all ten slots are taken, and none of the nine that deny may go.
func TestDanger12LastAllowingSCPCannotGoFirst(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head + declared(9) + labs("", names(1, 9)...))
		before := r.Writes()
		p := r.Plan(head + declared(9) + labs(", fullAWSAccess: false", append(names(1, 9), "All")...))
		for _, l := range kindtest.Lines(p) {
			if l[0] != '!' || !strings.Contains(l, "slots") {
				t.Errorf("not blocked: %s", l)
			}
		}
		if _, err := r.TryApply(p); err != nil || r.Writes() != before {
			t.Errorf("apply: %v, %d writes", err, r.Writes()-before)
		}
	})
}

// TestDanger12KilledInTheMiddle takes up a swap that was cut between a detach
// and the attach behind it.
func TestDanger12KilledInTheMiddle(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head + declared(18) + labs("", names(1, 9)...))
		body := head + declared(18) + labs("", names(10, 18)...) + "safety: {maxRemovals: 20}\n"
		r.Sim.Inject(awssim.Fault{Operation: "AttachPolicy", Nth: 3, Count: 1, Kind: awssim.Deny})
		if _, err := r.TryApply(r.Plan(body)); err == nil {
			t.Fatal("the apply was not cut")
		}
		watch(r, "FullAWSAccess")
		r.Apply(body)
		r.Settled(body)
	})
}

// TestForeignPolicyTakesASlot counts what others attached.
func TestForeignPolicyTakesASlot(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head + declared(9) + labs("", names(1, 8)...))
		unit := r.UnitIDs(r.Root())["Labs"]
		r.Attach(r.Policy(scp, "Foreign", kindtest.Deny("iam:*")), unit)
		p := r.Plan(head + declared(9) + labs("", names(1, 9)...))
		r.Want(p, "!+ attachment/p9@ou/Labs (blocked: 10 of 10 slots are taken)")
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		if got := r.Attached(unit, scp); !slices.Contains(got, "Foreign") || len(got) != 10 {
			t.Errorf("on Labs: %q", got)
		}
	})
}

// TestDanger15GuardrailsStayUntilTheAccountsHaveLeft detaches from a unit and
// moves its account away in one plan.
func TestDanger15GuardrailsStayUntilTheAccountsHaveLeft(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		account := func(ou string) string { return "accounts: [{name: a, email: aws-a@acme.example, ou: " + ou + "}]\n" }
		units := func(policies string) string {
			return "ous: [{name: Labs, policies: [" + policies + "]}, {name: Safe, policies: [p2]}]\n"
		}
		r.Apply(head + declared(2) + units("p1") + account("Labs"))
		r.Sim.ResetCalls()
		r.Sim.Inject(awssim.Fault{Operation: "MoveAccount", Nth: 1, Count: 4, Kind: awssim.Throttle}) // the move is slow
		body := head + declared(2) + units("") + account("Safe") + "safety: {maxMoves: 1}\n"
		r.Want(r.Apply(body), "~ account/aws-a@acme.example ou: ou/Labs -> ou/Safe", "- attachment/p1@ou/Labs")
		order := r.Order("MoveAccount", "DetachPolicy")
		if len(order) != 6 || order[5] != "DetachPolicy" {
			t.Errorf("the order is %q, want the detach at the end", order)
		}
		r.Settled(body)
	})
}

// TestAttachToWhatIsNotSeenYet makes policies and units and attaches at once,
// while AWS does not see everywhere yet what was made.
func TestAttachToWhatIsNotSeenYet(t *testing.T) {
	for _, code := range []string{"PolicyNotFoundException", "TargetNotFoundException", "PolicyTypeNotEnabledException"} {
		t.Run(code, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Refuse("AttachPolicy", code, 3)
				body := head + declared(2) + "root: {policies: [p2]}\n" + labs("", "p1")
				r.Apply(body)
				r.Settled(body)
				// What stays so is an error.
				r.Refuse("AttachPolicy", code, 100)
				_, err := r.TryApply(r.Plan(head + declared(2) + "root: {policies: [p2]}\n" + labs("", "p1", "p2")))
				r.Refused(err, code)
			})
		})
	}
}

// TestDetachOfWhatAWSAttachesAMomentLater makes a unit without FullAWSAccess;
// AWS's own attachment comes after the unit.
func TestDetachOfWhatAWSAttachesAMomentLater(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head)
		r.Refuse("DetachPolicy", "PolicyNotAttachedException", 2)
		body := head + declared(0) + labs(", fullAWSAccess: false", "All")
		r.Apply(body)
		r.Equal("on Labs", r.Attached(r.UnitIDs(r.Root())["Labs"], scp), []string{"All"})
		r.Settled(body)
	})
}

// TestDetachOfWhatIsGoneIsDone finds an attachment gone that was there at the
// plan, and asks once.
func TestDetachOfWhatIsGoneIsDone(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head + declared(2) + labs("", "p1", "p2"))
		body := head + declared(2) + labs("", "p2")
		p := r.Plan(body)
		r.Detach(r.PolicyIDs(scp)["p1"], r.UnitIDs(r.Root())["Labs"])
		r.Sim.ResetCalls()
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.Equal("calls", r.Calls()["DetachPolicy"], 1)
		r.Settled(body)
	})
}

// TestDanger5EqualPolicyOfOthersStaysAttached has a policy equal to the file's
// on the root, where the file does not want it, and made by somebody else.
func TestDanger5EqualPolicyOfOthersStaysAttached(t *testing.T) {
	const stays = "!- attachment/p1@root (blocked: "
	for name, tt := range map[string]struct {
		mark  []string
		adopt string
		want  []string
	}{
		"another payer's":          {[]string{"reconciler:payer", "other"}, "", []string{stays + `the mark says that payer "other" owns policy/p1)`}},
		"another payer's, adopt":   {[]string{"reconciler:payer", "other"}, ", adopt: true", []string{stays + `the mark says that payer "other" owns policy/p1)`}},
		"nobody's":                 {nil, "", []string{stays + `policy/p1 is not ours; "adopt: true" on it takes it over)`}},
		"nobody's, adopt":          {nil, ", adopt: true", []string{"- attachment/p1@root"}},
		"ours, whoever hung it up": {[]string{"reconciler:payer", "acme", "reconciler:name", "p1"}, "", []string{"- attachment/p1@root"}},
	} {
		t.Run(name, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(head + "ous: [{name: Labs}]\n")
				doc := kindtest.Deny("s3:*")
				id := r.Policy(scp, "p1", doc, kindtest.Tags(tt.mark...)...)
				r.Attach(id, r.Root())
				r.Attach(id, r.UnitIDs(r.Root())["Labs"])
				policies := "policies: [{name: p1, document: " + doc + tt.adopt + "}, {name: p2, document: " + kindtest.Deny("ec2:*") + "}]\n"
				r.Sim.ResetCalls()
				p := r.Plan(head + policies + labs("", "p1"))
				r.Want(p, append(tt.want, "+ policy/p2")...)
				r.Equal("tags read", r.Calls()["ListTagsForResource"], 2) // the root's, and of the one that would be detached
				if _, err := r.TryApply(p); err != nil {
					t.Error(err)
				}
				want := []string{"FullAWSAccess"}
				if tt.want[0][0] == '!' {
					want = append(want, "p1")
				}
				r.Equal("on the root", r.Attached(r.Root(), scp), want)
			})
		})
	}
}

// TestDetachKnowsItsLine names the list that no longer has the policy, or the
// node where there is no list any more.
func TestDetachKnowsItsLine(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		const before = "root: {policies: [p1]}\nous:\n  - name: Labs\n    policies: [p1]\n  - name: More\n    policies: [p1, p2]\n"
		const after = "ous:\n  - name: Labs\n  - name: More\n    policies: [p2]\n"
		r.Apply(head + declared(2) + before)
		got := map[string]string{}
		for _, c := range r.Plan(head + declared(2) + after).Plan.Changes {
			got[c.Ref.String()] = c.Why()
		}
		r.Equal("why", got, map[string]string{
			"attachment/p1@root":    "payers/acme.yaml:1", // no section root: the payer
			"attachment/p1@ou/Labs": "payers/acme.yaml:11",
			"attachment/p1@ou/More": "payers/acme.yaml:13",
		})
	})
}
