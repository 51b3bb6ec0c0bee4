package awssim

import (
	"github.com/payer-reconciler/reconciler/awssim/world"
)

// cloudformation is what the simulator knows of CloudFormation: service-managed
// stack sets in the management account.
var cloudformation = map[string]operation{
	"ActivateOrganizationsAccess": {write: true, noConflict: true, run: func(w *world.World, c *call) (any, error) {
		return struct{}{}, w.ActivateOrganizationsAccess(c.who.Account)
	}},
	"DeactivateOrganizationsAccess": {write: true, noConflict: true, run: func(w *world.World, c *call) (any, error) {
		return struct{}{}, w.DeactivateOrganizationsAccess(c.who.Account)
	}},
	"DescribeOrganizationsAccess": {noConflict: true, run: func(w *world.World, c *call) (any, error) {
		status, err := w.DescribeOrganizationsAccess(c.who.Account)
		return struct{ Status string }{status}, err
	}},
	"ValidateTemplate": {noConflict: true, need: []string{"TemplateBody"}, run: func(_ *world.World, c *call) (any, error) {
		description, capabilities, err := world.TemplateSummary(input[cfnInput](c).TemplateBody)
		return templateSummary{Description: description, Capabilities: capabilities,
			CapabilitiesReason: "The following resource(s) require capabilities: [AWS::IAM::Role]"}, err
	}},
	"CreateStackSet": {write: true, noConflict: true, need: []string{"StackSetName", "TemplateBody"}, run: createStackSet},
	"UpdateStackSet": {write: true, noConflict: true, need: []string{"StackSetName"}, run: updateStackSet},
	"DeleteStackSet": {write: true, noConflict: true, need: []string{"StackSetName"}, run: func(w *world.World, c *call) (any, error) {
		return struct{}{}, w.DeleteStackSet(c.who.Account, c.Region, input[cfnInput](c).StackSetName)
	}},
	"DescribeStackSet": {noConflict: true, need: []string{"StackSetName"}, run: func(w *world.World, c *call) (any, error) {
		s, err := w.DescribeStackSet(c.who.Account, c.Region, input[cfnInput](c).StackSetName)
		if err != nil {
			return nil, err
		}
		return struct{ StackSet stackSetShape }{stackSet(s)}, nil
	}},
	"ListStackSets": {lags: true, list: "Summaries", empty: emptySummaries, noConflict: true, run: func(w *world.World, c *call) (any, error) {
		sets, next := w.ListStackSets(c.who.Account, c.Region, input[cfnInput](c).Status, c.page)
		return summaries(c, sets, next, stackSetSummary), nil
	}},
	"CreateStackInstances": {write: true, noConflict: true, need: []string{"StackSetName", "Regions"}, run: stackInstances("CREATE")},
	"UpdateStackInstances": {write: true, noConflict: true, need: []string{"StackSetName", "Regions"}, run: stackInstances("UPDATE")},
	"DeleteStackInstances": {write: true, noConflict: true, need: []string{"StackSetName", "Regions", "RetainStacks"}, run: stackInstances("DELETE")},
	"DescribeStackInstance": {noConflict: true, need: []string{"StackSetName", "StackInstanceAccount", "StackInstanceRegion"}, run: func(w *world.World, c *call) (any, error) {
		in := input[cfnInput](c)
		s, i, err := w.DescribeStackInstance(c.who.Account, c.Region, in.StackSetName, in.StackInstanceAccount, in.StackInstanceRegion)
		if err != nil {
			return nil, err
		}
		return struct{ StackInstance stackInstanceShape }{stackInstance(s)(i)}, nil
	}},
	"ListStackInstances": {list: "Summaries", empty: emptySummaries, noConflict: true, need: []string{"StackSetName"}, run: func(w *world.World, c *call) (any, error) {
		in := input[cfnInput](c)
		f := world.InstanceFilter{Account: in.StackInstanceAccount, Region: in.StackInstanceRegion}
		for _, x := range in.Filters {
			switch x.Name {
			case "DETAILED_STATUS":
				f.Detailed = x.Values
			case "LAST_OPERATION_ID":
				f.Operation = x.Values
			default:
				return nil, notFit("filters")
			}
		}
		s, items, next, err := w.ListStackInstances(c.who.Account, c.Region, in.StackSetName, f, c.page)
		if err != nil {
			return nil, err
		}
		return summaries(c, items, next, stackInstance(s)), nil
	}},
	"DescribeStackSetOperation": {settles: true, noConflict: true, need: []string{"StackSetName", "OperationId"}, run: func(w *world.World, c *call) (any, error) {
		in := input[cfnInput](c)
		s, op, err := w.DescribeStackSetOperation(c.who.Account, c.Region, in.StackSetName, in.OperationId)
		if err != nil {
			return nil, err
		}
		return struct{ StackSetOperation stackOperationShape }{stackOperation(s)(op)}, nil
	}},
	"ListStackSetOperations": {settles: true, list: "Summaries", empty: emptySummaries, noConflict: true, need: []string{"StackSetName"}, run: func(w *world.World, c *call) (any, error) {
		ops, next, err := w.ListStackSetOperations(c.who.Account, c.Region, input[cfnInput](c).StackSetName, c.page)
		if err != nil {
			return nil, err
		}
		return summaries(c, ops, next, stackOperationSummary), nil
	}},
	"ListStackSetOperationResults": {settles: true, list: "Summaries", empty: emptySummaries, noConflict: true, need: []string{"StackSetName", "OperationId"}, run: func(w *world.World, c *call) (any, error) {
		in := input[cfnInput](c)
		status := ""
		for _, x := range in.Filters {
			if x.Name != "OPERATION_RESULT_STATUS" {
				return nil, notFit("filters")
			}
			status = x.Values
		}
		results, next, err := w.ListStackSetOperationResults(c.who.Account, c.Region, in.StackSetName, in.OperationId, status, c.page)
		if err != nil {
			return nil, err
		}
		return summaries(c, results, next, stackResult), nil
	}},
}

