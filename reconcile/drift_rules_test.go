package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// start applies the first commit as an operator.
func (k *keeper) start() {
	k.Helper()
	if _, err := k.TryApply(k.plan(first, true)); err != nil {
		k.Fatal(err)
	}
	k.CatchUp()
}

// What a commit asks for is done while drift of other objects is held, and so
// is what it asks for of an object that drifted.
func TestDriftIsToldFromWhatACommitWants(t *testing.T) {
	lags(t, func(t *testing.T, r *kindtest.Rig) {
		const accounts = "accounts: [{name: s, email: s@acme.example, ou: Labs}]\n"
		one := guarded3am("[A, B]", accounts)
		edited := strings.Replace(one, kindtest.Deny("s3:*"), kindtest.Deny("sqs:*"), 1)
		k := keep(r, map[string]string{first: one, second: edited,
			third: guarded3am("[A, B]", strings.Replace(accounts, "]", ", {name: t, email: t@acme.example, ou: Labs}]", 1))})
		k.start()
		units, ids := k.UnitIDs(k.Root()), k.PolicyIDs(types.PolicyTypeServiceControlPolicy)
		change := func(name string) {
			t.Helper()
			kindtest.Must[*organizations.UpdatePolicyOutput](r)(k.Org().UpdatePolicy(t.Context(),
				&organizations.UpdatePolicyInput{PolicyId: aws.String(ids[name]), Content: aws.String(kindtest.Allow)}))
		}
		change("A")
		change("B")
		k.Move(*k.Accounts()["s@acme.example"].Id, units["Labs"], units["Other"])
		k.CatchUp()
		document := func(name, action string) string {
			return "~ policy/" + name + " document: " + kindtest.Granted("*") + " -> " + strings.Replace(kindtest.Granted(action), "Allow", "Deny", 1)
		}
		moved := behind("~ account/s@acme.example ou: ou/Other -> ou/Labs")
		k.pass(first, false, moved, behind(document("A", "s3:*")), behind(document("B", "ec2:*")))
		k.pass(second, false, moved, document("A", "sqs:*"), behind(document("B", "ec2:*")))

		// Who comes into a unit whose guard was taken away waits outside.
		k.Detach(ids["A"], units["Labs"])
		k.CatchUp()
		k.pass(third, false, moved, "!+ account/t@acme.example (blocked: needs policy/B, which is blocked)",
			behind("+ attachment/A@ou/Labs"), "~ policy/A document: "+strings.Replace(kindtest.Granted("sqs:*"), "Allow", "Deny", 1)+
				" -> "+strings.Replace(kindtest.Granted("s3:*"), "Allow", "Deny", 1), behind(document("B", "ec2:*")))
	})
}

// What somebody added is not taken away, and what a commit lets go is.
func TestDriftIsNotDeleted(t *testing.T) {
	lags(t, func(t *testing.T, r *kindtest.Rig) {
		const prune = "safety: {prune: true}\n"
		one := guarded3am("[A, B]", prune)
		two := strings.Replace(one, ", {name: Other}", "", 1)
		k := keep(r, map[string]string{first: one, second: two})
		k.start()
		root := k.Root()
		labs := k.UnitIDs(root)["Labs"]
		ids := k.PolicyIDs(types.PolicyTypeServiceControlPolicy)
		k.Unit(root, "Added", kindtest.Tags("reconciler:payer", "acme", "reconciler:name", "Added")...)
		k.Attach(ids["C"], labs)
		k.CatchUp()
		added := []string{behind("- attachment/C@ou/Labs"), behind("- ou/Added")}
		k.pass(first, false, added...)
		k.pass(second, false, append(added, "- ou/Other")...)
		k.pass(second, false, added...)

		// Prune that was switched on since is a wish of its own.
		k.branch[second], k.branch[third] = strings.Replace(two, prune, "", 1), two
		k.pass(third, false, behind("- attachment/C@ou/Labs"), "- ou/Added")
	})
}

