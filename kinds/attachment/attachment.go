// Package attachment is the kind of a policy on a node: the root or an OU. On
// a node the list is exact among the policies that the file declares; the
// policies that AWS puts on every node are kept unless the file says otherwise.
package attachment

import (
	"fmt"
	"strconv"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/kinds/ou"
	"github.com/payer-reconciler/reconciler/kinds/policy"
	"github.com/payer-reconciler/reconciler/kinds/policytype"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is a policy on a node.
var Kind = &kind.Kind{
	Name:     "attachment",
	Doc:      "a policy that is attached to the root or to a unit",
	Requires: []*kind.Kind{organization.Kind, policytype.Kind, ou.Kind, policy.Kind},
	Calls:    map[string][]string{"create": {"AttachPolicy"}, "delete": {"DetachPolicy"}},
	Desired:  desired,
	Live:     live,
	Create:   create,
	Delete:   remove,
}

// awsManaged gives the id of a policy that AWS attaches by itself, and whether
// the ref is one.
func awsManaged(ref resource.Ref) (string, bool) {
	switch ref {
	case spec.PolicyRef(spec.SCP, spec.FullAWSAccess):
		return "p-" + spec.FullAWSAccess, true
	case spec.PolicyRef(spec.RCP, spec.RCPFullAWSAccess):
		return "p-" + spec.RCPFullAWSAccess, true
	}
	return "", false
}

// node is the root or a declared OU.
type node struct {
	spec.Node
	path string
}

func (n node) ref() resource.Ref { return ou.Ref(n.path) }

// nodes lists the root and the declared units.
func nodes(p *spec.Payer) []node {
	all := []node{{Node: p.Node}}
	for o := range p.AllOUs() {
		all = append(all, node{Node: o.Node, path: o.Path})
	}
	return all
}

// Refs lists the attachments that the file declares on every node from the
// root down to path, and those of FullAWSAccess that it takes away: all is as
// it says before an account enters. It is kept by
// path, so that ten thousand accounts share one list.
func Refs(p *spec.Payer) func(path string) []resource.Ref {
	own := map[string][]resource.Ref{}
	for _, n := range nodes(p) {
		for _, a := range n.Policies {
			own[n.path] = append(own[n.path], spec.AttachmentRef(a.Policy, n.ref()))
		}
		if n.FullAWSAccess != nil && !*n.FullAWSAccess {
			own[n.path] = append(own[n.path], spec.AttachmentRef(spec.PolicyRef(spec.SCP, spec.FullAWSAccess), n.ref()))
		}
	}
	kept := map[string][]resource.Ref{}
	return func(path string) []resource.Ref {
		if refs, ok := kept[path]; ok {
			return refs
		}
		refs := []resource.Ref{ou.Ref(path)}
		for at := path; ; at = resource.ParentPath(at) {
			refs = append(refs, own[at]...)
			if at == "" {
				break
			}
		}
		kept[path] = refs
		return refs
	}
}

// facts are those of any attachment, wanted or live.
func facts(p *spec.Payer, policyRef, nodeRef resource.Ref, policyType, allows string) map[string]string {
	var limits spec.Limits
	if p != nil {
		limits = p.Limits
	}
	l := limits.Policy(policyType)
	f := map[string]string{
		resource.FactPolicy: policyRef.String(),
		resource.FactNode:   nodeRef.String() + " " + policyType,
	}
	if l.Attached > 0 {
		f[resource.FactSlots] = strconv.Itoa(l.Attached)
	}
	if l.MinAttached > 0 {
		f[resource.FactMinimum] = strconv.Itoa(l.MinAttached)
	}
	if allows != "" {
		f[resource.FactAllows] = allows
	}
	return f
}

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	wanted, err := policy.Kind.Desired(p, read)
	if err != nil {
		return nil, err
	}
	allows := map[resource.Ref]string{spec.PolicyRef(spec.SCP, spec.FullAWSAccess): "true"}
	for _, w := range wanted {
		allows[w.Ref] = w.Facts[resource.FactAllows]
	}
	var objects []resource.Object
	for _, n := range nodes(p) {
		for _, a := range n.Policies {
			o := resource.Object{
				Ref: spec.AttachmentRef(a.Policy, n.ref()), Origin: a.Pos.String(),
				Inputs: resource.Attrs{"policy": resource.Output(a.Policy, "id"), "target": ou.ID(n.path)},
				After:  []resource.Ref{policytype.Ref(a.Type)},
				Facts:  facts(p, a.Policy, n.ref(), a.Type, allows[a.Policy]),
			}
			if notEnabled(p, read, a.Type) {
				o.Facts[resource.FactBlocked] = fmt.Sprintf("policy type %s is not enabled; name it under organization.policyTypes", a.Type)
			}
			if id, ok := awsManaged(a.Policy); ok {
				o.Inputs["policy"] = resource.Lit(id)
			}
			objects = append(objects, o)
		}
		if n.FullAWSAccess != nil && !*n.FullAWSAccess {
			full := spec.PolicyRef(spec.SCP, spec.FullAWSAccess)
			f := facts(p, full, n.ref(), spec.SCP, "true")
			f[resource.FactAbsent] = "true"
			objects = append(objects, resource.Object{Ref: spec.AttachmentRef(full, n.ref()), Origin: n.FullAWSAccessPos.String(), Facts: f})
		}
	}
	return objects, nil
}

// notEnabled says that a type is off, and that the file does not switch it on.
// AWS enables SCPs with a new organization, but users have met ones without.
func notEnabled(p *spec.Payer, read *resource.State, policyType string) bool {
	_, on := read.Get(policytype.Ref(policyType))
	return !on && !named(p, policyType)
}

func named(p *spec.Payer, policyType string) bool {
	for _, n := range p.Organization.PolicyTypes {
		if n.Value == policyType {
			return true
		}
	}
	return false
}
