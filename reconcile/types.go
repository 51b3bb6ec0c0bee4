package reconcile

import (
	"slices"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// A plan may switch a policy type off and on. Then AWS itself detaches and
// attaches, by the pages "Disabling a policy type" and "Resource control policies"
// of the Organizations User Guide: with a type that goes, all its policies are
// detached from everything, so that nothing of the type binds anybody, and none
// comes back by itself; with a type that comes, the root, all units and all
// accounts have its FullAWSAccess and nothing else.

// typeRef names the type as what a plan switches.
func typeRef(policyType string) resource.Ref {
	return resource.Ref{Kind: "policy-type", Name: policyType}
}

// turn reads which of the two types the plan switches, and puts what AWS attaches
// with one on all nodes that are there.
func (b *bound) turn(have *resource.State, changes map[resource.Ref]*planner.Change) {
	b.off = map[string]bool{}
	for _, full := range []impact.Policy{
		{Ref: spec.PolicyRef(spec.SCP, spec.FullAWSAccess), Type: spec.SCP, Document: explain.Full},
		{Ref: spec.PolicyRef(spec.RCP, spec.RCPFullAWSAccess), Type: spec.RCP, Document: explain.RCPFull},
	} {
		c := changes[typeRef(full.Type)]
		if c == nil {
			continue
		}
		if c.Op == planner.Delete {
			b.off[full.Type], b.tree.Changed[c.Ref] = true, true
			continue
		}
		for path := range b.nodes {
			full.Attachment = spec.AttachmentRef(full.Ref, resource.Unit(path))
			if _, there := have.Get(full.Attachment); there { // on a node that the plan makes
				continue
			}
			n := b.node(path)
			n.After = append(slices.Clip(n.After), full)
		}
	}
}
