package awssim

import (
	"github.com/payer-reconciler/reconciler/awssim/world"
)

var iamGroups = map[string]operation{
	"CreateGroup": {write: true, noConflict: true, need: []string{"GroupName"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.CreateGroup(c.who.Account, in.Path, in.GroupName)
		return gave(groupResult{out}, err)
	}},
	"GetGroup": {noConflict: true, need: []string{"GroupName"}, run: func(w *world.World, c *call) (any, error) {
		out, users, next, err := w.GetGroup(c.who.Account, input[iamInput](c).GroupName, c.namedPage())
		return gave(struct {
			Group *world.Group
			Users []world.User
			more
		}{out, users, c.more(next)}, err)
	}},
	"DeleteGroup": {write: true, noConflict: true, need: []string{"GroupName"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeleteGroup(c.who.Account, input[iamInput](c).GroupName))
	}},
	"ListGroups": {noConflict: true, lags: true, list: "Groups", empty: func(c *call) any {
		return struct {
			Groups []world.Group
			more
		}{[]world.Group{}, c.emptyMore()}
	}, run: func(w *world.World, c *call) (any, error) {
		out, next := w.ListGroups(c.who.Account, input[iamInput](c).PathPrefix, c.namedPage())
		return struct {
			Groups []world.Group
			more
		}{out, c.more(next)}, nil
	}},
	"AddUserToGroup": {write: true, noConflict: true, need: []string{"GroupName", "UserName"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.AddUserToGroup(c.who.Account, in.GroupName, in.UserName))
	}},
	"RemoveUserFromGroup": {write: true, noConflict: true, need: []string{"GroupName", "UserName"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.RemoveUserFromGroup(c.who.Account, in.GroupName, in.UserName))
	}},
}
