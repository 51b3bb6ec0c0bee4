package spec

import (
	"fmt"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// nodes reads what hangs on the root and on every OU.
func (b *builder) nodes() {
	r := b.f.Root.Value
	b.p.Node = Node{Pos: b.p.Pos}
	if b.f.Root.Set() {
		b.p.Node.Pos = pos(b.f.Root.At)
	}
	b.node(&b.p.Node, r.Policies, r.FullAWSAccess)
	b.ouNodes(b.p.OUs, b.f.OUs.Value)
}

func (b *builder) ouNodes(ous []OU, list []file.V[file.OU]) {
	for i := range ous {
		b.node(&ous[i].Node, list[i].Value.Policies, list[i].Value.FullAWSAccess)
		b.ouNodes(ous[i].OUs, list[i].Value.OUs.Value)
	}
}

func (b *builder) node(n *Node, list file.List[string], full file.V[bool]) {
	if b.fits(full.At) {
		n.FullAWSAccess, n.FullAWSAccessPos = &full.Value, pos(full.At)
	}
	if n.PoliciesPos = n.Pos; list.Set() {
		n.PoliciesPos = pos(list.At)
	}
	keep := n.FullAWSAccess == nil || *n.FullAWSAccess
	first := map[resource.Ref]int{}
	allows := false
	for _, v := range list.Value {
		if !b.fits(v.At) {
			continue
		}
		ref, policyType, err := b.findPolicy(b.plain(v, ""))
		switch {
		case !b.fits(v.At):
			continue
		case err != nil:
			b.add(v.At, "%v", err)
			continue
		case first[ref] > 0:
			b.add(v.At, "%q stands here twice, first on line %d", strictyaml.Shown(v.Value), first[ref])
			continue
		case ref == PolicyRef(SCP, FullAWSAccess) && !keep:
			b.add(v.At, "FullAWSAccess is named here, and fullAWSAccess: false takes it away")
		}
		first[ref] = v.Line
		if i, ok := b.policies[ref]; ok && policyType == SCP {
			// A policy whose document is a mistake is taken to allow something.
			allows = allows || b.allows[ref] || b.p.Policies[i].Document.Equal(resource.Text{})
		}
		n.Policies = append(n.Policies, Attached{pos(v.At), ref, policyType})
	}
	if !keep && !allows {
		b.add(full.At, "no other SCP here allows anything: without FullAWSAccess all below would be denied")
	}
	b.slots(list.At, n, keep)
}

// slots counts the policies of each type that will hang on a node.
func (b *builder) slots(at file.At, n *Node, keep bool) {
	used := map[string]int{}
	var types []string
	named := map[resource.Ref]bool{}
	for _, a := range n.Policies {
		if used[a.Type] == 0 {
			types = append(types, a.Type)
		}
		used[a.Type]++
		named[a.Policy] = true
	}
	for _, t := range types {
		limit, note := b.p.Limits.Policy(t).Attached, ""
		switch {
		case t == SCP && keep && !named[PolicyRef(SCP, FullAWSAccess)]:
			used[t]++
			note = ", FullAWSAccess counted"
		case t == RCP && !named[PolicyRef(RCP, RCPFullAWSAccess)]:
			used[t]++
			note = ", RCPFullAWSAccess counted"
		}
		if limit > 0 && used[t] > limit {
			b.add(at, "%s", fmt.Sprintf("%s slots of %s are taken%s", of(used[t], limit), t, note))
		}
	}
}
