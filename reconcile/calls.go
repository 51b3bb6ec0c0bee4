package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// call is a call to IAM about a role in a member, with those of its condition keys
// that the file or the plan knows.
type call struct {
	action string
	arn    string // {account} in it is the account; "" where the action knows no resources
	// keys are condition keys with their values. Those in open it may have, and
	// nobody knows how; of [ofIAM] it has no others.
	keys map[string][]string
	open []string
	// exact says that all the tags that it brings are among these.
	exact bool
	id    string // the same for calls that are alike
}

// bounded are the actions whose requests have the permissions boundary of the
// role as iam:PermissionsBoundary; those that attach and detach have the policy as
// iam:PolicyARN too (Service Authorization Reference, IAM, November 2026).
var bounded = strings.Fields("CreateRole PutRolePermissionsBoundary DeleteRolePermissionsBoundary PutRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy")

const (
	keyBoundary = "iam:permissionsboundary"
	keyPolicy   = "iam:policyarn"
	keyTags     = "aws:tagkeys"
)

// ofIAM are the condition keys of IAM's own that a call has only where its keys
// say so.
var ofIAM = []string{keyBoundary, keyPolicy, "iam:passedtoservice", "iam:associatedresourcearn", "iam:awsservicename"}

// aboutRole gathers the calls about one role.
type aboutRole struct {
	p        *Planned
	arn      string
	boundary *resource.Text // nil: nobody knows; None: it has none
	all      []*call
}

// call adds a call.
func (r *aboutRole) call(action string) *call {
	c := &call{action: "iam:" + action, arn: r.arn}
	if slices.Contains(bounded, action) {
		r.put(c, keyBoundary, r.boundary)
	}
	r.all = append(r.all, c)
	return c
}

// put gives a call the value of a key.
func (r *aboutRole) put(c *call, key string, text *resource.Text) {
	if text != nil && text.IsNone() {
		return
	}
	if text != nil {
		if value, known := text.Resolve(r.p.Live.Output).Known(); known {
			c.set(key, value)
			return
		}
	}
	c.open = append(c.open, key)
}

func (c *call) set(key string, values ...string) {
	if c.keys == nil {
		c.keys = map[string][]string{}
	}
	c.keys[key] = values
}

// policy adds a call that attaches or detaches a policy.
func (r *aboutRole) policy(action string, arn resource.Text) { r.put(r.call(action), keyPolicy, &arn) }

// creates adds the calls that make the role, with tags and our mark on it.
func (r *aboutRole) creates(tags map[string]resource.Text, handoff bool) {
	for _, action := range []string{"CreateRole", "TagRole"} {
		c := r.call(action)
		c.exact = true
		names := []string{"reconciler:payer", "reconciler:name"}
		c.set("aws:requesttag/reconciler:payer", r.p.Payer.Name)
		c.open = append(c.open, "aws:requesttag/reconciler:name")
		if handoff {
			names, c.open = append(names, "reconciler:handoff"), append(c.open, "aws:requesttag/reconciler:handoff")
		}
		for name, text := range tags {
			if !text.IsNone() {
				names = append(names, name)
				r.put(c, "aws:requesttag/"+strings.ToLower(name), &text)
			}
		}
		slices.Sort(names)
		slices.Sort(c.open)
		c.set(keyTags, names...)
	}
}

// done gives the calls, each once.
func (r *aboutRole) done() []*call {
	var all []*call
	for _, c := range r.all {
		c.id = c.action + " " + c.arn
		if c.keys != nil || c.open != nil || c.exact {
			c.id += fmt.Sprint(c.keys, c.open, c.exact)
		}
		if !slices.ContainsFunc(all, func(other *call) bool { return other.id == c.id }) {
			all = append(all, c)
		}
	}
	return all
}

