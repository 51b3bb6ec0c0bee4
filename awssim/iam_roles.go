package awssim

import (
	"strings"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// roleResult, and the like below, name what a call gives.
type (
	roleResult   struct{ Role *world.Role }
	userResult   struct{ User *world.User }
	groupResult  struct{ Group *world.Group }
	policyResult struct{ Policy *world.ManagedPolicy }
	tagsResult   struct {
		Tags []world.Tag
		more
	}
	inlineResult struct {
		RoleName, UserName, GroupName string `xml:",omitempty"`
		PolicyName, PolicyDocument    string
	}
)

// gave is the answer of a call that gives something.
func gave(out any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}

var iamRoles = map[string]operation{
	"CreateRole": {write: true, need: []string{"RoleName", "AssumeRolePolicyDocument"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		n := world.NewRole{
			Path: in.Path, Name: in.RoleName, Trust: in.AssumeRolePolicyDocument, Description: text(in.Description),
			Boundary: in.PermissionsBoundary, Tags: in.Tags,
		}
		if in.MaxSessionDuration != nil {
			n.Session = *in.MaxSessionDuration
		}
		out, err := w.CreateRole(c.who.Account, n)
		return gave(roleResult{out}, err)
	}},
	"GetRole": {noConflict: true, need: []string{"RoleName"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.GetRole(c.who.Account, input[iamInput](c).RoleName)
		return gave(roleResult{out}, err)
	}},
	"UpdateRole": {write: true, noConflict: true, need: []string{"RoleName"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return gave(struct{}{}, w.UpdateRole(c.who.Account, in.RoleName, in.Description, in.MaxSessionDuration))
	}},
	"UpdateRoleDescription": {write: true, noConflict: true, need: []string{"RoleName", "Description"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		if err := w.UpdateRole(c.who.Account, in.RoleName, in.Description, nil); err != nil {
			return nil, err
		}
		out, err := w.GetRole(c.who.Account, in.RoleName)
		return gave(roleResult{out}, err)
	}},
	"UpdateAssumeRolePolicy": {write: true, noConflict: true, need: []string{"RoleName", "PolicyDocument"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.UpdateAssumeRolePolicy(c.who.Account, in.RoleName, in.PolicyDocument))
	}},
	"DeleteRole": {write: true, need: []string{"RoleName"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeleteRole(c.who.Account, input[iamInput](c).RoleName))
	}},
	"ListRoles": {noConflict: true, lags: true, list: "Roles", empty: func(c *call) any {
		return struct {
			Roles []world.Role
			more
		}{[]world.Role{}, c.emptyMore()}
	}, run: func(w *world.World, c *call) (any, error) {
		out, next := w.ListRoles(c.who.Account, input[iamInput](c).PathPrefix, c.namedPage())
		return struct {
			Roles []world.Role
			more
		}{out, c.more(next)}, nil
	}},
	"CreateServiceLinkedRole": {write: true, noConflict: true, need: []string{"AWSServiceName"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.CreateServiceLinkedRole(c.who.Account, in.AWSServiceName, in.CustomSuffix, text(in.Description))
		return gave(roleResult{out}, err)
	}},
	// Instance profiles are not simulated, so no role is in one.
	"ListInstanceProfilesForRole": {noConflict: true, need: []string{"RoleName"}, run: func(w *world.World, c *call) (any, error) {
		_, err := w.GetRole(c.who.Account, input[iamInput](c).RoleName)
		return gave(struct {
			InstanceProfiles []struct{}
			more
		}{InstanceProfiles: []struct{}{}}, err)
	}},
}

