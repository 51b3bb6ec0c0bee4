package awssim

import (
	"maps"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

var organizationAccounts = map[string]operation{
	"CreateAccount": {write: true, need: []string{"Email", "AccountName"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.CreateAccount(c.who.Account, world.NewAccount{Name: c.org.AccountName, Email: c.org.Email, Role: c.org.RoleName, Tags: c.org.Tags})
		return wrap("CreateAccountStatus", out, err)
	}},
	"DescribeCreateAccountStatus": {settles: true, noConflict: true, need: []string{"CreateAccountRequestId"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.DescribeCreateAccountStatus(c.who.Account, c.org.CreateAccountRequestId)
		return wrap("CreateAccountStatus", out, err)
	}},
	"ListCreateAccountStatus": {lags: true, list: "CreateAccountStatuses", noConflict: true, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListCreateAccountStatus(c.who.Account, c.org.States, c.page)
		return paged(c, "CreateAccountStatuses", out, next, err)
	}},
	"DescribeAccount": {noConflict: true, need: []string{"AccountId"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.DescribeAccount(c.who.Account, c.org.AccountId)
		return wrap("Account", out, err)
	}},
	"ListAccounts": {lags: true, list: "Accounts", noConflict: true, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListAccounts(c.who.Account, c.page)
		return paged(c, "Accounts", out, next, err)
	}},
	"ListAccountsForParent": {lags: true, list: "Accounts", noConflict: true, need: []string{"ParentId"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListAccountsForParent(c.who.Account, c.org.ParentId, c.page)
		return paged(c, "Accounts", out, next, err)
	}},
	"MoveAccount": {write: true, need: []string{"AccountId", "SourceParentId", "DestinationParentId"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.MoveAccount(c.who.Account, c.org.AccountId, c.org.SourceParentId, c.org.DestinationParentId))
	}},
	"CloseAccount": {write: true, need: []string{"AccountId"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.CloseAccount(c.who.Account, c.org.AccountId))
	}},
	"RemoveAccountFromOrganization": {write: true, need: []string{"AccountId"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.RemoveAccountFromOrganization(c.who.Account, c.org.AccountId))
	}},
	"EnableAWSServiceAccess": {write: true, need: []string{"ServicePrincipal"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.EnableAWSServiceAccess(c.who.Account, c.org.ServicePrincipal))
	}},
	"DisableAWSServiceAccess": {write: true, need: []string{"ServicePrincipal"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DisableAWSServiceAccess(c.who.Account, c.org.ServicePrincipal))
	}},
	"ListAWSServiceAccessForOrganization": {list: "EnabledServicePrincipals", noConflict: true, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListAWSServiceAccessForOrganization(c.who.Account, c.page)
		return paged(c, "EnabledServicePrincipals", out, next, err)
	}},
	"RegisterDelegatedAdministrator": {write: true, need: []string{"AccountId", "ServicePrincipal"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.RegisterDelegatedAdministrator(c.who.Account, c.org.AccountId, c.org.ServicePrincipal))
	}},
	"DeregisterDelegatedAdministrator": {write: true, need: []string{"AccountId", "ServicePrincipal"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeregisterDelegatedAdministrator(c.who.Account, c.org.AccountId, c.org.ServicePrincipal))
	}},
	"ListDelegatedAdministrators": {list: "DelegatedAdministrators", noConflict: true, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListDelegatedAdministrators(c.who.Account, c.org.ServicePrincipal, c.page)
		return paged(c, "DelegatedAdministrators", out, next, err)
	}},
	"ListDelegatedServicesForAccount": {list: "DelegatedServices", noConflict: true, need: []string{"AccountId"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListDelegatedServicesForAccount(c.who.Account, c.org.AccountId, c.page)
		return paged(c, "DelegatedServices", out, next, err)
	}},
}

var organizationPolicies = map[string]operation{
	"CreatePolicy": {write: true, need: []string{"Content", "Description", "Name", "Type"}, run: func(w *world.World, c *call) (any, error) {
		in := world.NewPolicy{Name: text(c.org.Name), Description: text(c.org.Description), Type: c.org.Type, Content: text(c.org.Content), Tags: c.org.Tags}
		out, err := w.CreatePolicy(c.who.Account, in)
		return wrap("Policy", out, err)
	}},
	"UpdatePolicy": {write: true, need: []string{"PolicyId"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.UpdatePolicy(c.who.Account, c.org.PolicyId, c.org.Name, c.org.Description, c.org.Content)
		return wrap("Policy", out, err)
	}},
	"DeletePolicy": {write: true, need: []string{"PolicyId"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeletePolicy(c.who.Account, c.org.PolicyId))
	}},
	"DescribePolicy": {noConflict: true, need: []string{"PolicyId"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.DescribePolicy(c.who.Account, c.org.PolicyId)
		return wrap("Policy", out, err)
	}},
	"ListPolicies": {lags: true, list: "Policies", noConflict: true, need: []string{"Filter"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListPolicies(c.who.Account, c.org.Filter, c.page)
		return paged(c, "Policies", out, next, err)
	}},
	"AttachPolicy": {write: true, need: []string{"PolicyId", "TargetId"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.AttachPolicy(c.who.Account, c.org.PolicyId, c.org.TargetId))
	}},
	"DetachPolicy": {write: true, need: []string{"PolicyId", "TargetId"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DetachPolicy(c.who.Account, c.org.PolicyId, c.org.TargetId))
	}},
	"ListPoliciesForTarget": {lags: true, list: "Policies", noConflict: true, need: []string{"TargetId", "Filter"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListPoliciesForTarget(c.who.Account, c.org.TargetId, c.org.Filter, c.page)
		return paged(c, "Policies", out, next, err)
	}},
	"ListTargetsForPolicy": {lags: true, list: "Targets", noConflict: true, need: []string{"PolicyId"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListTargetsForPolicy(c.who.Account, c.org.PolicyId, c.page)
		return paged(c, "Targets", out, next, err)
	}},
	"TagResource": {write: true, need: []string{"ResourceId", "Tags"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.TagResource(c.who.Account, c.org.ResourceId, c.org.Tags))
	}},
	"UntagResource": {write: true, need: []string{"ResourceId", "TagKeys"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.UntagResource(c.who.Account, c.org.ResourceId, c.org.TagKeys))
	}},
	"ListTagsForResource": {list: "Tags", noConflict: true, need: []string{"ResourceId"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.ListTagsForResource(c.who.Account, c.org.ResourceId)
		return paged(c, "Tags", out, 0, err)
	}},
}

// all gathers operations that stand in several files.
func all(parts ...map[string]operation) map[string]operation {
	out := map[string]operation{}
	for _, p := range parts {
		maps.Copy(out, p)
	}
	return out
}
