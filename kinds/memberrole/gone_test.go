package memberrole_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/spec"
)

const absentReader = "memberRoles: [{name: Reader, absent: true, in: {pools: [s]}}]\n"

// TestAbsentTakesRolesAway deletes a role from the members that an entry selects,
// without prune. Each one counts as a removal.
func TestAbsentTakesRolesAway(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pool(7, reader("")))
		body := pool(7, absentReader)
		p := r.Plan(body)
		if lines := kindtest.Lines(p); len(lines) != 7 || lines[0] != "- member-role/s1@acme.example/Reader" {
			t.Fatalf("plan %q", lines)
		}
		if g := p.Plan.Guards; len(g) != 1 || g[0].Planned != 7 || g[0].Limit != "5" {
			t.Errorf("guards %+v, want seven removals of five", g)
		}
		body = strings.Replace(body, "maxAccountCreates: 1000", "maxAccountCreates: 1000, maxRemovals: 7", 1)
		r.Apply(body)
		r.Settled(body)
		r.Equal("roles", roles(r, "s1@acme.example"), []string{"OrganizationAccountAccessRole"})
	})
}

// TestAbsentTakesTheRoleWhateverItsCase calls a role by another letter case, as
// IAM does not tell the two apart; one of somebody else is told of, too.
func TestAbsentTakesTheRoleWhateverItsCase(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pool(2, reader("")))
		kindtest.Must[*iam.UntagRoleOutput](r)(at(r, "s2@acme.example").UntagRole(r.Context(), &iam.UntagRoleInput{
			RoleName: aws.String("Reader"), TagKeys: []string{"reconciler:payer", "reconciler:name"}}))
		body := pool(2, strings.Replace(absentReader, "name: Reader", "name: reADER", 1))
		p := r.Plan(body)
		r.Want(p, "- member-role/s1@acme.example/reADER",
			"!- member-role/s2@acme.example/reADER (blocked: it is not ours, and absent: true deletes what bears our mark alone)")
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.Equal("roles of s1", roles(r, "s1@acme.example"), []string{"OrganizationAccountAccessRole"})
		r.Equal("the role of somebody else", len(roles(r, "s2@acme.example")), 2)
		if lines := kindtest.Lines(r.Plan(body)); len(lines) != 1 {
			t.Errorf("then the plan is %q", lines)
		}
	})
}

// TestAbsentLeavesWhatIsNotOurs meets a role of somebody else, one that is handed
// to a vendor, and a member that lets nobody in: each is a line with its reason.
func TestAbsentLeavesWhatIsNotOurs(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := pool(3, reader(", handoff: true"))
		r.Apply(body)
		kindtest.Must[*iam.UntagRoleOutput](r)(at(r, "s1@acme.example").UntagRole(r.Context(), &iam.UntagRoleInput{
			RoleName: aws.String("Reader"), TagKeys: []string{"reconciler:payer", "reconciler:name", "reconciler:handoff"}}))
		leave(r, "s3@acme.example")
		gone := pool(3, absentReader)
		lines := kindtest.Lines(r.Plan(gone))
		for i, reason := range []string{"absent: true deletes what bears our mark alone", "--allow-self lifts this", "cannot enter the account"} {
			if len(lines) != 3 || !strings.HasPrefix(lines[i], "!- member-role/") || !strings.Contains(lines[i], reason) {
				t.Fatalf("plan %q, want %q", lines, reason)
			}
		}
		r.Run = spec.Run{AllowSelf: true}
		if _, err := r.TryApply(r.Plan(gone)); err != nil {
			t.Error(err)
		}
		r.Equal("the role of somebody else", len(roles(r, "s1@acme.example")), 2)
		r.Equal("the role that was handed over", len(roles(r, "s2@acme.example")), 1)
	})
}

// TestAbsentMakesWayForAStackSet goes from entering each account to a stack set.
func TestAbsentMakesWayForAStackSet(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pool(2, reader("")))
		r.Apply(pool(2, absentReader))
		body := pool(2, strings.Replace(reader(", deploy: stackset"), "pools: [s]", "ous: [Labs]", 1))
		r.Apply(body)
		r.Settled(body)
		// What the stack set has made is not for absent to take.
		lines := kindtest.Lines(r.Plan(pool(2, absentReader)))
		if len(lines) != 2 || !strings.Contains(lines[0], "the stack set reconciler-Reader has made it") {
			t.Errorf("plan %q", lines)
		}
	})
}
