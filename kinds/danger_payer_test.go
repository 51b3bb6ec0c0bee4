package kinds_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// makes are the operations that make something new each time that AWS takes them.
var makes = []string{"CreateRole", "CreatePolicy", "CreatePolicyVersion", "CreateUser", "CreateGroup", "CreateBucket", "PutReportDefinition",
	"RequestServiceQuotaIncrease", "CreateStackSet", "CreateStackInstances"}

// taken counts the makes that AWS took, or that were lost on the way to it.
func taken(r *kindtest.Rig) map[string]int {
	n := map[string]int{}
	for _, c := range r.Sim.Calls() {
		if c.Code == "" && slices.Contains(makes, c.Operation) {
			n[c.Operation]++
		}
	}
	return n
}

// TestDanger17LostAnswersOfEverything loses each answer of what makes something,
// the call itself, or hears of a failure: over all passes AWS makes what an
// undisturbed apply makes, and nothing twice.
func TestDanger17LostAnswersOfEverything(t *testing.T) {
	var whole map[string]int
	earlier := strings.Replace(wholePayer("30"), "s3:*", "sqs:*", 1)
	kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
		r.Await(earlier)
		r.Await(wholePayer("30"))
		whole = taken(r)
	})
	for _, operation := range makes {
		if whole[operation] == 0 {
			t.Fatalf("an apply never asks %s: %v", operation, whole)
		}
		for _, fault := range []awssim.FaultKind{awssim.Drop, awssim.DropAnswer, awssim.ServerError} {
			for _, lag := range []int{0, 12} {
				t.Run(fmt.Sprint(operation, "/", fault, "/lag ", lag), func(t *testing.T) {
					kindtest.Run(t, awssim.Options{Quota: 10, LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
						r.Sim.Inject(awssim.Fault{Operation: operation, Nth: 1, Kind: fault})
						for range 2 {
							if _, err := r.TryApply(r.Plan(earlier)); err != nil && fault == awssim.DropAnswer && lag == 0 {
								t.Error(err)
							}
							r.CatchUp()
						}
						r.Await(earlier)
						r.Await(wholePayer("30"))
						r.Settled(wholePayer("30"))
						got := taken(r)
						if fault == awssim.Drop {
							got[operation]-- // the one that AWS never got
						}
						r.Equal("made", got, whole)
					})
				})
			}
		}
	}
}

// TestDanger4MadeByOthersSinceThePlan finds the names taken at apply: nothing of
// theirs is changed, and nothing goes into it.
func TestDanger4MadeByOthersSinceThePlan(t *testing.T) {
	for kind, c := range map[string]cycle{"user": iamCycles["user"], "role": iamCycles["role"], "iam-policy": iamCycles["iam-policy"],
		"bucket": payerCycles["bucket"], "billing-report": payerCycles["billing-report"], "member-role": memberCycles["member-role"], "stack-set": memberCycles["stack-set"]} {
		for owner, others := range map[string]func(*kindtest.Rig){"nobody": c.twin, "another payer": c.other} {
			t.Run(kind+"/"+owner, func(t *testing.T) {
				kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
					start(r, c)
					p := r.Plan(c.made)
					others(r)
					before := r.Writes()
					_, done := r.Sim.Writes()
					a, err := r.TryApply(p)
					if err == nil {
						t.Errorf("the apply found nothing wrong: %v", a.Result.Outcomes)
					}
					if _, now := r.Sim.Writes(); now != done || r.Writes()-before > 1 {
						t.Errorf("%d writes, %d done; want at most the one that AWS refuses: %v", r.Writes()-before, now-done, err)
					}
					wanted := c.withTwin
					if owner == "another payer" {
						wanted = c.withOther
					}
					want(t, "the next plan", r.Plan(c.made), wanted)
				})
			})
		}
	}
}

