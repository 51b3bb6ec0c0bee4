package stackset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// nested has Labs with two units below it, and an account or more in each.
func nested(n int, safety string) string {
	return fmt.Sprintf("organization: {create: true}\nsafety: {maxAccountCreates: 1000%s}\nous: [{name: Labs, ous: [{name: A}, {name: B}]}]\npools:\n"+
		"  - {name: a, ou: Labs/A, ids: {prefix: a, from: 1, count: %d}, csv: a.csv, account: {name: \"${{ id }}\", email: \"${{ id }}@acme.example\"}}\n"+
		"  - {name: b, ou: Labs/B, ids: {prefix: b, from: 1, count: %d}, csv: b.csv, account: {name: \"${{ id }}\", email: \"${{ id }}@acme.example\"}}\n"+
		"  - {name: l, ou: Labs, ids: {prefix: l, from: 1, count: 1}, csv: l.csv, account: {name: \"${{ id }}\", email: \"${{ id }}@acme.example\"}}\n", safety, n, n)
}

// roleID tells one making of the role from another.
func roleID(r *kindtest.Rig, email string) string {
	r.Helper()
	out := kindtest.Must[*iam.GetRoleOutput](r)(at(r, email).GetRole(r.Context(), &iam.GetRoleInput{RoleName: aws.String("Reader")}))
	return aws.ToString(out.Role.RoleId)
}

// TestDanger20AStackSetWidens goes from a unit to the one above it: nobody who
// has the role loses it, not for a moment.
func TestDanger20AStackSetWidens(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(nested(2, ", prune: true") + reader("Labs/A", ""))
		settle(r)
		before := roleID(r, "a1@acme.example")
		wide := nested(2, ", prune: true") + reader("Labs", "")
		r.Want(r.Plan(wide), "~ "+set+" ous.Labs: none -> deployed")
		r.Apply(wide)
		r.Settled(wide)
		r.Equal("accounts with the role", holders(r), []string{"a1", "a2", "b1", "b2", "l1"})
		r.Equal("id of the role", roleID(r, "a1@acme.example"), before)
	})
}

// TestDanger20AStackSetNarrows goes from a unit to one below it: who keeps the
// role has the same one all along, and only the others count as removals. That
// CloudFormation goes on deploying to the unit above is told.
func TestDanger20AStackSetNarrows(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(nested(2, "") + reader("Labs", ""))
		settle(r)
		before := roleID(r, "a1@acme.example")
		narrow := nested(2, ", prune: true") + reader("Labs/A", "")
		p := r.Plan(narrow)
		r.Want(p, "~ "+set+" ous.Labs/A: none -> deployed", "- "+set+"@ou/Labs")
		if over := r.Plan(nested(2, ", prune: true, maxRemovals: 2") + reader("Labs/A", "")).Plan.Guards; len(over) != 1 || over[0].Planned != 3 {
			t.Errorf("guards %+v, want the three accounts that lose the role", over)
		}
		r.Apply(narrow)
		r.Equal("accounts with the role", holders(r), []string{"a1", "a2"})
		r.Equal("id of the role", roleID(r, "a1@acme.example"), before)
		lines := kindtest.Lines(r.Plan(narrow))
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "!- "+set+"@ou/Labs") || !strings.Contains(lines[0], "would take the role from ou/Labs/A too") {
			t.Errorf("plan after it: %q", lines)
		}
		// Who comes into the unit above gets it, and loses it with the next pass.
		more := strings.Replace(narrow, "{name: l, ou: Labs, ids: {prefix: l, from: 1, count: 1}", "{name: l, ou: Labs, ids: {prefix: l, from: 1, count: 2}", 1)
		for range 2 {
			if _, err := r.TryApply(r.Plan(more)); err != nil {
				t.Error(err)
			}
			settle(r)
		}
		r.Equal("accounts with the role", holders(r), []string{"a1", "a2"})
	})
}

// TestStackSetLetsAUnitGo deletes a unit that CloudFormation still names as a
// target, below the one that the file names: the set neither holds it nor, when
// it goes itself, stumbles over it.
func TestStackSetLetsAUnitGo(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		base := "organization: {create: true}\nsafety: {prune: true}\nous: [{name: Labs, ous: [{name: A}]}]\n"
		r.Apply(base + reader("Labs/A", ""))
		r.Apply(base + reader("Labs", ""))
		settle(r)
		less := strings.Replace(base, ", ous: [{name: A}]", "", 1)
		r.Want(r.Plan(less+reader("Labs", "")), "- ou/Labs/A")
		r.Apply(less + reader("Labs", ""))
		r.Settled(less + reader("Labs", ""))
		r.Apply(less)
		r.Settled(less)
		r.Equal("deletes of the set", r.Calls()["DeleteStackSet"], 1)
	})
}

