package awssim

import (
	"slices"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// The structures below are the shapes of the service model, their fields its members.
type (
	autoShape struct{ Enabled, RetainStacksOnAccountRemoval bool }

	activeShape struct{ Active bool }

	stackSetShape struct {
		StackSetName, StackSetId, StackSetARN string
		Description                           string `xml:",omitempty"`
		Status, TemplateBody, PermissionModel string
		Capabilities                          []string
		Tags                                  []world.Tag
		AutoDeployment                        autoShape
		OrganizationalUnitIds, Regions        []string
		ManagedExecution                      activeShape
	}

	stackSetSummaryShape struct {
		StackSetName, StackSetId             string
		Description                          string `xml:",omitempty"`
		Status, PermissionModel, DriftStatus string
		AutoDeployment                       autoShape
		ManagedExecution                     activeShape
	}

	stackInstanceShape struct {
		StackSetId, Region, Account string
		StackId                     string `xml:",omitempty"`
		Status                      string
		StatusReason                string `xml:",omitempty"`
		StackInstanceStatus         struct{ DetailedStatus string }
		OrganizationalUnitId        string
		DriftStatus                 string
		LastOperationId             string
	}

	stackOperationShape struct {
		OperationId          string
		StackSetId           string `xml:",omitempty"`
		Action, Status       string
		StatusReason         string `xml:",omitempty"`
		OperationPreferences cfnPreferences
		RetainStacks         *bool
		CreationTimestamp    time.Time
		EndTimestamp         *time.Time
		DeploymentTargets    *targetsShape
		StatusDetails        struct{ FailedStackInstancesCount int }
	}

	targetsShape struct {
		OrganizationalUnitIds []string
		Accounts              []string `xml:",omitempty"`
		AccountFilterType     string   `xml:",omitempty"`
	}

	stackResultShape struct {
		Account, Region, Status string
		StatusReason            string `xml:",omitempty"`
		OrganizationalUnitId    string
	}

	templateSummary struct {
		Description        string `xml:",omitempty"`
		Capabilities       []string
		CapabilitiesReason string
	}

	page[T any] struct {
		Summaries []T
		NextToken string `xml:",omitempty"`
	}
)

// summaries is a page of a list.
func summaries[T, S any](c *call, items []T, next uint64, shape func(T) S) any {
	p := page[S]{Summaries: make([]S, 0, len(items)), NextToken: c.token(next)}
	for _, i := range items {
		p.Summaries = append(p.Summaries, shape(i))
	}
	return p
}

// emptySummaries is a page with nothing on it and a token to the real one.
func emptySummaries(c *call) any {
	return page[struct{}]{Summaries: []struct{}{}, NextToken: emptyToken + strings.TrimPrefix(input[cfnInput](c).NextToken, emptyToken)}
}

func stackSet(s *world.StackSet) stackSetShape {
	return stackSetShape{
		StackSetName: s.StackSetName, StackSetId: s.StackSetId, StackSetARN: s.StackSetARN, Description: s.Description,
		Status: s.Status, TemplateBody: s.TemplateBody, PermissionModel: "SERVICE_MANAGED", Capabilities: slices.Clone(s.Capabilities),
		Tags: slices.Clone(s.Tags), AutoDeployment: autoShape{s.Auto, s.Retain},
		OrganizationalUnitIds: slices.Clone(s.OrganizationalUnitIds), Regions: slices.Clone(s.Regions),
	}
}

func stackSetSummary(s *world.StackSet) stackSetSummaryShape {
	return stackSetSummaryShape{StackSetName: s.StackSetName, StackSetId: s.StackSetId, Description: s.Description, Status: s.Status,
		PermissionModel: "SERVICE_MANAGED", DriftStatus: "NOT_CHECKED", AutoDeployment: autoShape{s.Auto, s.Retain}}
}

func stackInstance(s *world.StackSet) func(*world.StackInstance) stackInstanceShape {
	return func(i *world.StackInstance) stackInstanceShape {
		out := stackInstanceShape{StackSetId: s.StackSetId, Region: i.Region, Account: i.Account, StackId: i.StackId, Status: i.Status,
			StatusReason: i.StatusReason, OrganizationalUnitId: i.OrganizationalUnitId, DriftStatus: "NOT_CHECKED", LastOperationId: i.LastOperationId}
		out.StackInstanceStatus.DetailedStatus = i.DetailedStatus
		return out
	}
}

func stackOperationSummary(op *world.StackOperation) stackOperationShape {
	p := op.Preferences
	out := stackOperationShape{OperationId: op.ID, Action: op.Action, Status: op.Status, StatusReason: op.Reason,
		CreationTimestamp: op.Created, EndTimestamp: ended(op.Done),
		OperationPreferences: cfnPreferences{FailureToleranceCount: p.FailureToleranceCount, FailureTolerancePercentage: p.FailureTolerancePercentage,
			MaxConcurrentCount: p.MaxConcurrentCount, MaxConcurrentPercentage: p.MaxConcurrentPercentage, ConcurrencyMode: p.ConcurrencyMode}}
	out.StatusDetails.FailedStackInstancesCount = op.Failed
	return out
}

func stackOperation(s *world.StackSet) func(*world.StackOperation) stackOperationShape {
	return func(op *world.StackOperation) stackOperationShape {
		out := stackOperationSummary(op)
		out.StackSetId = s.StackSetId
		if op.Action == "DELETE" {
			retain := op.Retain
			out.RetainStacks = &retain
		}
		if len(op.Units) > 0 {
			out.DeploymentTargets = &targetsShape{slices.Clone(op.Units), slices.Clone(op.Filter.Accounts), op.Filter.Type}
		}
		return out
	}
}

func stackResult(r world.StackResult) stackResultShape {
	return stackResultShape{r.Account, r.Region, r.Status, r.Reason, r.Unit}
}
