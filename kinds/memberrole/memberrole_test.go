package memberrole_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// pool is a file with n accounts in a unit, and what is added to it.
func pool(n int, more string) string {
	return fmt.Sprintf("organization: {create: true}\nsafety: {maxAccountCreates: 1000%s}\nous: [{name: Labs}, {name: Other}]\n"+
		"pools: [{name: s, ou: Labs, ids: {from: 1, count: %d}, csv: a.csv, account: {name: \"s${{ id }}\", email: \"s${{ id }}@acme.example\"}}]\n"+
		"accounts: [{name: other, email: other@acme.example, ou: Other}]\n", pruned(more), n) + strings.TrimPrefix(more, "prune")
}

func pruned(more string) string {
	if strings.HasPrefix(more, "prune") {
		return ", prune: true, maxRemovals: 100"
	}
	return ""
}

// reader is a role in the accounts of the pool.
func reader(fields string) string {
	return "memberRoles:\n" + named("Reader", fields)
}

func named(name, fields string) string {
	return "  - {name: " + name + ", in: {pools: [s]}, trust: {services: [ec2.amazonaws.com]}, inlinePolicies: {in: {document: " + kindtest.Grant("s3:*") + "}}" + fields + "}\n"
}

// at is IAM in the account of an address, as that account sees it.
func at(r *kindtest.Rig, email string) *iam.Client {
	r.Helper()
	return iam.NewFromConfig(r.ConfigOf(id(r, email)))
}

func id(r *kindtest.Rig, email string) string {
	r.Helper()
	return aws.ToString(r.Accounts()[email].Id)
}

// leave deletes the role by which an account is entered.
func leave(r *kindtest.Rig, email string) {
	r.Helper()
	name := aws.String("OrganizationAccountAccessRole")
	kindtest.Must[*iam.DetachRolePolicyOutput](r)(at(r, email).DetachRolePolicy(r.Context(), &iam.DetachRolePolicyInput{
		RoleName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}))
	kindtest.Must[*iam.DeleteRoleOutput](r)(at(r, email).DeleteRole(r.Context(), &iam.DeleteRoleInput{RoleName: name}))
}

// roles are the names of the roles of an account.
func roles(r *kindtest.Rig, email string) []string {
	r.Helper()
	var names []string
	for _, role := range kindtest.Must[*iam.ListRolesOutput](r)(at(r, email).ListRoles(r.Context(), &iam.ListRolesInput{})).Roles {
		names = append(names, *role.RoleName)
	}
	return names
}

// TestAMemberThatLetsNobodyInIsItsOwnLine shuts one of five: the others get what
// the file wants, and the pass ends well.
func TestAMemberThatLetsNobodyInIsItsOwnLine(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pool(5, ""))
		leave(r, "s3@acme.example")
		body := pool(5, reader("")+named("Writer", ""))
		p := r.Plan(body)
		blocked := ` (blocked: what is there is not known: cannot enter the account as role OrganizationAccountAccessRole: AccessDenied: User: ` +
			`arn:aws:iam::111122223333:user/sandbox is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::` +
			id(r, "s3@acme.example") + `:role/OrganizationAccountAccessRole)`
		var want []string
		for i := 1; i <= 5; i++ {
			for _, name := range []string{"Reader", "Writer"} {
				line := fmt.Sprintf("+ member-role/s%d@acme.example/%s", i, name)
				if i == 3 {
					line = "!" + line + blocked
				}
				want = append(want, line)
			}
		}
		r.Want(p, want...)
		if _, err := r.TryApply(p); err != nil {
			t.Errorf("apply: %v", err)
		}
		r.Want(r.Plan(body), "!+ member-role/s3@acme.example/Reader"+blocked, "!+ member-role/s3@acme.example/Writer"+blocked)
		r.Equal("roles of s2", roles(r, "s2@acme.example"), []string{"OrganizationAccountAccessRole", "Reader", "Writer"})
	})
}

// TestAMemberThatDeniesIsItsOwnFailure lets one member refuse a write.
func TestAMemberThatDeniesIsItsOwnFailure(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pool(5, ""))
		p := r.Plan(pool(5, reader("")))
		r.Sim.Inject(awssim.Fault{Operation: "CreateRole", Nth: 2, Kind: awssim.Deny})
		a, err := r.TryApply(p)
		r.Refused(err, "create member-role/s", "AccessDenied")
		n := map[executor.Outcome]int{}
		for _, o := range a.Result.Outcomes {
			n[o]++
		}
		if n[executor.Failed] != 1 || n[executor.Done] != 4 || a.Result.Ended != "" {
			t.Errorf("outcomes %v, ended %q", n, a.Result.Ended)
		}
	})
}

