package awssim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/payer-reconciler/reconciler/awssim"
)

// stackTemplate makes a role that the payer may assume.
func stackTemplate(role, description string) string {
	return fmt.Sprintf(`{"Resources":{"Role":{"Type":"AWS::IAM::Role","Properties":{"RoleName":%q,"Description":%q,"AssumeRolePolicyDocument":`+
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}}}}}`, role, description)
}

// stacks is a rig with an organization, two units with an account each, one
// account in the root, and stack sets let in.
type stacks struct {
	*rig
	cfn            *cloudformation.Client
	root, one, two string
	a, b, outside  string
}

func newStacks(t *testing.T, o awssim.Options) *stacks {
	t.Helper()
	r := newRig(t, o)
	s := &stacks{rig: r, cfn: cloudformation.NewFromConfig(r.cfg), root: r.start()}
	s.one, s.two = r.unit(s.root, "One"), r.unit(s.root, "Two")
	s.a, s.b, s.outside = r.create("a"), r.create("b"), r.create("c")
	for id, unit := range map[string]string{s.a: s.one, s.b: s.two} {
		if err := r.move(id, s.root, unit); err != nil {
			t.Fatal(err)
		}
	}
	must[*cloudformation.ActivateOrganizationsAccessOutput](t)(s.cfn.ActivateOrganizationsAccess(s.ctx, &cloudformation.ActivateOrganizationsAccessInput{}))
	return s
}

func setInput(name string) *cloudformation.CreateStackSetInput {
	return &cloudformation.CreateStackSetInput{
		StackSetName: &name, TemplateBody: aws.String(stackTemplate("Reader", "one")), PermissionModel: types.PermissionModelsServiceManaged,
		AutoDeployment: &types.AutoDeployment{Enabled: aws.Bool(true), RetainStacksOnAccountRemoval: aws.Bool(false)},
		Capabilities:   []types.Capability{types.CapabilityCapabilityNamedIam}, Description: aws.String("d"),
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}, CallAs: types.CallAsSelf,
	}
}

func (s *stacks) set(name string) {
	s.Helper()
	must[*cloudformation.CreateStackSetOutput](s.TB)(s.cfn.CreateStackSet(s.ctx, setInput(name)))
}

func (s *stacks) deploy(name string, units ...string) (string, error) {
	out, err := s.cfn.CreateStackInstances(s.ctx, &cloudformation.CreateStackInstancesInput{StackSetName: &name, Regions: []string{"us-east-1"},
		DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: units}})
	if err != nil {
		return "", err
	}
	return *out.OperationId, nil
}

func (s *stacks) undeploy(name string, retain bool, units ...string) (string, error) {
	out, err := s.cfn.DeleteStackInstances(s.ctx, &cloudformation.DeleteStackInstancesInput{StackSetName: &name, Regions: []string{"us-east-1"},
		RetainStacks: &retain, DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: units}})
	if err != nil {
		return "", err
	}
	return *out.OperationId, nil
}

// operation reads one, which on a fast clock also ends it.
func (s *stacks) operation(name, id string) *types.StackSetOperation {
	s.Helper()
	return must[*cloudformation.DescribeStackSetOperationOutput](s.TB)(s.cfn.DescribeStackSetOperation(s.ctx,
		&cloudformation.DescribeStackSetOperationInput{StackSetName: &name, OperationId: &id})).StackSetOperation
}

// instances are account=status of a set, sorted.
func (s *stacks) instances(name string) string {
	s.Helper()
	out := must[*cloudformation.ListStackInstancesOutput](s.TB)(s.cfn.ListStackInstances(s.ctx, &cloudformation.ListStackInstancesInput{StackSetName: &name}))
	var all []string
	for _, i := range out.Summaries {
		all = append(all, s.label(*i.Account)+"="+string(i.Status)+"/"+string(i.StackInstanceStatus.DetailedStatus))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func (s *stacks) label(id string) string {
	return map[string]string{s.a: "a", s.b: "b", s.outside: "c"}[id]
}

// lets tells whether the role of an account can be assumed.
func (s *stacks) lets(id, role string) bool {
	_, err := s.sts.AssumeRole(s.ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + id + ":role/" + role), RoleSessionName: aws.String("test")})
	return err == nil
}

func TestStackSet(t *testing.T) {
	s := newStacks(t, awssim.Options{})
	out := must[*cloudformation.ValidateTemplateOutput](t)(s.cfn.ValidateTemplate(s.ctx, &cloudformation.ValidateTemplateInput{TemplateBody: setInput("x").TemplateBody}))
	if len(out.Capabilities) != 1 || out.Capabilities[0] != types.CapabilityCapabilityNamedIam {
		t.Errorf("capabilities %v", out.Capabilities)
	}
	s.set("roles")
	id := must[string](t)(s.deploy("roles", s.one))
	if st := s.operation("roles", id); st.Status != types.StackSetOperationStatusSucceeded || st.EndTimestamp == nil || st.DeploymentTargets.OrganizationalUnitIds[0] != s.one {
		t.Errorf("operation %+v", st)
	}
	if got := s.instances("roles"); got != "a=CURRENT/SUCCEEDED" {
		t.Errorf("instances %s", got)
	}
	if !s.lets(s.a, "Reader") || s.lets(s.b, "Reader") {
		t.Error("the role is not just in the account of the unit")
	}
	d := must[*cloudformation.DescribeStackSetOutput](t)(s.cfn.DescribeStackSet(s.ctx, &cloudformation.DescribeStackSetInput{StackSetName: aws.String("roles")})).StackSet
	if !slices.Equal(d.OrganizationalUnitIds, []string{s.one}) || !slices.Equal(d.Regions, []string{"us-east-1"}) || *d.Tags[0].Value != "v" ||
		!*d.AutoDeployment.Enabled || *d.TemplateBody != stackTemplate("Reader", "one") || d.Status != types.StackSetStatusActive {
		t.Errorf("stack set %+v", d)
	}
	sets := must[*cloudformation.ListStackSetsOutput](t)(s.cfn.ListStackSets(s.ctx, &cloudformation.ListStackSetsInput{Status: types.StackSetStatusActive}))
	if len(sets.Summaries) != 1 || *sets.Summaries[0].StackSetName != "roles" {
		t.Errorf("stack sets %+v", sets.Summaries)
	}
	one := must[*cloudformation.DescribeStackInstanceOutput](t)(s.cfn.DescribeStackInstance(s.ctx, &cloudformation.DescribeStackInstanceInput{
		StackSetName: aws.String("roles"), StackInstanceAccount: &s.a, StackInstanceRegion: aws.String("us-east-1")})).StackInstance
	if one.Status != types.StackInstanceStatusCurrent || *one.OrganizationalUnitId != s.one || !strings.HasPrefix(*one.StackId, "arn:aws:cloudformation:us-east-1:"+s.a) {
		t.Errorf("instance %+v", one)
	}
	up := must[*cloudformation.UpdateStackInstancesOutput](t)(s.cfn.UpdateStackInstances(s.ctx, &cloudformation.UpdateStackInstancesInput{
		StackSetName: aws.String("roles"), Regions: []string{"us-east-1"}, DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{s.one}}}))
	s.operation("roles", *up.OperationId)
	_, err := s.cfn.DeleteStackSet(s.ctx, &cloudformation.DeleteStackSetInput{StackSetName: aws.String("roles")})
	if code(err) != "StackSetNotEmptyException" {
		t.Errorf("delete a set with instances: %v", err)
	}
	id = must[string](t)(s.undeploy("roles", false, s.one))
	s.operation("roles", id)
	ops := must[*cloudformation.ListStackSetOperationsOutput](t)(s.cfn.ListStackSetOperations(s.ctx, &cloudformation.ListStackSetOperationsInput{StackSetName: aws.String("roles")}))
	if len(ops.Summaries) != 3 || ops.Summaries[0].Action != types.StackSetOperationActionDelete {
		t.Errorf("operations %+v", ops.Summaries)
	}
	if s.lets(s.a, "Reader") || s.instances("roles") != "" {
		t.Error("the role or its instance is still there")
	}
	must[*cloudformation.DeleteStackSetOutput](t)(s.cfn.DeleteStackSet(s.ctx, &cloudformation.DeleteStackSetInput{StackSetName: aws.String("roles")}))
	if _, err := s.cfn.DescribeStackSet(s.ctx, &cloudformation.DescribeStackSetInput{StackSetName: aws.String("roles")}); code(err) != "StackSetNotFoundException" {
		t.Errorf("a deleted set: %v", err)
	}
}

// TestStackSetUpdate changes the template: what every instance has follows.
func TestStackSetUpdate(t *testing.T) {
	s := newStacks(t, awssim.Options{StackTime: 30 * time.Second})
	s.set("roles")
	must[string](t)(s.deploy("roles", s.root))
	s.sim.Advance(time.Minute)
	if got := s.instances("roles"); got != "a=CURRENT/SUCCEEDED b=CURRENT/SUCCEEDED c=CURRENT/SUCCEEDED" {
		t.Errorf("instances under the root: %s", got)
	}
	out := must[*cloudformation.UpdateStackSetOutput](t)(s.cfn.UpdateStackSet(s.ctx, &cloudformation.UpdateStackSetInput{StackSetName: aws.String("roles"),
		TemplateBody: aws.String(stackTemplate("Reader", "two")), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		OperationPreferences: &types.StackSetOperationPreferences{FailureToleranceCount: aws.Int32(1), MaxConcurrentPercentage: aws.Int32(50), ConcurrencyMode: types.ConcurrencyModeSoftFailureTolerance}}))
	if got := s.instances("roles"); !strings.HasPrefix(got, "a=OUTDATED") {
		t.Errorf("instances of a changed set: %s", got)
	}
	if st := s.operation("roles", *out.OperationId); st.Status != types.StackSetOperationStatusRunning || st.EndTimestamp != nil || *st.OperationPreferences.FailureToleranceCount != 1 {
		t.Errorf("an operation that was just begun: %+v", st)
	}
	s.sim.Advance(time.Minute)
	if st := s.operation("roles", *out.OperationId); st.Status != types.StackSetOperationStatusSucceeded {
		t.Errorf("operation %+v", st)
	}
	if got := s.instances("roles"); strings.Contains(got, "OUTDATED") {
		t.Errorf("instances after the update: %s", got)
	}
}

// TestStackSetOneOperationAtATime asks for more while one runs.
func TestStackSetOneOperationAtATime(t *testing.T) {
	s := newStacks(t, awssim.Options{StackTime: 30 * time.Second})
	s.set("roles")
	id := must[string](t)(s.deploy("roles", s.one))
	name := aws.String("roles")
	for what, err := range map[string]error{
		"create": err2(s.deploy("roles", s.two)),
		"delete": err2(s.undeploy("roles", false, s.one)),
		"update": err2(s.cfn.UpdateStackSet(s.ctx, &cloudformation.UpdateStackSetInput{StackSetName: name, UsePreviousTemplate: aws.Bool(true),
			Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}})),
		"delete the set": err2(s.cfn.DeleteStackSet(s.ctx, &cloudformation.DeleteStackSetInput{StackSetName: name})),
	} {
		if code(err) != "OperationInProgressException" {
			t.Errorf("%s while %s runs: %v", what, id, err)
		}
	}
	// An account that comes meanwhile waits in the queue.
	if err := s.move(s.outside, s.root, s.one); err != nil {
		t.Fatal(err)
	}
	s.sim.Advance(31 * time.Second)
	if got := s.instances("roles"); got != "a=CURRENT/SUCCEEDED c=OUTDATED/PENDING" {
		t.Errorf("after the first operation: %s", got)
	}
	s.sim.Advance(31 * time.Second)
	if got := s.instances("roles"); got != "a=CURRENT/SUCCEEDED c=CURRENT/SUCCEEDED" {
		t.Errorf("after the queue: %s", got)
	}
}

// TestStackSetFollowsAccounts moves accounts in and out of the units of a set.
func TestStackSetFollowsAccounts(t *testing.T) {
	for _, retain := range []bool{false, true} {
		s := newStacks(t, awssim.Options{StackTime: 30 * time.Second})
		in := setInput("roles")
		in.AutoDeployment.RetainStacksOnAccountRemoval = &retain
		must[*cloudformation.CreateStackSetOutput](t)(s.cfn.CreateStackSet(s.ctx, in))
		must[string](t)(s.deploy("roles", s.one))
		s.sim.Advance(time.Minute)
		for _, step := range []struct{ id, from, to string }{{s.outside, s.root, s.one}, {s.a, s.one, s.two}} {
			if err := s.move(step.id, step.from, step.to); err != nil {
				t.Fatal(err)
			}
			s.sim.Advance(2 * time.Minute)
		}
		if got := s.instances("roles"); got != "c=CURRENT/SUCCEEDED" {
			t.Errorf("retain %v: %s", retain, got)
		}
		if !s.lets(s.outside, "Reader") || s.lets(s.a, "Reader") != retain {
			t.Errorf("retain %v: the role is in c: %v, still in a: %v", retain, s.lets(s.outside, "Reader"), s.lets(s.a, "Reader"))
		}
	}
}

// TestStackSetFailures deploys into accounts that have the role already, with and
// without tolerance.
func TestStackSetFailures(t *testing.T) {
	for tolerance, want := range map[int32]string{0: "FAILED", 1: "SUCCEEDED"} {
		s := newStacks(t, awssim.Options{})
		ids := []string{s.a, s.b, s.outside}
		slices.Sort(ids)
		first := slices.Index([]string{s.a, s.b, s.outside}, ids[0])
		foreign := []string{s.a, s.b, s.outside}[first]
		s.sim.AddRole(foreign, "Reader", "", "111122223333")
		s.set("roles")
		out := must[*cloudformation.CreateStackInstancesOutput](t)(s.cfn.CreateStackInstances(s.ctx, &cloudformation.CreateStackInstancesInput{
			StackSetName: aws.String("roles"), Regions: []string{"us-east-1"}, DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{s.root}},
			OperationPreferences: &types.StackSetOperationPreferences{FailureToleranceCount: &tolerance}}))
		st := s.operation("roles", *out.OperationId)
		if string(st.Status) != want || *st.StatusDetails.FailedStackInstancesCount != 1 {
			t.Errorf("tolerance %d: %s, %d failed", tolerance, st.Status, *st.StatusDetails.FailedStackInstancesCount)
		}
		res := must[*cloudformation.ListStackSetOperationResultsOutput](t)(s.cfn.ListStackSetOperationResults(s.ctx, &cloudformation.ListStackSetOperationResultsInput{
			StackSetName: aws.String("roles"), OperationId: out.OperationId,
			Filters: []types.OperationResultFilter{{Name: types.OperationResultFilterNameOperationResultStatus, Values: aws.String("FAILED")}}}))
		if len(res.Summaries) != 1 || *res.Summaries[0].Account != foreign || !strings.Contains(*res.Summaries[0].StatusReason, "Reader already exists") {
			t.Errorf("tolerance %d: results %+v", tolerance, res.Summaries)
		}
	}
}

// TestStackSetNeverInTheManagementAccount targets the root.
func TestStackSetNeverInTheManagementAccount(t *testing.T) {
	s := newStacks(t, awssim.Options{})
	s.set("roles")
	s.operation("roles", must[string](t)(s.deploy("roles", s.root)))
	if s.lets("111122223333", "Reader") || !s.lets(s.a, "Reader") {
		t.Error("the role is in the management account, or not in a member")
	}
	res := must[*cloudformation.ListStackInstancesOutput](t)(s.cfn.ListStackInstances(s.ctx, &cloudformation.ListStackInstancesInput{StackSetName: aws.String("roles"), StackInstanceAccount: aws.String("111122223333"),
		Filters: []types.StackInstanceFilter{{Name: types.StackInstanceFilterNameDetailedStatus, Values: aws.String("SUCCEEDED")}}}))
	if len(res.Summaries) != 0 {
		t.Errorf("instances %+v", res.Summaries)
	}
}

func TestStackSetRefusals(t *testing.T) {
	s := newStacks(t, awssim.Options{})
	s.set("roles")
	create := func(change func(*cloudformation.CreateStackSetInput)) error {
		in := setInput("other")
		change(in)
		return err2(s.cfn.CreateStackSet(s.ctx, in))
	}
	member := cloudformation.NewFromConfig(on(t, s.sim, s.a).cfg)
	for what, tt := range map[string]struct {
		err  error
		want string
	}{
		"a name that is there":     {create(func(in *cloudformation.CreateStackSetInput) { in.StackSetName = aws.String("roles") }), "NameAlreadyExistsException"},
		"a bad name":               {create(func(in *cloudformation.CreateStackSetInput) { in.StackSetName = aws.String("1_x") }), "ValidationError"},
		"no capability":            {create(func(in *cloudformation.CreateStackSetInput) { in.Capabilities = nil }), "InsufficientCapabilitiesException"},
		"too little capability":    {create(func(in *cloudformation.CreateStackSetInput) { in.Capabilities = []types.Capability{"CAPABILITY_IAM"} }), "InsufficientCapabilitiesException"},
		"no automatic setting":     {create(func(in *cloudformation.CreateStackSetInput) { in.AutoDeployment = nil }), "ValidationError"},
		"no template":              {create(func(in *cloudformation.CreateStackSetInput) { in.TemplateBody = aws.String(`{"Resources":{}}`) }), "ValidationError"},
		"a long template":          {create(func(in *cloudformation.CreateStackSetInput) { in.TemplateBody = aws.String(strings.Repeat(" ", 51201)) }), "ValidationError"},
		"a tag without a value":    {create(func(in *cloudformation.CreateStackSetInput) { in.Tags[0].Value = aws.String("") }), "ValidationError"},
		"from a member":            {err2(member.CreateStackSet(s.ctx, setInput("x"))), "ValidationError"},
		"accounts":                 {err2(s.cfn.CreateStackInstances(s.ctx, &cloudformation.CreateStackInstancesInput{StackSetName: aws.String("roles"), Regions: []string{"us-east-1"}, Accounts: []string{s.a}})), "ValidationError"},
		"a unit that is not":       {err2(s.deploy("roles", "ou-aaaa-bbbbbbbb")), "ValidationError"},
		"no unit":                  {err2(s.deploy("roles")), "ValidationError"},
		"51 units":                 {err2(s.deploy("roles", slices.Repeat([]string{s.one}, 51)...)), "ValidationError"},
		"a set that is not":        {err2(s.deploy("none", s.one)), "StackSetNotFoundException"},
		"access from a member":     {err2(member.DescribeOrganizationsAccess(s.ctx, &cloudformation.DescribeOrganizationsAccessInput{})), "InvalidOperationException"},
		"an operation that is not": {err2(s.cfn.DescribeStackSetOperation(s.ctx, &cloudformation.DescribeStackSetOperationInput{StackSetName: aws.String("roles"), OperationId: aws.String("x")})), "OperationNotFoundException"},
		"deactivate with sets":     {err2(s.cfn.DeactivateOrganizationsAccess(s.ctx, &cloudformation.DeactivateOrganizationsAccessInput{})), "InvalidOperationException"},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s: %q, want %s", what, got, tt.want)
		}
	}
}

// TestStackSetAccess needs CloudFormation's own activation: trusted access by
// Organizations alone is not enough.
func TestStackSetAccess(t *testing.T) {
	r := newRig(t, awssim.Options{})
	r.start()
	cfn := cloudformation.NewFromConfig(r.cfg)
	status := func() string {
		out := must[*cloudformation.DescribeOrganizationsAccessOutput](t)(cfn.DescribeOrganizationsAccess(r.ctx, &cloudformation.DescribeOrganizationsAccessInput{}))
		return string(out.Status)
	}
	must[*organizations.EnableAWSServiceAccessOutput](t)(r.org.EnableAWSServiceAccess(r.ctx,
		&organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String("member.org.stacksets.cloudformation.amazonaws.com")}))
	if _, err := cfn.CreateStackSet(r.ctx, setInput("x")); code(err) != "ValidationError" || status() != "DISABLED" {
		t.Errorf("trusted access alone: %v, %s", err, status())
	}
	must[*cloudformation.ActivateOrganizationsAccessOutput](t)(cfn.ActivateOrganizationsAccess(r.ctx, &cloudformation.ActivateOrganizationsAccessInput{}))
	if status() != "ENABLED" {
		t.Errorf("after activation: %s", status())
	}
	must[*cloudformation.DeactivateOrganizationsAccessOutput](t)(cfn.DeactivateOrganizationsAccess(r.ctx, &cloudformation.DeactivateOrganizationsAccessInput{}))
	if status() != "DISABLED" {
		t.Errorf("after deactivation: %s", status())
	}
}

// TestStackSetsAreSaved writes the state down while an operation runs.
func TestStackSetsAreSaved(t *testing.T) {
	o := awssim.Options{StackTime: 30 * time.Second}
	s := newStacks(t, o)
	s.set("roles")
	id := must[string](t)(s.deploy("roles", s.one))
	path := t.TempDir() + "/state.json"
	if err := s.sim.Save(path); err != nil {
		t.Fatal(err)
	}
	sim, err := awssim.Load(path, o)
	if err != nil {
		t.Fatal(err)
	}
	s.rig = on(t, sim, "111122223333")
	s.cfn = cloudformation.NewFromConfig(s.cfg)
	if st := s.operation("roles", id); st.Status != types.StackSetOperationStatusRunning {
		t.Errorf("operation %s", st.Status)
	}
	sim.Advance(time.Hour)
	if got := s.instances("roles"); got != "a=CURRENT/SUCCEEDED" || !s.lets(s.a, "Reader") {
		t.Errorf("instances %s", got)
	}
}
