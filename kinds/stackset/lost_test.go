package stackset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// TestDanger17CallsOfAStackSetAreLost loses calls on their way to AWS, not only
// answers: a step that was never made is not reported as done.
func TestDanger17CallsOfAStackSetAreLost(t *testing.T) {
	for operation, change := range map[string][2]string{
		"UpdateStackSet":       {reader("Labs", ""), reader("Labs", ", description: new")},
		"CreateStackInstances": {reader("Labs", ""), reader("Labs, Other", "")},
		"DeleteStackInstances": {reader("Labs, Other", ""), reader("Labs", "")},
	} {
		for _, times := range []int{10, 1000} {
			t.Run(fmt.Sprint(operation, times), func(t *testing.T) {
				kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
					r.Apply(head(1, "") + change[0])
					settle(r)
					body := head(1, ", prune: true") + change[1]
					p := r.Plan(body)
					r.Sim.Inject(awssim.Fault{Operation: operation, Kind: awssim.Drop, Count: times})
					a, err := r.TryApply(p)
					if done := a.Result.Count(executor.Done); (done == 1) != (err == nil) {
						t.Errorf("%d calls lost: done %d, error %v", times, done, err)
					}
					open := len(kindtest.Lines(r.Plan(body))) > 0
					if open != (times == 1000) || open != (a.Result.Count(executor.Done) == 0) {
						t.Errorf("%d calls lost: outcomes %v, and something is left to do: %v", times, a.Result.Outcomes, open)
					}
				})
			})
		}
	}
}

// TestStackSetInPlaceOfDirect lets a stack set make what entering each account has
// made: both the failure and the plan after it say what to do.
func TestStackSetInPlaceOfDirect(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := head(1, "") + reader("Labs", "")
		r.Apply(strings.Replace(body, "deploy: stackset", "deploy: direct", 1))
		_, err := r.TryApply(r.Plan(body))
		r.Refused(err, "create "+set, "already exists", "absent: true, applied first")
		if lines := kindtest.Lines(r.Plan(body)); len(lines) != 1 || !strings.Contains(lines[0], "absent: true, applied first") {
			t.Errorf("plan %q", lines)
		}
	})
}

// TestStackSetSaysWhatIsInoperable cannot delete a stack, which CloudFormation then no
// longer updates: the apply says so instead of trying for ever.
func TestStackSetSaysWhatIsInoperable(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := head(1, "") + reader("Labs", "")
		r.Apply(body)
		settle(r)
		attach(r, "l1@acme.example")
		_, err := cfn(r).DeleteStackInstances(r.Context(), &cloudformation.DeleteStackInstancesInput{
			StackSetName: aws.String("reconciler-Reader"), Regions: []string{"us-east-1"}, RetainStacks: aws.Bool(false),
			DeploymentTargets: unitTargets(r.UnitIDs(r.Root())["Labs"])})
		if err != nil {
			t.Fatal(err)
		}
		settle(r)
		r.Sim.ResetCalls()
		_, err = r.TryApply(r.Plan(body))
		r.Refused(err, "update "+set, "are inoperable", "RetainStacks")
		if n := r.Calls()["UpdateStackSet"]; n != 0 {
			t.Errorf("%d updates of a stack that takes none", n)
		}
	})
}
