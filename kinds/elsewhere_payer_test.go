package kinds_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/snapshot"
)

// labsOf is a payer with one policy on one unit, and three accounts in it.
func labsOf(action, more string) string {
	return "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n" +
		"policies: [{name: Labs, document: " + kindtest.Deny(action) + "}]\nous: [{name: Labs, policies: [Labs]}]\n" +
		"pools: [{name: s, ou: Labs, ids: {from: 1, count: 3}, account: {name: \"s${{ id }}\", email: \"s${{ id }}@acme.example\"}}]\n" + more
}

// strangers puts accounts where the file does not look: one below a unit that
// the policy was attached to by hand, one below a unit of the file, and one
// with the policy on itself.
func strangers(r *kindtest.Rig) {
	root := r.Root()
	theirs := r.Unit(root, "Theirs")
	below := r.Unit(theirs, "Below")
	under := r.Unit(r.UnitIDs(root)["Labs"], "Under")
	r.Move(r.Account("a", "a@acme.example"), root, below)
	r.Move(r.Account("b", "b@acme.example"), root, under)
	alone := r.Account("c", "c@acme.example")
	labs := r.PolicyIDs(scp)["Labs"]
	r.Attach(labs, theirs)
	r.Attach(labs, alone)
}

// TestDanger11AnEditReachesWhereTheFileDoesNotLook edits an SCP that others have
// attached elsewhere, too: those are told and counted. AWS is asked once for the
// policy that is edited, and where none is, it is not.
func TestDanger11AnEditReachesWhereTheFileDoesNotLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		r.Apply(labsOf("ec2:RunInstances", ""))
		strangers(r)
		r.Snapshots = true
		for _, tt := range []struct {
			name, body string
			impacts    []string
			guards     []string
			elsewhere  string
			asked      int
		}{
			{"an edit", labsOf("ec2:*", "safety: {maxNewlyDenied: 5}\n"),
				[]string{`denied ec2:*: 6 in ["" "Labs" "Labs/Under" "Theirs/Below"] by [policy/Labs]`}, []string{"maxNewlyDenied 6 of 5"},
				"[{policy/Labs [Theirs] [account/c@acme.example] 2}]", 1},
			{"a new description", strings.Replace(labsOf("ec2:RunInstances", ""), "name: Labs, document", "name: Labs, description: new, document", 1), nil, nil, "[]", 0},
			{"worded otherwise", strings.Replace(labsOf("ec2:RunInstances", ""), `"ec2:RunInstances"`, `["EC2:runinstances"]`, 1), nil, nil, "[]", 0},
			{"another policy", strings.Replace(labsOf("ec2:RunInstances", ""), "policies: [{", "policies: [{name: New, document: "+kindtest.Deny("s3:*")+"}, {", 1), nil, nil, "[]", 0},
		} {
			r.Sim.ResetCalls()
			p := r.Plan(tt.body)
			if n := r.Calls()["ListTargetsForPolicy"]; n != tt.asked {
				t.Errorf("%s: asked %d times what a policy hangs on, want %d", tt.name, n, tt.asked)
			}
			if diff := cmp.Diff(tt.impacts, impacts(p)); diff != "" {
				t.Errorf("%s: impact (-want +got):\n%s", tt.name, diff)
			}
			if diff := cmp.Diff(tt.guards, guardsOf(p)); diff != "" {
				t.Errorf("%s: guards (-want +got):\n%s", tt.name, diff)
			}
			if got := fmt.Sprint(p.Elsewhere); got != tt.elsewhere {
				t.Errorf("%s: elsewhere %s, want %s", tt.name, got, tt.elsewhere)
			}
		}
	})
}

// TestDanger11AReadOfWhereAPolicyHangsThatFailsIsNoEmptyOne lets AWS refuse to
// say what an edited policy hangs on, and give it in pages with empty ones.
func TestDanger11AReadOfWhereAPolicyHangsThatFailsIsNoEmptyOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		r.Apply(labsOf("ec2:RunInstances", ""))
		strangers(r)
		for i := range 20 {
			r.Attach(r.PolicyIDs(scp)["Labs"], r.Account(fmt.Sprint("d", i), fmt.Sprintf("d%d@acme.example", i)))
		}
		body := labsOf("ec2:*", "")
		r.Sim.Inject(awssim.Fault{Operation: "ListTargetsForPolicy", Nth: 1, Count: 1, Kind: awssim.EmptyPage})
		if p := r.Plan(body); p.Impact == nil || p.Impact.NewlyDenied != 26 || r.Calls()["ListTargetsForPolicy"] < 3 {
			t.Errorf("impact %q, %d pages", impacts(p), r.Calls()["ListTargetsForPolicy"])
		}
		r.Sim.Inject(awssim.Fault{Operation: "ListTargetsForPolicy", Nth: 1, Count: 1, Kind: awssim.Deny})
		_, err := r.TryPlan(body)
		r.Refused(err, "policy/Labs", "AccessDenied")
		r.Answer("ListTargetsForPolicy", map[string]any{"Targets": []any{map[string]any{"TargetId": "ou-none-12345678", "Type": "ORGANIZATIONAL_UNIT"}}})
		if _, err = r.TryPlan(body); !reconcile.Unsettled(err) {
			t.Errorf("a unit that is not listed: %v", err)
		}
	})
}