// A policy that a commit lets go takes with it what others attached it to; one
// that somebody made with our mark stays with what it is attached to.
func TestDriftOfWhatGoesWithAPolicy(t *testing.T) {
	lags(t, func(t *testing.T, r *kindtest.Rig) {
		one := guarded3am("[A, B]", "safety: {prune: true, maxRemovals: 9}\n")
		k := keep(r, map[string]string{first: one,
			second: strings.Replace(one, "  - {name: C, document: "+kindtest.Deny("rds:*")+"}\n", "", 1)})
		k.start()
		other := k.UnitIDs(k.Root())["Other"]
		k.Attach(k.PolicyIDs(types.PolicyTypeServiceControlPolicy)["C"], other)
		k.Attach(k.Policy(types.PolicyTypeServiceControlPolicy, "added", kindtest.Deny("x:y"),
			kindtest.Tags("reconciler:payer", "acme", "reconciler:name", "added")...), other)
		k.CatchUp()
		added := []string{behind("- attachment/added@ou/Other"), behind("- policy/added")}
		k.pass(first, false, append([]string{behind("- attachment/C@ou/Other")}, added...)...)
		k.pass(second, false, "- attachment/C@ou/Other", added[0], "- policy/C", added[1])
		k.pass(second, false, added...)

		// Who names a policy says that it is nowhere but where the file has it.
		k.branch[third] = strings.Replace(k.branch[second], "ous:", "  - {name: added, document: "+kindtest.Deny("x:y")+"}\nous:", 1)
		k.pass(third, false, "- attachment/added@ou/Other")
	})
}

// Where nobody knows what was applied last, all that differs waits for an
// operator, but for accounts that are not there yet.
func TestDriftOfAnUnknownCommit(t *testing.T) {
	lags(t, func(t *testing.T, r *kindtest.Rig) {
		one := guarded3am("[A, B]", "")
		k := keep(r, map[string]string{first: one,
			second: guarded3am("[A, C]", "accounts: [{name: new, email: new@acme.example, ou: Other}]\n")})

		// A first apply is held by nothing.
		p := k.plan(first, false)
		k.Equal("first, drift", []any{p.First, p.Drifted()}, []any{true, 0})
		if _, err := k.TryApply(p); err != nil {
			t.Fatal(err)
		}
		k.CatchUp()
		k.Equal("applied", k.applied(), first)

		waits := []string{"+ account/new@acme.example", unknown("- attachment/B@ou/Labs"), unknown("+ attachment/C@ou/Labs")}
		k.Untag(k.Root(), "reconciler:applied")
		k.pass(second, false, waits...)
		k.Tag(k.Root(), kindtest.Tags("reconciler:applied", strings.Repeat("9", 40))...)
		k.pass(second, false, waits[1:]...)
		k.Equal("applied, after a pass that held something", k.applied(), strings.Repeat("9", 40))
		k.pass(second, true, "- attachment/B@ou/Labs", "+ attachment/C@ou/Labs")
		k.Equal("applied, by the operator", k.applied(), second)
		k.pass(second, false)
	})
}

// A history that cannot be read is an error of the pass, and no unknown commit.
func TestDriftOfAHistoryThatCannotBeRead(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		k := keep(r, map[string]string{first: guarded3am("[A]", ""), second: guarded3am("[A, B]", "")})
		k.start()
		o := k.Options()
		o.CommitExact = true
		o.Before = func(context.Context, string) (*spec.Payer, error) { return nil, errors.New("disk on fire") }
		k.Run.Commit = second
		_, err := reconcile.Plan(t.Context(), k.Payer(k.branch[second]), o)
		k.Refused(err, "11111111", "disk on fire")
	})
}