// TestClosedMembersAreLeftOut closes an account: it is not entered.
func TestClosedMembersAreLeftOut(t *testing.T) {
	kindtest.Run(t, awssim.Options{CloseTime: time.Hour}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pool(3, ""))
		r.Close(id(r, "s2@acme.example"))
		r.Sim.ResetCalls()
		lines := kindtest.Lines(r.Plan(pool(3, reader(""))))
		want := "!+ member-role/s2@acme.example/Reader (blocked: the account is PENDING_CLOSURE)"
		if !slices.Contains(lines, want) || slices.Contains(lines, "+ member-role/s2@acme.example/Reader") {
			t.Errorf("plan %q", lines)
		}
		r.Equal("members entered", r.Calls()["AssumeRole"], 2)
	})
}

// TestNewAccountsGetTheirRoles makes accounts and their roles in one apply, with
// roles that can be used only a while after they were made.
func TestNewAccountsGetTheirRoles(t *testing.T) {
	for _, settle := range []time.Duration{0, 60 * time.Millisecond} {
		t.Run(settle.String(), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{RoleSettle: settle}, func(t *testing.T, r *kindtest.Rig) {
				body := pool(7, reader(", description: d, maxSessionDuration: 2h, tags: {course: a}"))
				r.Apply(body)
				r.Settled(body)
				out := kindtest.Must[*iam.GetRoleOutput](r)(at(r, "s7@acme.example").GetRole(r.Context(), &iam.GetRoleInput{RoleName: aws.String("Reader")})).Role
				tags := map[string]string{}
				for _, tag := range out.Tags {
					tags[*tag.Key] = *tag.Value
				}
				r.Equal("tags", tags, map[string]string{"course": "a", "reconciler:payer": "acme", "reconciler:name": "s7@acme.example/Reader"})
				r.Equal("description and duration", fmt.Sprint(*out.Description, *out.MaxSessionDuration), "d7200")
			})
		})
	}
}

// TestANewRoleThatNeverLetsUsInFails makes accounts whose role is of no use.
func TestANewRoleThatNeverLetsUsInFails(t *testing.T) {
	kindtest.Run(t, awssim.Options{RoleSettle: time.Hour}, func(t *testing.T, r *kindtest.Rig) {
		_, err := r.TryApply(r.Plan(pool(1, reader(""))))
		r.Refused(err, "create member-role/s1@acme.example/Reader: enter account", "AccessDenied")
		if n := r.Calls()["AssumeRole"]; n != 16 { // and one of the read behind the apply
			t.Errorf("%d tries, want 16", n)
		}
	})
}

// TestOnlySelectedMembersAreEntered counts, by account, what a plan asks for.
func TestOnlySelectedMembersAreEntered(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		for _, tt := range []struct {
			fields string
			get    int // GetRole a member
		}{{"", 0}, {", description: d", 1}} {
			body := pool(30, reader(tt.fields))
			r.Apply(body)
			r.Sim.ResetCalls()
			r.Want(r.Plan(body))
			r.Equal("calls", r.Calls(), with(r.Calls(), map[string]int{
				"AssumeRole": 30, "GetAccountAuthorizationDetails": 30 + 4, "GetRole": 30 * tt.get}))
			calls := map[string]int{}
			for _, c := range r.Sim.Calls() {
				calls[c.Account]++
			}
			if n := calls[id(r, "other@acme.example")]; n != 0 {
				t.Errorf("%d calls in an account that nobody selects", n)
			}
			if n := calls[id(r, "s9@acme.example")]; n != 1+tt.get {
				t.Errorf("%d calls in a member, want %d", n, 1+tt.get)
			}
		}
	})
}

// with gives a map with some numbers in it; zero takes one out.
func with(m, numbers map[string]int) map[string]int {
	out := map[string]int{}
	for k, v := range m {
		out[k] = v
	}
	for k, v := range numbers {
		if out[k] = v; v == 0 {
			delete(out, k)
		}
	}
	return out
}

// TestAMemberIsEnteredOncePerPass plans, confirms and applies in one session.
func TestAMemberIsEnteredOncePerPass(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pool(4, reader("")))
		r.Sim.ResetCalls()
		r.Apply(pool(4, strings.Replace(reader(""), "s3:*", "ec2:*", 1)+named("Writer", "")))
		r.Equal("AssumeRole", r.Calls()["AssumeRole"], 4)
	})
}