func (in *cfnInput) newStackSet(region string) world.NewStackSet {
	n := world.NewStackSet{Name: in.StackSetName, Region: region, Description: in.Description, Template: in.TemplateBody,
		Capabilities: in.Capabilities, Tags: in.Tags, Preferences: in.OperationPreferences.world(),
		UsePrevious: in.UsePreviousTemplate != nil && *in.UsePreviousTemplate}
	if in.AutoDeployment != nil {
		n.Auto, n.Retain = in.AutoDeployment.Enabled, in.AutoDeployment.RetainStacksOnAccountRemoval
	}
	return n
}

func createStackSet(w *world.World, c *call) (any, error) {
	in := input[cfnInput](c)
	if in.PermissionModel != "SERVICE_MANAGED" {
		return nil, &world.Error{Code: "ValidationError", Message: "The simulator knows service-managed stack sets only."}
	}
	id, err := w.CreateStackSet(c.who.Account, in.newStackSet(c.Region))
	return struct{ StackSetId string }{id}, err
}

func updateStackSet(w *world.World, c *call) (any, error) {
	in := input[cfnInput](c)
	switch n := in.newStackSet(c.Region); {
	case (n.Template != "") == n.UsePrevious:
		return nil, &world.Error{Code: "ValidationError", Message: "You must specify either TemplateBody or UsePreviousTemplate."}
	case n.Auto != nil && (len(in.Regions) > 0 || len(in.DeploymentTargets.OrganizationalUnitIds) > 0):
		return nil, &world.Error{Code: "ValidationError", Message: "If you specify AutoDeployment, don't specify DeploymentTargets or Regions."}
	case len(in.Accounts) > 0:
		return nil, &world.Error{Code: "ValidationError", Message: "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target"}
	case (len(in.Regions) > 0) != (len(in.DeploymentTargets.OrganizationalUnitIds) > 0):
		return nil, &world.Error{Code: "ValidationError", Message: "DeploymentTargets and Regions go together."}
	}
	n := in.newStackSet(c.Region)
	n.Units, n.Regions, n.Filter = in.DeploymentTargets.OrganizationalUnitIds, in.Regions, in.DeploymentTargets.filter()
	id, err := w.UpdateStackSet(c.who.Account, n, in.OperationId)
	return struct{ OperationId string }{id}, err
}

func stackInstances(action string) func(w *world.World, c *call) (any, error) {
	return func(w *world.World, c *call) (any, error) {
		in := input[cfnInput](c)
		id, err := w.StackInstances(c.who.Account, world.StackWork{
			Action: action, Name: in.StackSetName, Region: c.Region, Operation: in.OperationId,
			Units: in.DeploymentTargets.OrganizationalUnitIds, Accounts: in.Accounts, Regions: in.Regions, Filter: in.DeploymentTargets.filter(),
			Retain: in.RetainStacks != nil && *in.RetainStacks, Preferences: in.OperationPreferences.world(),
		})
		return struct{ OperationId string }{id}, err
	}
}
