package explain

import (
	"slices"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Offline is the tree that a payer file wants: its units, what it attaches to
// them, and FullAWSAccess everywhere but where it takes it away.
func Offline(p *spec.Payer) (*Tree, error) {
	documents := map[resource.Ref]string{
		spec.PolicyRef(spec.SCP, spec.FullAWSAccess):    Full,
		spec.PolicyRef(spec.RCP, spec.RCPFullAWSAccess): RCPFull,
	}
	for _, w := range p.Policies {
		documents[w.Ref()] = w.Document.String()
	}
	on := map[string][]Attached{}
	rcps := slices.ContainsFunc(p.Organization.PolicyTypes, func(n spec.Name) bool { return n.Value == spec.RCP })
	add := func(path string, n spec.Node) {
		var list []Attached
		named := map[resource.Ref]bool{}
		for _, a := range n.Policies {
			named[a.Policy] = true
		}
		usual := func(policyType, name string) {
			if ref := spec.PolicyRef(policyType, name); !named[ref] {
				list = append(list, Attached{ref, policyType, documents[ref]})
			}
		}
		if n.FullAWSAccess == nil || *n.FullAWSAccess {
			usual(spec.SCP, spec.FullAWSAccess)
		}
		usual(spec.RCP, spec.RCPFullAWSAccess)
		for _, a := range n.Policies {
			list = append(list, Attached{a.Policy, a.Type, documents[a.Policy]})
			rcps = rcps || a.Type == spec.RCP
		}
		on[path] = list
	}
	add("", p.Node)
	for o := range p.AllOUs() {
		add(o.Path, o.Node)
	}
	t, err := New(on)
	if err != nil {
		return nil, err
	}
	t.Source, t.Management, t.RCPs = "the payer file", p.AccountID, rcps
	for a := range p.AllAccounts() {
		t.accounts = append(t.accounts, account{ref: a.Ref(), name: a.Name, email: a.Email, path: a.OU, placementKnown: a.OUSet})
	}
	return t, nil
}
