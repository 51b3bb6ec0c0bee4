// Package stackset is the kind of a service-managed CloudFormation stack set
// that puts one role into every account under some units: AWS's own engine for
// what package memberrole does account by account.
//
// The stack set bears our mark; so does the role that it makes. Accounts that
// come into a unit get the role by automatic deployment, and so no pass of ours
// visits them. CloudFormation never deploys to the management account: a role
// that the payer is to have too is one of the payer's own roles.
//
// CloudFormation works on one operation of a stack set at a time, for minutes to
// hours. Each is a pending request: a later pass finds it and goes on with it.
package stackset

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/account"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/kinds/ou"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// The attributes of a stack set.
const (
	template  = "template"
	unit      = "ous." // and the path
	auto      = "autoDeployment"
	retain    = "retainOnAccountRemoval"
	region    = "region"
	access    = "organizationsAccess"
	instances = "instances"

	deployed = "deployed"
	current  = "current"
)

// The inputs of a stack set, beside its template and the ids of its units. By
// documents nothing is made: they are those of the template as the file spells
// them, for those who read a plan.
const (
	tolerance  = "failureTolerance"
	concurrent = "maxConcurrent"
	documents  = "documents"
)

// maxTemplate is how many bytes of a template a call may hold (CloudFormation
// API reference, CreateStackSet, read 2026-11).
const maxTemplate = 51200

// Kind is a stack set that deploys a member role.
var Kind = &kind.Kind{
	Name:     "stack-set",
	Doc:      "a CloudFormation stack set that puts a role into the members of units",
	Requires: []*kind.Kind{organization.Kind, ou.Kind, account.Kind},
	Fixed:    map[string]string{region: "its stacks are in {before}: a role cannot be in two regions' stacks, so delete the stack set first"},
	Marked:   true,
	Prunes:   true,
	Lane:     kind.Lane{Name: "stack-set", Width: 8},
	Desired:  desired,
	Live:     live,
	Confirm:  confirm,
	Create:   create,
	Update:   update,
	Delete:   remove,
	Resume:   resume,
}

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	var objects []resource.Object
	for _, m := range deployedBySets(p) {
		o, err := want(p, m, read)
		if err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// deployedBySets are the member roles that stack sets deploy.
func deployedBySets(p *spec.Payer) []spec.MemberRole {
	var all []spec.MemberRole
	for _, m := range p.MemberRoles {
		if m.StackSet != nil {
			all = append(all, m)
		}
	}
	return all
}

// want is the wanted object of one member role.
func want(p *spec.Payer, m spec.MemberRole, read *resource.State) (resource.Object, error) {
	set := m.StackSet
	ref := spec.StackSetRef(set.Name)
	body, err := templateOf(p, m, read)
	if err != nil {
		return resource.Object{}, fmt.Errorf("%s: %s: %w", m.Pos, ref, err)
	}
	o := resource.Object{
		Ref: ref, Origin: m.Pos.String(), Facts: map[string]string{}, After: []resource.Ref{spec.OrganizationRef},
		Attrs: resource.Attrs{
			template: body, auto: resource.Lit("enabled"), retain: resource.Lit(strconv.FormatBool(set.RetainOnAccountRemoval)),
			access: resource.Lit("ENABLED"), instances: resource.Lit(current),
		},
		Inputs: resource.Attrs{
			region: resource.Lit(set.Region), tolerance: resource.Lit(set.FailureTolerance.String()),
			concurrent: resource.Lit(set.MaxConcurrent.String()), documents: documentsOf(m, read),
		},
	}
	for _, path := range m.OUs {
		o.Attrs[unitAttr(path)], o.Inputs[unitAttr(path)] = resource.Lit(deployed), ou.ID(path)
	}
	have, _ := read.Get(ref)
	for _, fact := range change {
		if v := have.Facts[fact]; v != "" {
			o.Facts[fact] = v
		}
	}
	if have.Attrs[region].Value() != "" {
		o.Attrs[region] = resource.Lit(set.Region)
	}
	switch {
	case m.Adopt.Own:
		o.Facts[resource.FactAdopt] = "own"
	case m.Adopt.Adopt:
		o.Facts[resource.FactAdopt] = "true"
	}
	if v, ok := self.Hand(p.Name, have, o, m.Handoff); ok {
		o.Attrs[self.Handoff] = v
	}
	if m.Handoff && !p.Run.AllowSelf {
		keepTrust(&o, have)
	}
	n := len(body.String())
	if o.Facts[resource.FactCharacters] = fmt.Sprintf("%d/%d", n, maxTemplate); n > maxTemplate {
		o.Facts[resource.FactBlocked] = fmt.Sprintf("its template has %d bytes, and CloudFormation takes %d", n, maxTemplate)
	}
	orgs.SetWanted(o.Attrs, m.Tags)
	return o, nil
}

// keepTrust blocks what would take from somebody the right to assume a role that
// is handed to a vendor. The output of what this plan makes is no principal that
// anybody has yet. The trust that was written last is put back, whoever was let
// in behind our back.
func keepTrust(o *resource.Object, have resource.Object) {
	before := trustOf(have.Attrs[template].Value())
	if before == "" {
		return
	}
	after, _ := o.Attrs[template].Map(func(s string) (string, error) { return trustOf(s), nil })
	if self.Heals(have, after) {
		return
	}
	if lost := self.LosesTrust(before, after.String()); len(lost) > 0 {
		o.Facts[resource.FactBlocked] = fmt.Sprintf("its new trust shuts out %s, and it is handed to a vendor%s", strings.Join(lost, " and "), self.Lift)
	}
}

// unitAttr is the attribute of a unit; the root is a slash, which no path is.
func unitAttr(path string) string {
	if path == "" {
		return unit + "/"
	}
	return unit + path
}