// ofKind makes the operations on the policies of roles, users or groups. What
// there is of the members' names stands in the name of the kind.
func ofKind(k world.Kind, kind string) map[string]operation {
	name := kind + "Name"
	ops := map[string]operation{
		"Put" + kind + "Policy": {write: true, noConflict: true, need: []string{name, "PolicyName", "PolicyDocument"}, run: func(w *world.World, c *call) (any, error) {
			in := input[iamInput](c)
			return none(w.PutInline(c.who.Account, k, in.named(k), in.PolicyName, in.PolicyDocument))
		}},
		"Get" + kind + "Policy": {noConflict: true, need: []string{name, "PolicyName"}, run: func(w *world.World, c *call) (any, error) {
			in := input[iamInput](c)
			doc, err := w.GetInline(c.who.Account, k, in.named(k), in.PolicyName)
			out := inlineResult{PolicyName: in.PolicyName, PolicyDocument: doc}
			*[...]*string{world.RoleKind: &out.RoleName, world.UserKind: &out.UserName, world.GroupKind: &out.GroupName}[k] = in.named(k)
			return gave(out, err)
		}},
		"Delete" + kind + "Policy": {write: true, noConflict: true, need: []string{name, "PolicyName"}, run: func(w *world.World, c *call) (any, error) {
			in := input[iamInput](c)
			return none(w.DeleteInline(c.who.Account, k, in.named(k), in.PolicyName))
		}},
		"List" + kind + "Policies": {noConflict: true, need: []string{name}, run: func(w *world.World, c *call) (any, error) {
			out, next, err := w.ListInline(c.who.Account, k, input[iamInput](c).named(k), c.namedPage())
			return gave(struct {
				PolicyNames []string
				more
			}{out, c.more(next)}, err)
		}},
		"Attach" + kind + "Policy": {write: true, noConflict: true, need: []string{name, "PolicyArn"}, run: func(w *world.World, c *call) (any, error) {
			in := input[iamInput](c)
			return none(w.Attach(c.who.Account, k, in.named(k), in.PolicyArn))
		}},
		"Detach" + kind + "Policy": {write: true, noConflict: true, need: []string{name, "PolicyArn"}, run: func(w *world.World, c *call) (any, error) {
			in := input[iamInput](c)
			return none(w.Detach(c.who.Account, k, in.named(k), in.PolicyArn))
		}},
		"ListAttached" + kind + "Policies": {noConflict: true, need: []string{name}, run: func(w *world.World, c *call) (any, error) {
			in := input[iamInput](c)
			out, next, err := w.ListAttached(c.who.Account, k, in.named(k), in.PathPrefix, c.namedPage())
			return gave(struct {
				AttachedPolicies []world.AttachedPolicy
				more
			}{out, c.more(next)}, err)
		}},
	}
	return ops
}

// taggedKind makes the operations on the tags and boundaries of roles or users.
func taggedKind(k world.Kind, kind string) map[string]operation {
	name := kind + "Name"
	return map[string]operation{
		"Tag" + kind: {write: true, need: []string{name, "Tags"}, run: func(w *world.World, c *call) (any, error) {
			in := input[iamInput](c)
			return none(w.TagEntity(c.who.Account, k, in.named(k), in.Tags))
		}},
		"Untag" + kind: {write: true, need: []string{name, "TagKeys"}, run: func(w *world.World, c *call) (any, error) {
			in := input[iamInput](c)
			return none(w.UntagEntity(c.who.Account, k, in.named(k), in.TagKeys))
		}},
		"List" + kind + "Tags": {noConflict: true, need: []string{name}, run: func(w *world.World, c *call) (any, error) {
			out, next, err := w.ListEntityTags(c.who.Account, k, input[iamInput](c).named(k), c.namedPage())
			return gave(tagsResult{out, c.more(next)}, err)
		}},
		"Put" + kind + "PermissionsBoundary": {write: true, noConflict: true, need: []string{name, "PermissionsBoundary"}, run: func(w *world.World, c *call) (any, error) {
			in := input[iamInput](c)
			return none(w.PutBoundary(c.who.Account, k, in.named(k), in.PermissionsBoundary))
		}},
		"Delete" + kind + "PermissionsBoundary": {write: true, noConflict: true, need: []string{name}, run: func(w *world.World, c *call) (any, error) {
			return none(w.DeleteBoundary(c.who.Account, k, input[iamInput](c).named(k)))
		}},
	}
}

// emptyMore is the end of an empty page before the one that was asked for.
func (c *call) emptyMore() more {
	return more{true, emptyToken + strings.TrimPrefix(input[iamInput](c).Marker, emptyToken)}
}