// TestAnOldSnapshotDoesNotSayWhereAPolicyHangs takes the answer out of a snapshot.
func TestAnOldSnapshotDoesNotSayWhereAPolicyHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		body := labsOf("ec2:RunInstances", "")
		r.Apply(body)
		f, err := r.Snapshot(t.Context(), r.Payer(body))
		if err != nil {
			t.Fatal(err)
		}
		old := &snapshot.File{Header: f.Header}
		for _, a := range f.Answers {
			if a.Operation != "ListTargetsForPolicy" {
				old.Answers = append(old.Answers, a)
			}
		}
		if _, err := r.PlanFrom(t.Context(), old, r.Payer(body)); err != nil {
			t.Errorf("without an edit: %v", err)
		}
		var missing *snapshot.MissingError
		if _, err := r.PlanFrom(t.Context(), old, r.Payer(labsOf("ec2:*", ""))); !errors.As(err, &missing) || !strings.Contains(err.Error(), "take a new one") {
			t.Errorf("with an edit: %v", err)
		}
	})
}

// TestDanger11AccountsThatMoveToANewUnit moves live accounts into a unit that the
// same plan makes, with an SCP: they are told and counted, by what binds them now.
func TestDanger11AccountsThatMoveToANewUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		first := labsOf("ec2:RunInstances", "")
		r.Apply(first)
		second := strings.NewReplacer("policies: [{", "policies: [{name: Shut, document: "+kindtest.Deny("s3:*")+"}, {",
			"ous: [{", "ous: [{name: Quarantine, policies: [Shut, Labs]}, {", "ou: Labs", "ou: Quarantine").Replace(first)
		p := r.Plan(second + "safety: {maxNewlyDenied: 1, maxMoves: \"100%\"}\n")
		want := []string{`denied s3:* from ["Labs"]: 3 in ["Quarantine"] by [attachment/Shut@ou/Quarantine policy/Shut]`}
		if diff := cmp.Diff(want, impacts(p)); diff != "" {
			t.Errorf("impact (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"maxNewlyDenied 3 of 1"}, guardsOf(p)); diff != "" {
			t.Errorf("guards (-want +got):\n%s", diff)
		}
	})
}

// TestImpactOfAMoveBesideAnEdit moves an account between units of before while an
// SCP on the root is edited: what it leaves is what binds it before, and all that
// becomes of it is told. So it is of the move alone.
func TestImpactOfAMoveBesideAnEdit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		body := func(root, ou string) string {
			return "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n" +
				"policies:\n  - {name: Root, document: " + kindtest.Deny(root) + "}\n  - {name: Strict, document: " + kindtest.Deny("rds:*") + "}\n" +
				"root: {policies: [Root]}\nous: [{name: Free}, {name: Strict, policies: [Strict]}]\n" +
				"accounts: [{name: f, email: f@acme.example, ou: " + ou + "}, {name: s, email: s@acme.example, ou: Strict}]\nsafety: {maxMoves: 1}\n"
		}
		r.Apply(body("s3:PutObject", "Free"))
		want := []string{`denied rds:* from ["Free"]: 1 in ["Strict"] by []`}
		if diff := cmp.Diff(want, impacts(r.Plan(body("s3:PutObject", "Strict")))); diff != "" {
			t.Errorf("the move alone (-want +got):\n%s", diff)
		}
		want = []string{`denied rds:* s3:* from ["Free"]: 1 in ["Strict"] by [policy/Root]`, `denied s3:*: 1 in ["Strict"] by [policy/Root]`}
		if diff := cmp.Diff(want, impacts(r.Plan(body("s3:*", "Strict")))); diff != "" {
			t.Errorf("impact (-want +got):\n%s", diff)
		}
	})
}

// TestImpactOfMoves moves accounts to where everything is denied, into a unit that
// the plan makes, and out of the root and of a unit that no file names: each is
// told in a line. Accounts that the plan makes are not.
func TestImpactOfMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		r.Run.AllowSelf = true // to where all is denied
		body := func(accounts, more string) string {
			return "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n" +
				"policies:\n  - {name: Strict, document: " + kindtest.Deny("rds:*") + "}\n  - {name: Shut, document: " + kindtest.Deny("*") + "}\n" +
				"ous: [{name: Strict, policies: [Strict]}, {name: Shut, policies: [Shut]}" + more + "]\n" +
				"accounts: [" + accounts + "]\nsafety: {maxMoves: 3}\n"
		}
		a := func(ou string) string { return "{name: a, email: a@acme.example, ou: " + ou + "}" }
		b := func(ou string) string { return ", {name: b, email: b@acme.example, ou: " + ou + "}" }
		r.Apply(body(a("Strict"), ""))
		inRoot := r.Account("b", "b@acme.example")
		for _, tt := range []struct {
			name, body string
			want       []string
		}{
			{"to where all is denied", body(a("Shut")+b("Shut"), ""), []string{`denied * from ["" "Strict"]: 2 in ["Shut"] by []`}},
			{"into a new unit without policies", body(a("New")+b("New"), ", {name: New}"), []string{`allowed rds:* from ["Strict"]: 1 in ["New"] by []`}},
			{"out of the root", body(a("Strict")+b("Strict"), ""), []string{`denied rds:* from [""]: 1 in ["Strict"] by []`}},
			{"a new account", body(a("Strict")+", {name: c, email: c@acme.example, ou: Strict}", ""), nil},
		} {
			if diff := cmp.Diff(tt.want, impacts(r.Plan(tt.body))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
		r.Move(inRoot, r.Root(), r.Unit(r.Root(), "Theirs"))
		if diff := cmp.Diff([]string{`denied rds:* from ["Theirs"]: 1 in ["Strict"] by []`}, impacts(r.Plan(body(a("Strict")+b("Strict"), "")))); diff != "" {
			t.Errorf("out of a unit that no file names (-want +got):\n%s", diff)
		}
	})
}
