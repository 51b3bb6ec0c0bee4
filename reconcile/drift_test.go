package reconcile_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// The commits of the tests; a pass names the first eight digits.
const (
	first  = "1111111111111111111111111111111111111111"
	second = "2222222222222222222222222222222222222222"
	third  = "3333333333333333333333333333333333333333"
)

// behind is the line of a change that is drift.
func behind(line string) string {
	return "!" + line + " (blocked: drift, reported only: changed behind our back; reconciler apply puts it back)"
}

// unknown is the line of a change that may be drift.
func unknown(line string) string {
	return "!" + line + " (blocked: drift, reported only: which commit was applied last is not known, so nobody can tell a change behind our back " +
		"from one that the file asks for; an operator's reconciler apply is needed once)"
}

// keeper is a daemon that keeps one payer equal to its branch. It keeps nothing
// from pass to pass: every pass may be that of a fresh process.
type keeper struct {
	*kindtest.Rig
	branch map[string]string // the payer file by commit
	asked  []string          // the commits that were asked for
}

func keep(r *kindtest.Rig, branch map[string]string) *keeper { return &keeper{Rig: r, branch: branch} }

// plan plans a commit; an operator heals.
func (k *keeper) plan(commit string, operator bool) *reconcile.Planned {
	k.Helper()
	o := k.Options()
	o.CommitExact, o.Heal = true, operator
	o.Before = func(_ context.Context, was string) (*spec.Payer, error) {
		k.asked = append(k.asked, was)
		body, ok := k.branch[was]
		if !ok {
			return nil, fmt.Errorf("commit %s: %w", was, reconcile.ErrNoCommit)
		}
		return k.Payer(body), nil
	}
	k.Run.Commit = commit
	p, err := reconcile.Plan(k.Context(), k.Payer(k.branch[commit]), o)
	if err != nil {
		k.Fatalf("plan %s: %v", commit, err)
	}
	return p
}

// pass plans a commit, compares the lines, and applies it.
func (k *keeper) pass(commit string, operator bool, lines ...string) *reconcile.Planned {
	k.Helper()
	p := k.plan(commit, operator)
	k.Want(p, lines...)
	if _, err := k.TryApply(p); err != nil {
		k.Fatalf("apply %s: %v", commit, err)
	}
	k.CatchUp()
	return p
}

func (k *keeper) applied() string {
	k.Helper()
	return k.TagsOf(k.Root())["reconciler:applied"]
}

// guarded3am is a payer with three policies, some of them on Labs; more is what else it has.
func guarded3am(list, more string) string {
	return organization + "drift: report\npolicies:\n" +
		"  - {name: A, document: " + kindtest.Deny("s3:*") + "}\n" +
		"  - {name: B, document: " + kindtest.Deny("ec2:*") + "}\n" +
		"  - {name: C, document: " + kindtest.Deny("rds:*") + "}\n" +
		"ous: [{name: Labs, policies: " + list + "}, {name: Other}]\n" + more
}

// lags runs a test with lists that show a write at once, and with lists that lag.
func lags(t *testing.T, f func(t *testing.T, r *kindtest.Rig)) {
	for _, lag := range []int{0, 4} {
		t.Run(fmt.Sprint("lag ", lag), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{LagReads: lag}, f)
		})
	}
}

// TestDanger21DetachedAt3amStaysDetached: an operator detaches a policy to end
// an outage. No pass of the daemon puts it back, until a person asks for it.
func TestDanger21DetachedAt3amStaysDetached(t *testing.T) {
	lags(t, func(t *testing.T, r *kindtest.Rig) {
		k := keep(r, map[string]string{
			first:  guarded3am("[A, B]", ""),
			second: guarded3am("[A, B]", "accounts: [{name: new, email: new@acme.example, ou: Other}]\n"),
			third:  guarded3am("[A, B, C]", "accounts: [{name: new, email: new@acme.example, ou: Other}]\n"),
		})
		if _, err := k.TryApply(k.plan(first, true)); err != nil {
			t.Fatal(err)
		}
		k.CatchUp()
		k.Equal("applied", k.applied(), first)
		k.pass(first, false) // nothing to do

		labs := k.UnitIDs(k.Root())["Labs"]
		k.Detach(k.PolicyIDs(types.PolicyTypeServiceControlPolicy)["A"], labs)
		k.CatchUp()
		detached := func(what string) {
			t.Helper()
			if got := k.Attached(labs, types.PolicyTypeServiceControlPolicy); slices.Contains(got, "A") {
				t.Errorf("%s: put back", what)
			}
		}
		held := behind("+ attachment/A@ou/Labs")
		p := k.pass(first, false, held)
		k.Equal("differences and drift", []int{p.Differences(), p.Drifted()}, []int{1, 1})
		detached("the next pass")
		k.pass(second, false, "+ account/new@acme.example", held)
		detached("a commit that changes something else")
		k.Equal("applied, while drift is held", k.applied(), second)
		k.pass(second, false, held)
		detached("the pass after that")

		// The list that the attachment stands in is edited: a person asks for it.
		k.pass(third, false, "+ attachment/A@ou/Labs", "+ attachment/C@ou/Labs")
		k.Equal("applied, once nothing is held", k.applied(), third)
		k.asked = nil
		k.pass(third, false)
		k.Equal("commits asked for in a pass over the commit that was applied", len(k.asked), 0)
	})
}

// An operator's apply puts it back, and so does the daemon where the file says
// heal, of the payer or of that policy.
func TestDanger21WhoHealsPutsItBack(t *testing.T) {
	lags(t, func(t *testing.T, r *kindtest.Rig) {
		policies := guarded3am("[A, B]", "")
		mixed := strings.Replace(policies, "name: A,", "name: A, drift: heal,", 1)
		onlyA := strings.Replace(strings.Replace(policies, "drift: report\n", "", 1), "name: A,", "name: A, drift: report,", 1)
		none := strings.Replace(policies, "drift: report\n", "", 1)
		k := keep(r, map[string]string{first: policies})
		if _, err := k.TryApply(k.plan(first, true)); err != nil {
			t.Fatal(err)
		}
		k.CatchUp()
		labs := k.UnitIDs(k.Root())["Labs"]
		ids := k.PolicyIDs(types.PolicyTypeServiceControlPolicy)
		detach := func() {
			t.Helper()
			for _, name := range k.Attached(labs, types.PolicyTypeServiceControlPolicy) {
				if name != spec.FullAWSAccess {
					k.Detach(ids[name], labs)
				}
			}
			k.CatchUp()
		}
		detach()
		k.pass(first, false, behind("+ attachment/A@ou/Labs"), behind("+ attachment/B@ou/Labs"))
		k.pass(first, true, "+ attachment/A@ou/Labs", "+ attachment/B@ou/Labs")
		k.pass(first, false)

		detach()
		k.branch[second] = mixed
		k.pass(second, false, "+ attachment/A@ou/Labs", behind("+ attachment/B@ou/Labs"))
		detach()
		k.branch[second] = onlyA
		k.pass(second, false, behind("+ attachment/A@ou/Labs"), "+ attachment/B@ou/Labs")
		detach()
		k.branch[second] = none
		before := k.applied()
		k.pass(second, false, "+ attachment/A@ou/Labs", "+ attachment/B@ou/Labs")
		k.Equal("applied, where no drift is only reported", k.applied(), before)
	})
}
