package awssim

import (
	"regexp"
	"slices"
	"time"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// cloudformationWords: the query protocol's common errors are those of the API
// reference, "Common Error Types"; the statuses are those of the service model.
var cloudformationWords = words{
	throttled: "Throttling", broken: "InternalFailure", denied: "AccessDenied",
	status: map[string]int{
		"StackSetNotFoundException": 404, "OperationNotFoundException": 404, "StackInstanceNotFoundException": 404,
		"NameAlreadyExistsException": 409, "OperationInProgressException": 409, "StackSetNotEmptyException": 409,
		"OperationIdAlreadyExistsException": 409, "StaleRequestException": 409, "CreatedButModifiedException": 409,
	},
}

// cfnInput holds the members of every input that is simulated.
type cfnInput struct {
	StackSetName, Description, TemplateBody, TemplateURL string
	PermissionModel, CallAs, OperationId, Status         string
	StackInstanceAccount, StackInstanceRegion, NextToken string
	AdministrationRoleARN, ExecutionRoleName             string
	ClientRequestToken                                   string
	UsePreviousTemplate, RetainStacks                    *bool
	Capabilities, Accounts, Regions                      []string
	Tags                                                 []world.Tag
	AutoDeployment                                       *cfnAuto
	DeploymentTargets                                    cfnTargets
	OperationPreferences                                 cfnPreferences
	Parameters                                           []struct{ ParameterKey, ParameterValue string }
	Filters                                              []struct{ Name, Values string }
	MaxResults                                           *int
}

type cfnAuto struct{ Enabled, RetainStacksOnAccountRemoval *bool }

type cfnTargets struct {
	Accounts, OrganizationalUnitIds []string
	AccountFilterType, AccountsUrl  string
}

func (t cfnTargets) filter() world.StackFilter {
	return world.StackFilter{Type: t.AccountFilterType, Accounts: t.Accounts}
}

type cfnPreferences struct {
	RegionConcurrencyType, ConcurrencyMode            string   `xml:",omitempty"`
	RegionOrder                                       []string `xml:",omitempty"`
	FailureToleranceCount, FailureTolerancePercentage *int
	MaxConcurrentCount, MaxConcurrentPercentage       *int
}

func (p cfnPreferences) world() world.StackPreferences {
	return world.StackPreferences{FailureToleranceCount: p.FailureToleranceCount, FailureTolerancePercentage: p.FailureTolerancePercentage,
		MaxConcurrentCount: p.MaxConcurrentCount, MaxConcurrentPercentage: p.MaxConcurrentPercentage, ConcurrencyMode: p.ConcurrencyMode}
}

func notFit(member string) error {
	return &world.Error{Code: "ValidationError", Message: "1 validation error detected: Value at '" + member + "' failed to satisfy constraint"}
}

var (
	operationID  = regexp.MustCompile(`^[a-zA-Z0-9][-a-zA-Z0-9]{0,127}$`)
	memberNumber = regexp.MustCompile(`^[0-9]{12}$`)
	regionName   = regexp.MustCompile(`^[a-zA-Z0-9-]{1,128}$`)
)

// readCloudFormation decodes and checks an input.
func readCloudFormation(c *call, op operation) error {
	in, err := readForm[cfnInput](c)
	if err != nil {
		return err
	}
	for _, n := range op.need {
		if missing := map[string]bool{
			"StackSetName": in.StackSetName == "", "OperationId": in.OperationId == "", "TemplateBody": in.TemplateBody == "",
			"Regions": len(in.Regions) == 0, "RetainStacks": in.RetainStacks == nil,
			"StackInstanceAccount": in.StackInstanceAccount == "", "StackInstanceRegion": in.StackInstanceRegion == "",
		}; missing[n] {
			return notFit(n)
		}
	}
	switch {
	case in.CallAs != "" && in.CallAs != "SELF" && in.CallAs != "DELEGATED_ADMIN":
		return notFit("callAs")
	case in.PermissionModel != "" && in.PermissionModel != "SERVICE_MANAGED" && in.PermissionModel != "SELF_MANAGED":
		return notFit("permissionModel")
	case in.OperationId != "" && !operationID.MatchString(in.OperationId):
		return notFit("operationId")
	case in.Status != "" && in.Status != "ACTIVE" && in.Status != "DELETED":
		return notFit("status")
	case slices.ContainsFunc(in.Regions, func(r string) bool { return !regionName.MatchString(r) }):
		return notFit("regions")
	case slices.ContainsFunc(in.DeploymentTargets.Accounts, func(a string) bool { return !memberNumber.MatchString(a) }):
		return notFit("deploymentTargets.accounts")
	case slices.ContainsFunc(in.DeploymentTargets.OrganizationalUnitIds, func(u string) bool { return !parentID.MatchString(u) }):
		return notFit("deploymentTargets.organizationalUnitIds")
	case len(in.Parameters) > 0 || in.TemplateURL != "" || in.DeploymentTargets.AccountsUrl != "" || in.AdministrationRoleARN != "" || in.ExecutionRoleName != "" || in.CallAs == "DELEGATED_ADMIN":
		return &world.Error{Code: "ValidationError", Message: "The simulator knows no parameters, no URLs, no roles of its own and no delegated administrator."}
	}
	for _, capability := range in.Capabilities {
		if !slices.Contains([]string{"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}, capability) {
			return notFit("capabilities")
		}
	}
	return cfnPage(c, in)
}

// cfnPage reads MaxResults, at most 100, and NextToken.
func cfnPage(c *call, in *cfnInput) error {
	c.page.Max = 100
	if m := in.MaxResults; m != nil {
		if *m < 1 || *m > 100 {
			return notFit("maxResults")
		}
		c.page.Max = *m
	}
	after, ok := c.after(in.NextToken)
	if !ok {
		return notFit("nextToken")
	}
	c.page.After = after
	return nil
}

// ended is a moment, or none.
func ended(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
