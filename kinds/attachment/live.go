package attachment

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/ou"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// look is one list to read: the policies of a type on a node.
type look struct {
	node       resource.Ref
	id         string
	policyType string
}

// live reads what is attached to the root and to the declared units, foreign
// policies too, for they take slots. A declared unit that is not there yet gets
// the attachment that AWS will make with it.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	looks, coming := places(p, read)
	lists := make([][]types.PolicySummary, len(looks))
	err := orgs.Each(ctx, looks, func(ctx context.Context, i int, l look) (err error) {
		lists[i], err = orgs.ListAttached(ctx, s, l.id, l.policyType)
		return err
	})
	if err != nil {
		return nil, err
	}
	byID := map[string]resource.Object{}
	for o := range read.Kind("policy") {
		byID[o.ID()] = o
	}
	declared := declaredPolicies(p)
	lines := lines(p)
	var objects []resource.Object
	for i, l := range looks {
		for _, sum := range lists[i] {
			o := attached(p, l, sum, byID, declared)
			if o.Facts[resource.FactExact] != "" {
				o.Origin = lines[l.node]
			}
			objects = append(objects, o)
		}
	}
	for _, l := range coming {
		objects = append(objects, willAttach(p, l))
	}
	return objects, nil
}

// places lists the nodes to look at, for each enabled type, and the declared
// nodes that do not exist yet, for each type that has a default policy.
func places(p *spec.Payer, read *resource.State) (looks, coming []look) {
	var enabled []string
	for t := range read.Kind("policy-type") {
		if t.Pending == "" && t.Facts[resource.FactAbsent] == "" {
			enabled = append(enabled, t.Ref.Name)
		}
	}
	if p == nil {
		return everywhere(read, enabled), nil
	}
	defaults := map[string]bool{spec.SCP: true}
	for _, n := range p.Organization.PolicyTypes {
		if n.Value == spec.RCP {
			defaults[spec.RCP] = true
		}
	}
	for _, t := range enabled {
		if t == spec.RCP {
			defaults[spec.RCP] = true
		}
	}
	for _, n := range nodes(p) {
		id, there := idOf(read, n.path)
		for _, t := range enabled {
			if there {
				looks = append(looks, look{n.ref(), id, t})
			}
		}
		for _, t := range []string{spec.SCP, spec.RCP} {
			if !there && defaults[t] {
				coming = append(coming, look{n.ref(), "", t})
			}
		}
	}
	return looks, coming
}

// everywhere looks at the root and at every unit there is.
func everywhere(read *resource.State, enabled []string) []look {
	var looks []look
	for _, t := range enabled {
		if id, ok := idOf(read, ""); ok {
			looks = append(looks, look{spec.RootRef, id, t})
		}
		for o := range read.Kind("ou") {
			looks = append(looks, look{o.Ref, o.ID(), t})
		}
	}
	return looks
}

func idOf(read *resource.State, path string) (string, bool) {
	if path == "" {
		return read.Output(spec.OrganizationRef, "rootId")
	}
	return read.Output(ou.Ref(path), "id")
}

// lines says for each declared node where its list of policies stands: a
// declared policy that is attached and not in it leaves by that line.
func lines(p *spec.Payer) map[resource.Ref]string {
	at := map[resource.Ref]string{}
	if p != nil {
		for _, n := range nodes(p) {
			at[n.ref()] = n.PoliciesPos.String()
		}
	}
	return at
}

func declaredPolicies(p *spec.Payer) map[resource.Ref]bool {
	refs := map[resource.Ref]bool{}
	if p != nil {
		for _, w := range p.Policies {
			refs[w.Ref()] = true
		}
	}
	return refs
}

func attached(p *spec.Payer, l look, sum types.PolicySummary, byID map[string]resource.Object, declared map[resource.Ref]bool) resource.Object {
	of, listed := byID[aws.ToString(sum.Id)]
	ref := of.Ref
	if !listed { // attached, and the list of policies lags
		ref = spec.PolicyRef(l.policyType, aws.ToString(sum.Name))
	}
	f := facts(p, ref, l.node, l.policyType, of.Facts[resource.FactAllows])
	_, system := awsManaged(ref)
	switch {
	case system || sum.AwsManaged:
		f[resource.FactSystem] = "true"
	case declared[ref]:
		f[resource.FactExact] = "true"
	default:
		f[resource.FactFollows] = ref.String()
	}
	return resource.Object{
		Ref: spec.AttachmentRef(ref, l.node), Facts: f, After: []resource.Ref{ref, l.node},
		Outputs: map[string]string{"id": aws.ToString(sum.Id) + "@" + l.id, "policy": aws.ToString(sum.Id), "target": l.id},
	}
}

// willAttach is the attachment of the default policy that AWS makes with a
// node that this plan makes. Its target is known once the node is there.
func willAttach(p *spec.Payer, l look) resource.Object {
	ref, allows := spec.PolicyRef(spec.SCP, spec.FullAWSAccess), "true"
	if l.policyType == spec.RCP {
		ref, allows = spec.PolicyRef(spec.RCP, spec.RCPFullAWSAccess), ""
	}
	id, _ := awsManaged(ref)
	f := facts(p, ref, l.node, l.policyType, allows)
	f[resource.FactSystem] = "true"
	path := l.node.Name
	return resource.Object{
		Ref: spec.AttachmentRef(ref, l.node), Facts: f, After: []resource.Ref{l.node},
		Inputs: resource.Attrs{"policy": resource.Lit(id), "target": ou.ID(path)},
	}
}
