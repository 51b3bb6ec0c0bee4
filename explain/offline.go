package explain

import (
	"slices"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Known gives what an object outputs, and whether anybody knows.
type Known func(r resource.Ref, output string) (string, bool)

// Offline is the tree that a payer file wants: its units, what it attaches to
// them, and FullAWSAccess everywhere but where it takes it away. What references
// stand for is asked of known; nil: nobody knows. SCPs count, as AWS enables them
// with the organization, unless the file has them absent; RCPs where the file has
// them among its policy types or attaches one.
func Offline(p *spec.Payer, known Known) (*Tree, error) {
	documents := map[resource.Ref]string{
		spec.PolicyRef(spec.SCP, spec.FullAWSAccess):    Full,
		spec.PolicyRef(spec.RCP, spec.RCPFullAWSAccess): RCPFull,
	}
	for _, w := range p.Policies {
		documents[w.Ref()] = document(w.Document, known)
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
				list = append(list, Attached{Policy: ref, Type: policyType, Document: documents[ref]})
			}
		}
		if n.FullAWSAccess == nil || *n.FullAWSAccess {
			usual(spec.SCP, spec.FullAWSAccess)
		}
		usual(spec.RCP, spec.RCPFullAWSAccess)
		for _, a := range n.Policies {
			list = append(list, Attached{Policy: a.Policy, Type: a.Type, Document: documents[a.Policy], Open: true})
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
	for _, n := range p.Organization.Absent {
		if n.Value == spec.SCP || n.Value == spec.RCP {
			t.Off = append(t.Off, n.Value)
		}
	}
	for a := range p.AllAccounts() {
		t.accounts = append(t.accounts, account{ref: a.Ref(), name: a.Name, email: a.Email, path: a.OU, placementKnown: a.OUSet})
	}
	return t, nil
}

// document is a document as text of JSON, its references resolved as far as
// anybody knows them.
func document(t resource.Text, known Known) string {
	if known != nil {
		t = t.Resolve(known)
	}
	return t.JSON()
}
