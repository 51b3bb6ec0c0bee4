package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/payer-reconciler/reconciler/awssim"
)

// child is a unit below the first one, with the account outside in it.
func (s *stacks) child(t *testing.T) string {
	t.Helper()
	id := s.unit(s.one, "child")
	if err := s.move(s.outside, s.root, id); err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *stacks) targets(t *testing.T, name string) []string {
	t.Helper()
	return must[*cloudformation.DescribeStackSetOutput](t)(s.cfn.DescribeStackSet(s.ctx, &cloudformation.DescribeStackSetInput{StackSetName: &name})).StackSet.OrganizationalUnitIds
}

func (s *stacks) drop(name string, targets *types.DeploymentTargets) (*cloudformation.DeleteStackInstancesOutput, error) {
	return s.cfn.DeleteStackInstances(s.ctx, &cloudformation.DeleteStackInstancesInput{StackSetName: &name, Regions: []string{"us-east-1"},
		RetainStacks: aws.Bool(false), DeploymentTargets: targets})
}

// TestStackSetUnitsInUnits deletes from a unit: the accounts of the units below
// lose the role too, those that another target holds among them.
func TestStackSetUnitsInUnits(t *testing.T) {
	s := newStacks(t, awssim.Options{})
	child := s.child(t)
	s.set("roles")
	s.operation("roles", must[string](t)(s.deploy("roles", s.one, child)))
	if got := s.instances("roles"); got != "a=CURRENT/SUCCEEDED c=CURRENT/SUCCEEDED" {
		t.Fatalf("instances %s", got)
	}
	s.operation("roles", must[string](t)(s.undeploy("roles", false, s.one)))
	if got := s.instances("roles"); got != "" || s.lets(s.outside, "Reader") {
		t.Errorf("instances %s after the unit above has gone", got)
	}
	if got := s.targets(t, "roles"); len(got) != 1 || got[0] != child {
		t.Errorf("targets %v, want %s", got, child)
	}
}

// TestStackSetAccountFilter works on some accounts of a unit. What it deploys to
// automatically stays whole units.
func TestStackSetAccountFilter(t *testing.T) {
	s := newStacks(t, awssim.Options{})
	s.child(t)
	s.set("roles")
	just := func(kind types.AccountFilterType, accounts ...string) *types.DeploymentTargets {
		return &types.DeploymentTargets{OrganizationalUnitIds: []string{s.one}, Accounts: accounts, AccountFilterType: kind}
	}
	create := func(to *types.DeploymentTargets) (*cloudformation.CreateStackInstancesOutput, error) {
		return s.cfn.CreateStackInstances(s.ctx, &cloudformation.CreateStackInstancesInput{StackSetName: aws.String("roles"), Regions: []string{"us-east-1"}, DeploymentTargets: to})
	}
	for what, to := range map[string]*types.DeploymentTargets{
		"union": just("UNION", s.a), "no filter": just("", s.a), "no accounts": just("INTERSECTION"), "a word": just("SOME", s.a), "no number": just("INTERSECTION", "x"),
	} {
		if _, err := create(to); code(err) != "ValidationError" {
			t.Errorf("create with %s: %v", what, err)
		}
	}
	s.operation("roles", *must[*cloudformation.CreateStackInstancesOutput](t)(create(just("INTERSECTION", s.a, s.b))).OperationId)
	if got := s.instances("roles"); got != "a=CURRENT/SUCCEEDED" {
		t.Errorf("instances of the intersection: %s", got)
	}
	s.operation("roles", *must[*cloudformation.CreateStackInstancesOutput](t)(create(just("DIFFERENCE", s.a))).OperationId)
	if got := s.instances("roles"); got != "a=CURRENT/SUCCEEDED c=CURRENT/SUCCEEDED" {
		t.Errorf("instances of the difference: %s", got)
	}
	s.operation("roles", *must[*cloudformation.DeleteStackInstancesOutput](t)(s.drop("roles", just("DIFFERENCE", s.outside))).OperationId)
	if got := s.instances("roles"); got != "c=CURRENT/SUCCEEDED" || s.lets(s.a, "Reader") || !s.lets(s.outside, "Reader") {
		t.Errorf("after a delete of the difference: %s", got)
	}
	if got := s.targets(t, "roles"); len(got) != 1 {
		t.Errorf("targets %v, want the unit still", got)
	}
	if err := s.move(s.b, s.two, s.one); err != nil {
		t.Fatal(err)
	}
	must[*cloudformation.ListStackSetOperationsOutput](t)(s.cfn.ListStackSetOperations(s.ctx, &cloudformation.ListStackSetOperationsInput{StackSetName: aws.String("roles")}))
	if !s.lets(s.b, "Reader") {
		t.Error("an account that came into the unit has no role: filters are not for automatic deployment")
	}
}

// TestStackSetUpdatesSome tries one failed account again, and leaves the others.
func TestStackSetUpdatesSome(t *testing.T) {
	s := newStacks(t, awssim.Options{})
	s.child(t)
	s.sim.AddRole(s.outside, "Reader", "", "111122223333")
	s.set("roles")
	out := must[*cloudformation.CreateStackInstancesOutput](t)(s.cfn.CreateStackInstances(s.ctx, &cloudformation.CreateStackInstancesInput{
		StackSetName: aws.String("roles"), Regions: []string{"us-east-1"}, DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{s.one}},
		OperationPreferences: &types.StackSetOperationPreferences{FailureToleranceCount: aws.Int32(1)}}))
	s.operation("roles", *out.OperationId)
	in := &cloudformation.UpdateStackSetInput{StackSetName: aws.String("roles"), UsePreviousTemplate: aws.Bool(true), Regions: []string{"us-east-1"},
		Capabilities:      []types.Capability{types.CapabilityCapabilityNamedIam},
		DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{s.one}, Accounts: []string{s.outside}, AccountFilterType: "INTERSECTION"}}
	op := must[*cloudformation.UpdateStackSetOutput](t)(s.cfn.UpdateStackSet(s.ctx, in)).OperationId
	if st := s.operation("roles", *op); st.Status != types.StackSetOperationStatusFailed {
		t.Errorf("operation %s", st.Status)
	}
	res := must[*cloudformation.ListStackSetOperationResultsOutput](t)(s.cfn.ListStackSetOperationResults(s.ctx,
		&cloudformation.ListStackSetOperationResultsInput{StackSetName: aws.String("roles"), OperationId: op}))
	if len(res.Summaries) != 1 || *res.Summaries[0].Account != s.outside {
		t.Errorf("results %+v", res.Summaries)
	}
	if got := s.instances("roles"); got != "a=CURRENT/SUCCEEDED c=OUTDATED/FAILED" {
		t.Errorf("instances %s", got)
	}
	in.DeploymentTargets = nil
	if _, err := s.cfn.UpdateStackSet(s.ctx, in); code(err) != "ValidationError" {
		t.Errorf("regions without targets: %v", err)
	}
}
