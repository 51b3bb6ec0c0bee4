package reconcile

import (
	"strings"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// bound is what binds whom before and after a plan: the service and resource
// control policies on every node, and the member accounts in it.
type bound struct {
	payer *spec.Payer
	tree  impact.Tree
	nodes map[string]int // by path, into tree.Nodes
	docs  documents
	// own is what hangs on accounts themselves, as far as that is read.
	own map[resource.Ref]*impact.Group
	// off are the policy types that the plan switches off, see [bound.turn].
	off map[string]bool
}

// bound reads the plan, and what its edits reach elsewhere.
func (p *Planned) bound() *bound {
	b := newBound(p.Payer, p.Live, p.Plan)
	for _, t := range p.reaches {
		b.hang(t)
	}
	b.hangLeft(p)
	return b
}

// newBound reads the plan. Where it changes no policy of the two types, no
// attachment of one, and takes neither type away, its tree has no changes.
func newBound(p *spec.Payer, have *resource.State, plan *planner.Plan) *bound {
	b := &bound{payer: p, nodes: map[string]int{}, own: map[resource.Ref]*impact.Group{}, tree: impact.Tree{Changed: map[resource.Ref]bool{}}}
	changes := map[resource.Ref]*planner.Change{}
	for i := range plan.Changes {
		c := &plan.Changes[i]
		if c.Held() {
			continue
		}
		changes[c.Ref] = c
		if c.Ref.Kind == "policy" || c.Ref.Kind == "attachment" {
			b.tree.Changed[c.Ref] = true
		}
	}
	b.node("")
	for o := range have.Kind("ou") {
		b.node(o.Ref.Name)
	}
	b.docs = documents{have: have, changes: changes}
	b.turn(have, changes)
	for o := range have.Kind("attachment") {
		b.attach(o, changes[o.Ref])
	}
	for _, c := range changes {
		if c.Ref.Kind == "attachment" && c.Op == planner.Create {
			b.attach(*c.Want, c)
		}
	}
	return b
}

// node finds or makes the node of a path.
func (b *bound) node(path string) *impact.Node {
	i, ok := b.nodes[path]
	if !ok {
		i = len(b.tree.Nodes)
		b.nodes[path] = i
		b.tree.Nodes = append(b.tree.Nodes, impact.Node{Path: path})
	}
	return &b.tree.Nodes[i]
}

// attach puts an attachment on its node, before and after its change.
func (b *bound) attach(o resource.Object, c *planner.Change) {
	fact := o.Facts[resource.FactNode]
	at := strings.LastIndexByte(fact, ' ')
	if at < 0 || o.Facts[resource.FactAbsent] != "" {
		return
	}
	path, ok := pathOf(fact[:at])
	policy, err := resource.ParseRef(o.Facts[resource.FactPolicy])
	policyType := fact[at+1:]
	if !ok || err != nil || policyType != spec.SCP && policyType != spec.RCP {
		return
	}
	n := b.node(path)
	one := impact.Policy{Ref: policy, Attachment: o.Ref, Type: policyType}
	if b.off[policyType] {
		one.Attachment = typeRef(policyType) // it goes with the type
	}
	if c == nil || c.Op == planner.Delete {
		one.Document = b.docs.before(policy)
		n.Before = append(n.Before, one)
	}
	if (c == nil || c.Op == planner.Create) && !b.off[policyType] {
		one.Document = b.docs.after(policy)
		n.After = append(n.After, one)
	}
}

// pathOf reads the name of a node: root, or ou/PATH.
func pathOf(node string) (string, bool) {
	if node == spec.RootRef.String() {
		return "", true
	}
	return strings.CutPrefix(node, "ou/")
}

// documents are those of the policies before and after a plan.
type documents struct {
	have    *resource.State
	changes map[resource.Ref]*planner.Change
}

// before is the document that AWS has; "" where nobody has read it, or nobody
// can.
func (d documents) before(policy resource.Ref) string {
	switch policy {
	case spec.PolicyRef(spec.SCP, spec.FullAWSAccess):
		return explain.Full
	case spec.PolicyRef(spec.RCP, spec.RCPFullAWSAccess):
		return explain.RCPFull
	}
	o, _ := d.have.Get(policy)
	text, ok := o.Attrs["document"]
	if !ok {
		return ""
	}
	if _, err := iampolicy.Compile([]byte(text.Value())); err != nil {
		return ""
	}
	return text.Value()
}

// after is the document that the policy will have; "" where nobody can read it.
// What is known only later stands in it as a reference.
func (d documents) after(policy resource.Ref) string {
	c := d.changes[policy]
	if c == nil || c.Want == nil || c.Op == planner.Delete {
		return d.before(policy)
	}
	content, ok := c.Want.Inputs["content"]
	if !ok {
		return d.before(policy)
	}
	resolved := content.Resolve(d.have.Output)
	if _, err := iampolicy.Compile([]byte(resolved.String())); err != nil {
		return ""
	}
	return resolved.String()
}

// count puts the accounts into their nodes: the member accounts that are there
// and in use, where they will stand. Those that move, and those that policies
// hang on themselves, are groups: where they stand now is what binds them before.
// Accounts that the plan makes lose nothing.
func (b *bound) count(have *resource.State, plan *planner.Plan) {
	moves := map[resource.Ref]string{}
	for i := range plan.Changes {
		if c := &plan.Changes[i]; c.Move && !c.Held() && c.Want != nil {
			moves[c.Ref] = c.Want.Attrs["ou"].Value()
		}
	}
	type way struct {
		from, to string
		own      resource.Ref
	}
	groups := map[way]int{}
	for a := range have.Kind("account") {
		if !inUse(b.payer, &a) || a.Facts[resource.FactNew] != "" {
			continue
		}
		from, ok := pathOf(a.Attrs["ou"].Value())
		if !ok {
			continue
		}
		w := way{from: from, to: from}
		if at, moved := moves[a.Ref]; moved {
			if w.to, ok = pathOf(at); !ok {
				continue
			}
		}
		own := b.own[a.Ref]
		if own != nil {
			w.own = a.Ref
		}
		if w == (way{from: from, to: from}) {
			b.node(from).Accounts++
			continue
		}
		i, ok := groups[w]
		if !ok {
			i = len(b.tree.Groups)
			groups[w] = i
			g := impact.Group{From: w.from, Path: w.to}
			if own != nil {
				g.Before, g.After = own.Before, own.After
			}
			b.tree.Groups = append(b.tree.Groups, g)
		}
		b.tree.Groups[i].Accounts++
	}
}

// inUse says that an account is a member that is there and works: closed ones are
// listed for ninety days more, and suspended ones do nothing.
func inUse(p *spec.Payer, a *resource.Object) bool {
	state := a.Facts[resource.FactState]
	return a.ID() != "" && a.ID() != p.AccountID && (state == "" || state == "ACTIVE")
}