// TestDanger18StackSetsOnlyAddAccess lets CloudFormation into the organization
// for a stack set, and leaves all else that is let in, also when the set goes.
func TestDanger18StackSetsOnlyAddAccess(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(setBase)
		for _, principal := range []string{"sso.amazonaws.com", "ram.amazonaws.com"} {
			kindtest.Must[*organizations.EnableAWSServiceAccessOutput](r)(r.Org().EnableAWSServiceAccess(t.Context(),
				&organizations.EnableAWSServiceAccessInput{ServicePrincipal: &principal}))
		}
		services := func(when string) {
			t.Helper()
			got := r.Services()
			slices.Sort(got)
			r.Equal(when, got, []string{"member.org.stacksets.cloudformation.amazonaws.com", "ram.amazonaws.com", "sso.amazonaws.com"})
		}
		r.Apply(setBase + setRole("s3:*"))
		services("with a stack set")
		r.Apply(setBase + prune)
		r.Equal("stack sets", len(stackSets(r)), 0)
		services("without it")
	})
}

// TestDanger15MembersGetRolesBelowTheirGuardrails makes unit, policy, account and
// role in one apply: nothing is put into an account that stands above its policies.
func TestDanger15MembersGetRolesBelowTheirGuardrails(t *testing.T) {
	body := strings.Replace(memberBase, "create: true", "create: true, policyTypes: [SERVICE_CONTROL_POLICY]", 1)
	body = strings.Replace(body, "{name: Labs}", "{name: Labs, policies: [NoEC2]}", 1) + "policies: [{name: NoEC2, document: " + noEC2 + "}]\n"
	set := strings.Replace(setRole("s3:*"), "memberRoles:\n", "", 1)
	body = strings.Replace(body, "memberRoles:\n", "memberRoles:\n"+set, 1)
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(body)
		r.Settled(body)
		// The stack set finds no account in the unit, or one that is below the policy.
		r.Equal("order", r.Order("AttachPolicy", "CreateAccount", "MoveAccount", "CreateRole"), []string{"AttachPolicy", "CreateAccount", "MoveAccount", "CreateRole"})
	})
}

// TestDanger24OneNameOfManyKinds has a user, a role, a group, a policy, a stack
// set and a report of one name: each is its own, and one that goes leaves the rest.
func TestDanger24OneNameOfManyKinds(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		base := bucketOf("one", "") + "ous: [{name: one}]\nbillingReports: [{name: one, bucket: one}]\niamPolicies: [{name: one, document: " + kindtest.Grant("s3:*") + "}]\n"
		body := base + "users: [{name: one}]\nroles: [{name: one, trust: {services: [ec2.amazonaws.com]}}]\ngroups: [{name: one, members: [one], managedPolicies: [one]}]\n"
		want(t, "plan", r.Apply(body), []string{"+ billing-report/one", "+ bucket/one", "+ bucket-policy/one", "+ group/one", "+ iam-policy/one", "+ organization", "+ ou/one", "+ role/one", "+ user/one"})
		r.Settled(body)
		less := base + "users: [{name: one}]\ngroups: [{name: one, members: [one], managedPolicies: [one]}]\n" + prune
		want(t, "plan without the role", r.Apply(less), []string{"- role/one"})
		r.Settled(less)
		if r.GetUser("one") == nil || r.GetGroup("one") == nil || r.GetIAMPolicy("one") == nil || r.GetRole("one") != nil {
			t.Error("something else than the role is gone")
		}
	})
}

// TestDanger16RefusedQuotaIsNotAskedForAgain runs pass after pass for a day.
func TestDanger16RefusedQuotaIsNotAskedForAgain(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 10, QuotaDenied: true}, func(t *testing.T, r *kindtest.Rig) {
		changed := time.Now()
		r.Run.Changed = func() time.Time { return changed }
		body := organizationOnly + "quotas: {accounts: 30}\n"
		time.Sleep(time.Minute) // on the test's own clock
		for range 24 {
			if _, err := r.TryApply(r.Plan(body)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
		}
		r.Equal("requests", r.QuotaRequests(), []string{"30 DENIED"})
		r.Equal("asked", taken(r), map[string]int{"RequestServiceQuotaIncrease": 1})
	})
}
