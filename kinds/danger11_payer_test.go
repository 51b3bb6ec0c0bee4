package kinds_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// impacts are what a plan newly denies and allows, a line each.
func impacts(p *reconcile.Planned) []string {
	if p.Impact == nil {
		return nil
	}
	var all []string
	for _, n := range p.Impact.Impacts {
		s := n.Effect + " " + strings.Join(n.Actions, " ")
		if n.Condition != "" {
			s += " where " + n.Condition
		}
		if len(n.From) > 0 {
			s += fmt.Sprintf(" from %q", n.From)
		}
		all = append(all, fmt.Sprintf("%s: %d in %q by %v", s, n.Accounts, n.OUs, n.By))
	}
	return all
}

func guardsOf(p *reconcile.Planned) []string {
	var all []string
	for _, g := range p.Plan.Guards {
		all = append(all, fmt.Sprintf("%s %d of %s", g.Name, g.Planned, g.Limit))
	}
	return all
}

// TestDanger11AnEditOnTheRootHitsEveryAccount edits an SCP that hangs on the
// root: the plan says what it denies and to how many, and is not applied.
func TestDanger11AnEditOnTheRootHitsEveryAccount(t *testing.T) {
	body := func(root, labs, more string) string {
		return "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n" +
			"policies:\n  - {name: Root, document: " + kindtest.Deny(root) + "}\n  - {name: Labs, document: " + kindtest.Deny(labs) + "}\n" +
			"root: {policies: [Root]}\nous: [{name: Labs, policies: [Labs]}, {name: Free}]\n" +
			"accounts: [{name: f, email: f@acme.example, ou: Free}]\n" +
			"pools: [{name: s, ou: Labs, ids: {from: 1, count: 3}, account: {name: \"s${{ id }}\", email: \"s${{ id }}@acme.example\"}}]\n" + more
	}
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		first := body("s3:PutObject", "ec2:RunInstances", "")
		// Accounts that the same plan makes lose nothing.
		p := r.Plan(first)
		if got := guardsOf(p); got != nil {
			t.Errorf("guards of the first plan: %q", got)
		}
		r.Apply(first)
		before := r.Writes()
		for _, tt := range []struct {
			name, body string
			impacts    []string
			guards     []string
		}{
			{"the root's", body("s3:*", "ec2:RunInstances", "safety: {maxNewlyDenied: 25%}\n"), []string{`denied s3:*: 4 in ["Free" "Labs"] by [policy/Root]`}, []string{"maxNewlyDenied 4 of 25%"}},
			{"the unit's", body("s3:PutObject", "ec2:*", "safety: {maxNewlyDenied: 25%}\n"), []string{`denied ec2:*: 3 in ["Labs"] by [policy/Labs]`}, []string{"maxNewlyDenied 3 of 25%"}},
			{"within a number", body("s3:PutObject", "ec2:*", "safety: {maxNewlyDenied: 3}\n"), []string{`denied ec2:*: 3 in ["Labs"] by [policy/Labs]`}, nil},
			{"let go", body("s3:PutObjectAcl", "ec2:RunInstances", "safety: {maxNewlyDenied: 4}\n"),
				[]string{`denied s3:PutObjectAcl: 4 in ["Free" "Labs"] by [policy/Root]`, `allowed s3:putobject: 4 in ["Free" "Labs"] by [policy/Root]`}, nil},
			{"worded otherwise", strings.Replace(first, `"s3:PutObject"`, `["s3:PutObject","S3:putobject"]`, 1), nil, nil},
			{"a move, which is told and not counted", strings.Replace(first, "ou: Free}]\npools", "ou: Labs}]\npools", 1) + "safety: {maxNewlyDenied: 0}\n",
				[]string{`denied ec2:runinstances from ["Free"]: 1 in ["Labs"] by []`}, nil},
			{"a move out of it", strings.Replace(first, "ou: Labs, ids", "ou: Free, ids", 1) + "safety: {maxMoves: 3}\n",
				[]string{`allowed ec2:runinstances from ["Labs"]: 3 in ["Free"] by []`}, nil},
		} {
			p := r.Plan(tt.body)
			if diff := cmp.Diff(tt.impacts, impacts(p)); diff != "" {
				t.Errorf("%s: impact (-want +got):\n%s", tt.name, diff)
			}
			if diff := cmp.Diff(tt.guards, guardsOf(p)); diff != "" {
				t.Errorf("%s: guards (-want +got):\n%s", tt.name, diff)
			}
			var guarded *reconcile.GuardError
			if _, err := r.TryApply(p); tt.guards != nil && !errors.As(err, &guarded) {
				t.Errorf("%s: apply: %v", tt.name, err)
			}
			if tt.guards != nil && r.Writes() != before {
				t.Errorf("%s: %d writes", tt.name, r.Writes()-before)
			}
			if tt.guards == nil {
				r.Apply(strings.TrimSuffix(first, "\n") + "\nsafety: {maxNewlyDenied: \"100%\", maxMoves: 4}\n")
				before = r.Writes()
			}
		}
	})
}

// TestImpactOfForeignPolicies plans where others have attached what nobody reads,
// and where an account stands in a unit that no file names.
func TestImpactOfForeignPolicies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		head := "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n"
		r.Apply(head + "accounts: [{name: a, email: a@acme.example}]\n")
		theirs := r.Unit(r.Root(), "Theirs")
		r.Attach(r.Policy(scp, "Foreign", kindtest.Deny("iam:*")), r.Root())
		for _, a := range r.Accounts() {
			if *a.Email == "a@acme.example" {
				r.Move(*a.Id, r.Root(), theirs)
			}
		}
		p := r.Plan(head + "policies: [{name: P, document: " + kindtest.Deny("s3:*") + "}]\nroot: {policies: [P]}\n")
		got := impacts(p)
		if !slices.Equal(got, []string{`denied s3:*: 1 in ["Theirs"] by [attachment/P@root policy/P]`}) {
			t.Errorf("impact %q", got)
		}
	})
}