// TestStackSetNarrowsWithAMove moves an account into the unit that stays, in the
// same apply: it keeps the role.
func TestStackSetNarrowsWithAMove(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(nested(2, "") + reader("Labs", ""))
		settle(r)
		r.Apply(strings.Replace(nested(2, ", prune: true"), "{name: l, ou: Labs,", "{name: l, ou: Labs/A,", 1) + reader("Labs/A", ""))
		r.Equal("accounts with the role", holders(r), []string{"a1", "a2", "l1"})
	})
}

// TestStackSetMissesAMember takes an instance away behind our back: the plan sees
// it, and the apply makes that one alone.
func TestStackSetMissesAMember(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := nested(2, "") + reader("Labs", "")
		r.Apply(body)
		settle(r)
		before := roleID(r, "a1@acme.example")
		gone := aws.ToString(r.Accounts()["b1@acme.example"].Id)
		kindtest.Must[*cloudformation.DeleteStackInstancesOutput](r)(cfn(r).DeleteStackInstances(r.Context(), &cloudformation.DeleteStackInstancesInput{
			StackSetName: aws.String("reconciler-Reader"), Regions: []string{"us-east-1"}, RetainStacks: aws.Bool(false),
			DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{r.UnitIDs(r.Root())["Labs"]}, Accounts: []string{gone}, AccountFilterType: "INTERSECTION"}}))
		settle(r)
		r.Equal("accounts with the role", holders(r), []string{"a1", "a2", "b2", "l1"})
		r.Sim.ResetCalls()
		p := r.Plan(body)
		r.Want(p, "~ "+set+" instances: 1 have no stack: "+gone+" -> current")
		r.Apply(body)
		r.Settled(body)
		r.Equal("accounts with the role", holders(r), []string{"a1", "a2", "b1", "b2", "l1"})
		r.Equal("id of the role of another", roleID(r, "a1@acme.example"), before)
		r.Equal("operations", []int{r.Calls()["CreateStackInstances"], r.Calls()["UpdateStackSet"]}, []int{1, 0})
	})
}

// TestStackSetTriesTheFailedAlone has a failure that is tolerated: a later apply
// tries that account again, and touches no other.
func TestStackSetTriesTheFailedAlone(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(5, ""))
		l1 := aws.ToString(r.Accounts()["l1@acme.example"].Id)
		r.Sim.AddRole(l1, "Reader", "", "111122223333")
		body := head(5, "") + reader("Labs", ", stackSet: {failureTolerance: \"40%\"}")
		r.Apply(body)
		for range 2 {
			r.Apply(body)
			ops := kindtest.Must[*cloudformation.ListStackSetOperationsOutput](r)(cfn(r).ListStackSetOperations(r.Context(),
				&cloudformation.ListStackSetOperationsInput{StackSetName: aws.String("reconciler-Reader")})).Summaries
			res := kindtest.Must[*cloudformation.ListStackSetOperationResultsOutput](r)(cfn(r).ListStackSetOperationResults(r.Context(),
				&cloudformation.ListStackSetOperationResultsInput{StackSetName: aws.String("reconciler-Reader"), OperationId: ops[0].OperationId})).Summaries
			if len(res) != 1 || aws.ToString(res[0].Account) != l1 || ops[0].Action != types.StackSetOperationActionUpdate {
				t.Errorf("an apply after a tolerated failure worked on %d accounts (%s)", len(res), ops[0].Action)
			}
		}
	})
}

// attach puts a policy into the role that its stack does not know, so that the
// stack cannot delete it.
func attach(r *kindtest.Rig, email string) {
	r.Helper()
	kindtest.Must[*iam.AttachRolePolicyOutput](r)(at(r, email).AttachRolePolicy(r.Context(), &iam.AttachRolePolicyInput{
		RoleName: aws.String("Reader"), PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}))
}

func unitTargets(id string) *types.DeploymentTargets {
	return &types.DeploymentTargets{OrganizationalUnitIds: []string{id}}
}
