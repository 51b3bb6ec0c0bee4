package awssim

import (
	"time"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

var iamUsers = map[string]operation{
	"CreateUser": {write: true, need: []string{"UserName"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.CreateUser(c.who.Account, world.NewUser{Path: in.Path, Name: in.UserName, Boundary: in.PermissionsBoundary, Tags: in.Tags})
		return gave(userResult{out}, err)
	}},
	"GetUser": {noConflict: true, run: func(w *world.World, c *call) (any, error) {
		out, err := w.GetUser(c.who, input[iamInput](c).UserName)
		return gave(userResult{out}, err)
	}},
	"DeleteUser": {write: true, need: []string{"UserName"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeleteUser(c.who.Account, input[iamInput](c).UserName))
	}},
	"ListUsers": {noConflict: true, lags: true, list: "Users", empty: func(c *call) any {
		return struct {
			Users []world.User
			more
		}{[]world.User{}, c.emptyMore()}
	}, run: func(w *world.World, c *call) (any, error) {
		out, next := w.ListUsers(c.who.Account, input[iamInput](c).PathPrefix, c.namedPage())
		return struct {
			Users []world.User
			more
		}{out, c.more(next)}, nil
	}},
	"ListGroupsForUser": {noConflict: true, need: []string{"UserName"}, run: func(w *world.World, c *call) (any, error) {
		out, next, err := w.ListGroupsForUser(c.who.Account, input[iamInput](c).UserName, c.namedPage())
		return gave(struct {
			Groups []world.Group
			more
		}{out, c.more(next)}, err)
	}},
}

// iamKeys are the operations on what a user signs in with.
var iamKeys = map[string]operation{
	"CreateAccessKey": {write: true, noConflict: true, run: func(w *world.World, c *call) (any, error) {
		meta, secret, err := w.CreateAccessKey(c.who, input[iamInput](c).UserName)
		type accessKey struct {
			UserName, AccessKeyId, Status, SecretAccessKey string
			CreateDate                                     time.Time
		}
		return gave(struct{ AccessKey accessKey }{accessKey{meta.UserName, meta.AccessKeyId, meta.Status, secret, meta.CreateDate}}, err)
	}},
	"ListAccessKeys": {noConflict: true, list: "AccessKeyMetadata", empty: func(c *call) any {
		return struct {
			AccessKeyMetadata []world.AccessKeyMetadata
			more
		}{[]world.AccessKeyMetadata{}, c.emptyMore()}
	}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.ListAccessKeys(c.who, input[iamInput](c).UserName)
		return gave(struct {
			AccessKeyMetadata []world.AccessKeyMetadata
			more
		}{AccessKeyMetadata: out}, err)
	}},
	"DeleteAccessKey": {write: true, noConflict: true, need: []string{"AccessKeyId"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.DeleteAccessKey(c.who, in.UserName, in.AccessKeyId))
	}},
	"CreateLoginProfile": {write: true, noConflict: true, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.CreateLoginProfile(c.who, in.UserName, in.PasswordResetRequired)
		return gave(struct{ LoginProfile *world.LoginProfile }{out}, err)
	}},
	"GetLoginProfile": {noConflict: true, run: func(w *world.World, c *call) (any, error) {
		out, err := w.GetLoginProfile(c.who, input[iamInput](c).UserName)
		return gave(struct{ LoginProfile *world.LoginProfile }{out}, err)
	}},
	"DeleteLoginProfile": {write: true, noConflict: true, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeleteLoginProfile(c.who, input[iamInput](c).UserName))
	}},
	"EnableMFADevice": {write: true, need: []string{"UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.EnableMFADevice(c.who.Account, in.UserName, in.SerialNumber))
	}},
	"DeactivateMFADevice": {write: true, need: []string{"SerialNumber"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.DeactivateMFADevice(c.who, in.UserName, in.SerialNumber))
	}},
	"ListMFADevices": {noConflict: true, list: "MFADevices", empty: func(c *call) any {
		return struct {
			MFADevices []world.MFADevice
			more
		}{[]world.MFADevice{}, c.emptyMore()}
	}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.ListMFADevices(c.who, input[iamInput](c).UserName)
		return gave(struct {
			MFADevices []world.MFADevice
			more
		}{MFADevices: out}, err)
	}},
}
