package explain

import (
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// At is where somebody is: in any account of the unit at Path, or where Account
// is not zero in that account, with what hangs on the account itself.
type At struct {
	Path    string
	Account resource.Ref
}

// Bars says what decides against a request of somebody, by the policies of one
// type: nil where the request is allowed. Unlike [Tree.Ask], keys may be unknown;
// sure is false where the decision hangs on one. A unit that the tree does not
// have counts as its parent, and an account that [Tree.Add] has not put into it
// as any account of its unit.
func (t *Tree) Bars(at At, policyType string, r *iampolicy.Request) (by *Barrier, sure bool) {
	var own *account
	if i, ok := t.byRef[at.Account]; ok {
		own = &t.accounts[i]
	}
	scps, rcps := t.levels(at.Path, own)
	levels := scps
	if policyType == spec.RCP {
		if !iampolicy.RCPReaches(r.Action) {
			return nil, true
		}
		levels = rcps
	}
	open := levels[:0:0]
	for _, l := range levels {
		if len(l.Policies) > 0 { // else the type is off, or nobody has read the node
			open = append(open, l)
		}
	}
	if len(open) == 0 {
		return nil, true
	}
	d := iampolicy.Chain(open, r)
	if d.Allowed() {
		return nil, true
	}
	b := &Barrier{Type: policyType}
	b.Node, _ = resource.ParseRef(d.Level)
	if d.Policy != nil && d.Statement >= 0 {
		b.Policy, _ = resource.ParseRef(d.Policy.Name)
		b.Number, b.Sid = d.Statement+1, d.Sid()
	}
	return b, !d.Unsure
}

// Barrier is what decides against a request: a statement, or where Policy is
// zero a node on which nothing allows it.
type Barrier Statement

// String says what bars.
func (b Barrier) String() string {
	if b.Policy.IsZero() {
		return Closed{b.Type, b.Node}.String()
	}
	return Statement(b).String() + " denies it"
}