// keeping are the calls that it takes to keep a role of the file in a member, of
// any account: what each pass reads, and what makes the role, and makes it again
// what the file says where somebody changed it. CloudFormation makes that of a
// stack set, and no pass of ours visits it.
func (p *Planned) keeping(m *spec.MemberRole) []*call {
	none := resource.None()
	r := aboutRole{p: p, arn: p.roleARN("{account}", m.Path, m.Name), boundary: &none}
	if m.Boundary != nil {
		r.boundary = m.Boundary
	}
	says := m.Description != nil || m.MaxSession > 0
	if m.StackSet == nil {
		r.call("GetAccountAuthorizationDetails").arn = ""
	}
	if says || m.StackSet != nil {
		r.call("GetRole")
	}
	tags := map[string]resource.Text{}
	for name, text := range m.Tags {
		if text != nil {
			tags[name] = *text
		}
	}
	r.creates(tags, m.Handoff)
	r.call("TagRole").open = []string{keyTags} // when only some are not as they should be
	r.call("UpdateAssumeRolePolicy")
	if says {
		r.call("UpdateRole")
	}
	if m.Boundary != nil && !m.Boundary.IsNone() {
		r.call("PutRolePermissionsBoundary")
	}
	if slices.ContainsFunc(m.Policies.Inline, func(i spec.InlinePolicy) bool { return !i.Document.IsNone() }) {
		r.call("PutRolePolicy")
	}
	for _, policy := range m.Policies.Managed {
		if !policy.Absent {
			r.policy("AttachRolePolicy", policy.ARN)
		}
	}
	return r.done()
}

// roleCalls are the calls to IAM that a change of a role in a member costs.
func (p *Planned) roleCalls(c *planner.Change, arn string) []*call {
	r := aboutRole{p: p, arn: arn}
	switch c.Op {
	case planner.Delete:
		r.deletes(c)
	case planner.Create:
		r.makes(c)
	default:
		r.changes(c)
	}
	return r.done()
}

// deletes adds what a deletion costs: all that the role holds goes first.
func (r *aboutRole) deletes(c *planner.Change) {
	var have resource.Attrs
	if c.Have != nil {
		have = c.Have.Attrs
		r.boundary = boundaryOf(have)
	}
	for _, action := range []string{"ListRoleTags", "ListInstanceProfilesForRole", "ListRolePolicies", "ListAttachedRolePolicies"} {
		r.call(action)
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		r.takes(name)
	}
	r.call("DeleteRole")
}

// takes adds what it costs to take off a policy, by its attribute.
func (r *aboutRole) takes(attr string) {
	if strings.HasPrefix(attr, "inline.") {
		r.call("DeleteRolePolicy")
	}
	if policy, ok := strings.CutPrefix(attr, "managed."); ok {
		r.policy("DetachRolePolicy", resource.Lit(policy))
	}
}

// gives adds what it costs to put a policy on, by its attribute.
func (r *aboutRole) gives(attr string) {
	if strings.HasPrefix(attr, "inline.") {
		r.call("PutRolePolicy")
	}
	if policy, ok := strings.CutPrefix(attr, "managed."); ok {
		r.policy("AttachRolePolicy", resource.Lit(policy))
	}
}

// makes adds what a creation costs.
func (r *aboutRole) makes(c *planner.Change) {
	want := c.Want.Attrs
	r.boundary = boundaryOf(want)
	tags := map[string]resource.Text{}
	for name, text := range want {
		if tag, ok := strings.CutPrefix(name, "tags."); ok {
			tags[tag] = text
		}
	}
	_, handoff := want["handoff"]
	r.creates(tags, handoff)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !want[name].IsNone() {
			r.gives(name)
		}
	}
}

// changes adds what an update costs, or the adoption of a role that is there.
func (r *aboutRole) changes(c *planner.Change) {
	if c.Have != nil {
		r.boundary = boundaryOf(c.Have.Attrs)
	}
	if c.Op == planner.Adopt {
		r.call("TagRole")
	}
	// A boundary is set before all else, and taken off after.
	for _, f := range c.Fields {
		if f.Name == "permissionsBoundary" && !f.After.IsNone() {
			r.boundary = &f.After
			r.call("PutRolePermissionsBoundary")
		}
	}
	for _, f := range c.Fields {
		gone := f.After.IsNone()
		switch {
		case f.Name == "permissionsBoundary" && gone:
			r.call("DeleteRolePermissionsBoundary")
		case f.Name == "trust":
			r.call("UpdateAssumeRolePolicy")
		case f.Name == "description" || f.Name == "maxSessionDuration":
			r.call("UpdateRole")
		case (strings.HasPrefix(f.Name, "tags.") || f.Name == "handoff") && gone:
			r.call("UntagRole")
		case strings.HasPrefix(f.Name, "tags.") || f.Name == "handoff":
			r.call("TagRole")
		case gone:
			r.takes(f.Name)
		default:
			r.gives(f.Name)
		}
	}
}

// boundaryOf is the permissions boundary among the attributes of a role.
func boundaryOf(attrs resource.Attrs) *resource.Text {
	text, ok := attrs["permissionsBoundary"]
	if !ok {
		text = resource.None()
	}
	return &text
}