// TestWhatIsNoted: the tag moves where a wish changed since, from a commit that is
// what was read, and names what the apply left to be changed.
func TestWhatIsNoted(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		one := guarded3am("[A]", "")
		k := keep(r, map[string]string{first: one, second: "# a comment\n" + one, third: guarded3am("[A, B]", "")})
		k.start()
		before := k.Writes()
		k.pass(second, false)
		k.Equal("applied, where nothing else is wanted", []any{k.applied(), k.Writes()}, []any{first, before})

		k.Fail("AttachPolicy")
		if _, err := k.TryApply(k.plan(third, false)); err == nil {
			t.Error("no error")
		}
		k.Equal("applied, after a failure", k.applied(), third)
		k.Equal("what failed is open", k.TagsOf(k.Root())["reconciler:open"] != "", true)
		k.Sim.ClearFaults()

		o := k.Options()
		p, err := reconcile.Plan(t.Context(), k.Payer(k.branch[third]), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.TryApply(p); err != nil {
			t.Fatal(err)
		}
		k.Equal("open, from files that are not committed", k.TagsOf(k.Root())["reconciler:open"] != "", true)
		k.pass(third, false)
		k.Equal("applied, with nothing to do but that", k.applied(), third)
		k.Equal("open", k.TagsOf(k.Root())["reconciler:open"], "")

		// A blocked line is open for as long as it is, and does not leave the daemon without a footing.
		k.Policy(types.PolicyTypeServiceControlPolicy, "theirs", kindtest.Deny("x:y"))
		k.branch[second] = strings.Replace(one, "ous:", "  - {name: theirs, document: "+kindtest.Deny("z:z")+"}\nous:", 1)
		blocked := k.plan(second, false)
		if _, err := k.TryApply(blocked); err != nil || k.applied() != second || k.TagsOf(k.Root())["reconciler:open"] == "" {
			t.Errorf("applied %s, %v", k.applied(), err)
		}
		if _, err := k.TryApply(k.plan(second, true)); err != nil || k.applied() != second {
			t.Errorf("applied by the operator %s, %v", k.applied(), err)
		}
	})
}

// TestDanger21BesideALineThatStaysBlocked: what a commit changed and applied is
// drift when somebody changes it at 3 am, also where another line of that commit
// stays blocked; and that line acts as soon as it can.
func TestDanger21BesideALineThatStaysBlocked(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		one := guarded3am("[A]", "")
		theirs := func(adopt string) string {
			return strings.Replace(guarded3am("[A, B]", ""), "ous:", "  - {name: theirs, "+adopt+"document: "+kindtest.Deny("z:z")+"}\nous:", 1)
		}
		k := keep(r, map[string]string{first: one, second: theirs(""), third: theirs("adopt: true, ")})
		k.start()
		id := k.Policy(types.PolicyTypeServiceControlPolicy, "theirs", kindtest.Deny("x:y"))
		if _, err := k.TryApply(k.plan(second, false)); err != nil {
			t.Fatal(err)
		}
		k.Equal("applied", k.applied(), second)
		labs := k.UnitIDs(k.Root())["Labs"]
		k.Detach(k.PolicyIDs(types.PolicyTypeServiceControlPolicy)["B"], labs)
		for range 2 {
			if _, err := k.TryApply(k.plan(second, false)); err != nil {
				t.Fatal(err)
			}
			if got := k.Attached(labs, types.PolicyTypeServiceControlPolicy); slices.Contains(got, "B") {
				t.Errorf("put back: %v", got)
			}
		}
		if _, err := k.TryApply(k.plan(third, false)); err != nil {
			t.Fatal(err)
		}
		d := kindtest.Must[*organizations.DescribePolicyOutput](r)(r.Org().DescribePolicy(t.Context(), &organizations.DescribePolicyInput{PolicyId: &id}))
		if got := *d.Policy.Content; !strings.Contains(got, "z:z") {
			t.Errorf("the line that was blocked did not act: %s", got)
		}
		if got := k.Attached(labs, types.PolicyTypeServiceControlPolicy); slices.Contains(got, "B") {
			t.Errorf("put back with the line that was blocked: %v", got)
		}
	})
}
