package awssim

import (
	"github.com/payer-reconciler/reconciler/awssim/world"
)

var iamPolicies = map[string]operation{
	"CreatePolicy": {write: true, need: []string{"PolicyName", "PolicyDocument"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.CreateManagedPolicy(c.who.Account, world.NewManagedPolicy{
			Path: in.Path, Name: in.PolicyName, Document: in.PolicyDocument, Description: text(in.Description), Tags: in.Tags,
		})
		return gave(policyResult{out}, err)
	}},
	"GetPolicy": {noConflict: true, need: []string{"PolicyArn"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.GetManagedPolicy(c.who.Account, input[iamInput](c).PolicyArn)
		return gave(policyResult{out}, err)
	}},
	"DeletePolicy": {write: true, noConflict: true, need: []string{"PolicyArn"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeleteManagedPolicy(c.who.Account, input[iamInput](c).PolicyArn))
	}},
	"ListPolicies": {noConflict: true, lags: true, list: "Policies", empty: func(c *call) any { return c.emptyMore() }, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		q := world.PolicyQuery{Scope: in.Scope, Prefix: in.PathPrefix, Usage: in.PolicyUsageFilter, Attached: in.OnlyAttached}
		out, next := w.ListManagedPolicies(c.who.Account, q, c.namedPage())
		return struct {
			Policies []world.ManagedPolicy
			more
		}{out, c.more(next)}, nil
	}},
	"TagPolicy": {write: true, need: []string{"PolicyArn", "Tags"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.TagPolicy(c.who.Account, in.PolicyArn, in.Tags))
	}},
	"UntagPolicy": {write: true, need: []string{"PolicyArn", "TagKeys"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.UntagPolicy(c.who.Account, in.PolicyArn, in.TagKeys))
	}},
	"ListPolicyTags": {noConflict: true, need: []string{"PolicyArn"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListPolicyTags(c.who.Account, input[iamInput](c).PolicyArn, c.namedPage())
		return gave(tagsResult{out, c.more(next)}, err)
	}},
	"ListEntitiesForPolicy": {noConflict: true, need: []string{"PolicyArn"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, next, err := w.ListEntitiesForPolicy(c.who.Account, in.PolicyArn, in.EntityFilter, in.PolicyUsageFilter, in.PathPrefix, c.namedPage())
		if err != nil {
			return nil, err
		}
		return struct {
			world.PolicyUsers
			more
		}{*out, c.more(next)}, nil
	}},
}

var iamVersions = map[string]operation{
	"CreatePolicyVersion": {write: true, noConflict: true, need: []string{"PolicyArn", "PolicyDocument"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.CreatePolicyVersion(c.who.Account, in.PolicyArn, in.PolicyDocument, in.SetAsDefault)
		return gave(versionResult{out}, err)
	}},
	"GetPolicyVersion": {noConflict: true, need: []string{"PolicyArn", "VersionId"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.GetPolicyVersion(c.who.Account, in.PolicyArn, in.VersionId)
		return gave(versionResult{out}, err)
	}},
	"ListPolicyVersions": {noConflict: true, need: []string{"PolicyArn"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListPolicyVersions(c.who.Account, input[iamInput](c).PolicyArn, c.namedPage())
		return gave(struct {
			Versions []world.PolicyVersion
			more
		}{out, c.more(next)}, err)
	}},
	"DeletePolicyVersion": {write: true, noConflict: true, need: []string{"PolicyArn", "VersionId"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.DeletePolicyVersion(c.who.Account, in.PolicyArn, in.VersionId))
	}},
	"SetDefaultPolicyVersion": {write: true, noConflict: true, need: []string{"PolicyArn", "VersionId"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.SetDefaultPolicyVersion(c.who.Account, in.PolicyArn, in.VersionId))
	}},
}

type versionResult struct{ PolicyVersion *world.PolicyVersion }

// iamAccount are the operations on all that an account has.
var iamAccount = map[string]operation{
	"GetAccountAuthorizationDetails": {noConflict: true, lags: true, list: "RoleDetailList", empty: func(c *call) any { return c.emptyMore() }, run: func(w *world.World, c *call) (any, error) {
		out, next := w.GetAccountAuthorizationDetails(c.who.Account, input[iamInput](c).Filter, c.namedPage())
		return struct {
			world.AccountDetails
			more
		}{*out, c.more(next)}, nil
	}},
	"GetAccountSummary": {noConflict: true, run: func(w *world.World, c *call) (any, error) {
		return struct{ SummaryMap map[string]int }{w.AccountSummary(c.who.Account)}, nil
	}},
}
