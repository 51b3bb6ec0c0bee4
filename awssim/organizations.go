package awssim

import (
	"github.com/payer-reconciler/reconciler/awssim/world"
)

// orgInput holds the members of every input of Organizations. Those that may
// be empty and given are pointers.
type orgInput struct {
	AccountId, AccountName, Email, RoleName, IamUserAccessToBilling  string
	ChildId, ChildType, CreateAccountRequestId, DestinationParentId  string
	FeatureSet, Filter, OrganizationalUnitId, ParentId, PolicyId     string
	PolicyType, ResourceId, RootId, ServicePrincipal, SourceParentId string
	TargetId, Type, NextToken                                        string
	Name, Description, Content                                       *string
	MaxResults                                                       *int
	States, TagKeys                                                  []string
	Tags                                                             []world.Tag
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// wrap names what a call gives.
func wrap[T any](name string, out *T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]*T{name: out}, nil
}

func none(err error) (any, error) { return nil, err }

// paged names a page.
func paged[T any](c *call, name string, items []T, next uint64, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return c.listed(name, "NextToken", items, next), nil
}

// organizationTree is, with organizationAccounts and organizationPolicies, what the simulator knows of the Organizations API. What it
// does not know answers UnknownOperationException.
var organizationTree = map[string]operation{
	"CreateOrganization": {write: true, atOnce: true, run: func(w *world.World, c *call) (any, error) {
		out, err := w.CreateOrganization(c.who.Account, c.org.FeatureSet)
		return wrap("Organization", out, err)
	}},
	"DescribeOrganization": {settles: true, run: func(w *world.World, c *call) (any, error) {
		out, err := w.DescribeOrganization(c.who.Account)
		return wrap("Organization", out, err)
	}},
	"DeleteOrganization": {write: true, atOnce: true, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeleteOrganization(c.who.Account))
	}},
	"LeaveOrganization": {write: true, atOnce: true, run: func(w *world.World, c *call) (any, error) {
		return none(w.LeaveOrganization(c.who.Account))
	}},
	"ListRoots": {settles: true, list: "Roots", noConflict: true, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListRoots(c.who.Account, c.page)
		return paged(c, "Roots", out, next, err)
	}},
	"EnablePolicyType": {write: true, need: []string{"RootId", "PolicyType"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.EnablePolicyType(c.who.Account, c.org.RootId, c.org.PolicyType)
		return wrap("Root", out, err)
	}},
	"DisablePolicyType": {write: true, need: []string{"RootId", "PolicyType"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.DisablePolicyType(c.who.Account, c.org.RootId, c.org.PolicyType)
		return wrap("Root", out, err)
	}},
	"CreateOrganizationalUnit": {write: true, need: []string{"ParentId", "Name"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.CreateOrganizationalUnit(c.who.Account, c.org.ParentId, text(c.org.Name), c.org.Tags)
		return wrap("OrganizationalUnit", out, err)
	}},
	"UpdateOrganizationalUnit": {write: true, need: []string{"OrganizationalUnitId"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.UpdateOrganizationalUnit(c.who.Account, c.org.OrganizationalUnitId, c.org.Name)
		return wrap("OrganizationalUnit", out, err)
	}},
	"DeleteOrganizationalUnit": {write: true, need: []string{"OrganizationalUnitId"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeleteOrganizationalUnit(c.who.Account, c.org.OrganizationalUnitId))
	}},
	"DescribeOrganizationalUnit": {noConflict: true, need: []string{"OrganizationalUnitId"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.DescribeOrganizationalUnit(c.who.Account, c.org.OrganizationalUnitId)
		return wrap("OrganizationalUnit", out, err)
	}},
	"ListOrganizationalUnitsForParent": {lags: true, list: "OrganizationalUnits", noConflict: true, need: []string{"ParentId"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListOrganizationalUnitsForParent(c.who.Account, c.org.ParentId, c.page)
		return paged(c, "OrganizationalUnits", out, next, err)
	}},
	"ListParents": {list: "Parents", noConflict: true, need: []string{"ChildId"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.ListParents(c.who.Account, c.org.ChildId)
		return paged(c, "Parents", out, 0, err)
	}},
	"ListChildren": {list: "Children", noConflict: true, need: []string{"ParentId", "ChildType"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListChildren(c.who.Account, c.org.ParentId, c.org.ChildType, c.page)
		return paged(c, "Children", out, next, err)
	}},
}
