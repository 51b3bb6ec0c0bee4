package group_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// attach attaches a policy of the payer's account to the group.
func attach(r *kindtest.Rig, policy string) {
	r.Helper()
	kindtest.Must[*iam.AttachGroupPolicyOutput](r)(r.IAM().AttachGroupPolicy(r.Context(), &iam.AttachGroupPolicyInput{
		GroupName: aws.String("G"), PolicyArn: aws.String(kindtest.PolicyARN(policy))}))
}

// TestAssumeAttachesNoForeignPolicy: somebody else's policy has the name that the
// managed one is to have. The group keeps what it may, and gets nothing of that.
func TestAssumeAttachesNoForeignPolicy(t *testing.T) {
	for _, attached := range []bool{false, true} {
		t.Run(fmt.Sprint("attached ", attached), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(pools(30, enter("pools: [x]")))
				before, _ := rights(r)
				r.IAMPolicy("G-assume-NR", kindtest.Grant("*"))
				if attached {
					attach(r, "G-assume-NR")
					before = append([]string{"G-assume-NR"}, before...)
				}
				p := r.Plan(pools(30, enter("pools: [x, y]")))
				held := map[string]int{}
				for _, c := range p.Plan.Changes {
					if c.Blocked != "" {
						held[string(c.Op)+" "+c.Ref.String()]++
					}
					if c.Ref.Kind == "group" && c.Blocked != "needs iam-policy/G-assume-NR, which is blocked" {
						t.Errorf("%s is blocked: %q", c.Ref, c.Blocked)
					}
				}
				r.Equal("blocked", held, map[string]int{"adopt iam-policy/G-assume-NR": 1, "update group/G": 1})
				if _, err := r.TryApply(p); err != nil {
					t.Fatal(err)
				}
				if names, arns := rights(r); !slices.Equal(names, before) || arns != 30 {
					t.Errorf("the group has %v for %d roles", names, arns)
				}
			})
		})
	}
}

// TestAssumeAttachesNoForeignPolicyLater: the same, and no account is there yet.
func TestAssumeAttachesNoForeignPolicyLater(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply("organization: {create: true}\nous: [{name: Labs}]\n")
		r.IAMPolicy("G-assume-NR", kindtest.Grant("*"))
		body := pools(30, "users: [{name: m}]\ngroups: [{name: G, members: [m], assume: [{role: NR, in: {pools: [x, y]}}]}]\n")
		p := r.Plan(body)
		r.Equal("plan", ops(p), map[string]int{"create user": 1, "create group": 1, "create group blocked": 1, "adopt iam-policy blocked": 1})
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		if names, _ := rights(r); len(names) > 0 || len(r.GetGroup("G").Users) != 1 {
			t.Errorf("the group has %v and members %v", names, r.GetGroup("G").Users)
		}
	})
}

// TestAssumeKeepsItsOwnUntilTheManagedPolicyIsDone: a policy of ours that is left
// from before does not get the accounts that the inline ones let into.
func TestAssumeKeepsItsOwnUntilTheManagedPolicyIsDone(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pools(30, enter("pools: [x, y]")))
		r.Apply(pools(30, enter("pools: [x]"))) // without prune the policy is left
		r.Apply(pools(35, enter("pools: [x]")))
		before, arns := rights(r)
		r.Equal("roles before", arns, 35)
		body := pools(35, enter("pools: [x, y]"))
		p := r.Plan(body)
		r.Sim.Inject(awssim.Fault{Operation: "CreatePolicyVersion", Kind: awssim.Deny})
		a, err := r.TryApply(p)
		r.Refused(err, "iam-policy/G-assume-NR")
		r.Equal("outcomes", []int{a.Result.Count(executor.Failed), a.Result.Count(executor.Skipped)}, []int{1, 1})
		if names, arns := rights(r); !slices.Equal(names, before) || arns != 35 {
			t.Errorf("the group has %v for %d roles", names, arns)
		}
		r.Sim.ClearFaults()
		r.Apply(body)
		r.Settled(body)
		if names, arns := rights(r); strings.Join(names, " ") != "G-assume-NR" || arns != 70 {
			t.Errorf("the group has %v for %d roles", names, arns)
		}
	})
}