// TestWhatLeavesTheFile lets a role leave the file, in a member that is entered
// for another one, and in one that is not.
func TestWhatLeavesTheFile(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		both := reader("") + named("Writer", "")
		r.Apply(pool(2, both))
		p := r.Plan(pool(2, reader("")))
		r.Want(p)
		r.Equal("left", kindtest.Left(p), []string{"member-role/s1@acme.example/Writer", "member-role/s2@acme.example/Writer"})
		r.Equal("unmanaged", kindtest.Unmanaged(p), []string{})
		r.Apply(pool(2, "prune"+reader("")))
		r.Equal("roles", roles(r, "s1@acme.example"), []string{"OrganizationAccountAccessRole", "Reader"})
		r.Settled(pool(2, "prune"+reader("")))
		// Nobody is entered any more, and so nothing is seen.
		r.Sim.ResetCalls()
		r.Want(r.Plan(pool(2, "prune")))
		r.Equal("members entered", r.Calls()["AssumeRole"], 0)
	})
}

// TestDanger20AMembersWayInStays marks the role by which we get in as one of
// ours that left the file: prune does not delete it.
func TestDanger20AMembersWayInStays(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pool(1, reader("")))
		name, mark, payer, key := "OrganizationAccountAccessRole", "x", "acme", "reconciler:payer"
		kindtest.Must[*iam.TagRoleOutput](r)(at(r, "s1@acme.example").TagRole(r.Context(), &iam.TagRoleInput{RoleName: &name,
			Tags: []types.Tag{{Key: &key, Value: &payer}, {Key: aws.String("reconciler:name"), Value: &mark}}}))
		p := r.Plan(pool(1, "prune"+reader("")))
		if lines := kindtest.Lines(p); slices.ContainsFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "!") }) {
			t.Errorf("plan %q", lines)
		}
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		r.Equal("roles", roles(r, "s1@acme.example"), []string{"OrganizationAccountAccessRole", "Reader"})
	})
}

// TestAStackSetsRoleIsTheStackSets enters members in which a stack set of ours has
// a role: it is no role that left the file, and is not taken over while that set is there.
func TestAStackSetsRoleIsTheStackSets(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		set := "  - {name: Writer, in: {ous: [Labs]}, deploy: stackset, trust: {services: [ec2.amazonaws.com]}}\n"
		body := pool(1, reader("")+set)
		r.Apply(body)
		time.Sleep(time.Second)
		p := r.Plan(body)
		r.Want(p)
		r.Equal("left", kindtest.Left(p), []string{})
		r.Want(r.Plan(pool(1, reader("")+named("Writer", ""))), "!~ member-role/s1@acme.example/Writer inline.in: none -> "+kindtest.Granted("s3:*")+
			" (blocked: the stack set reconciler-Writer has made it, and takes it away with itself: let that go first)")
	})
}

// TestForeignPoliciesStay puts a policy into the role from inside.
func TestForeignPoliciesStay(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := pool(1, reader(""))
		r.Apply(body)
		kindtest.Must[*iam.PutRolePolicyOutput](r)(at(r, "s1@acme.example").PutRolePolicy(r.Context(), &iam.PutRolePolicyInput{
			RoleName: aws.String("Reader"), PolicyName: aws.String("theirs"), PolicyDocument: aws.String(kindtest.Grant("ec2:*"))}))
		r.Settled(body)
		exact := pool(1, reader(", exclusive: true"))
		r.Want(r.Plan(exact), "~ member-role/s1@acme.example/Reader inline.theirs: "+kindtest.Granted("ec2:*")+" -> none")
		r.Apply(exact)
		r.Settled(exact)
	})
}

// TestManyClosedMembersDoNotEndThePass: more members than equal causes end a
// pass let nobody in, and what does not need them is done.
func TestManyClosedMembersDoNotEndThePass(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		const n = executor.DefaultMaxEqual + 5
		r.Sim.Inject(awssim.Fault{Operation: "AssumeRole", Kind: awssim.Deny})
		p := r.Plan(pool(n, "") + reader("") + "buckets: [{name: acme-behind-members}]\n")
		a, err := r.TryApply(p)
		r.Refused(err, "member-role/s1@acme.example/Reader", "AccessDenied")
		if a.Result.Ended != "" || a.Result.Count(executor.NotReached) > 0 || a.Result.Count(executor.Skipped) > 0 {
			t.Errorf("the pass ended %q, %d not reached, %d skipped", a.Result.Ended, a.Result.Count(executor.NotReached), a.Result.Count(executor.Skipped))
		}
		if got := a.Result.Count(executor.Failed); got != n {
			t.Errorf("%d failed, want %d", got, n)
		}
	})
}
