package reconcile

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// hung is what hangs on the root, a unit or, as far as that is read, an account.
type hung struct {
	at            explain.At
	before, after []impact.Policy
}

// hung lists what hangs on each node, and on each account of which it is read.
func (b *bound) hung() []hung {
	all := make([]hung, 0, len(b.tree.Nodes)+len(b.own))
	for _, n := range b.tree.Nodes {
		all = append(all, hung{explain.At{Path: n.Path}, n.Before, n.After})
	}
	for _, ref := range slices.SortedFunc(maps.Keys(b.own), resource.Ref.Compare) {
		all = append(all, hung{explain.At{Account: ref}, b.own[ref].Before, b.own[ref].After})
	}
	return all
}

// on is what hangs on a node or an account.
func (b *bound) on(node resource.Ref) (before, after []impact.Policy) {
	if g := b.own[node]; g != nil {
		return g.Before, g.After
	}
	path, ok := pathOf(node.String())
	if i, there := b.nodes[path]; ok && there {
		return b.tree.Nodes[i].Before, b.tree.Nodes[i].After
	}
	return nil, nil
}

// sides are the trees before and after the plan, for single requests.
func (b *bound) sides() (before, after *explain.Tree, err error) {
	was, will := map[string][]explain.Attached{}, map[string][]explain.Attached{}
	for _, n := range b.tree.Nodes {
		was[n.Path], will[n.Path] = attached(n.Before), attached(n.After)
	}
	if before, err = explain.New(was); err != nil {
		return nil, nil, err
	}
	if after, err = explain.New(will); err != nil {
		return nil, nil, err
	}
	for ref, g := range b.own {
		if err := before.Add(explain.Account{Ref: ref, On: attached(g.Before)}); err != nil {
			return nil, nil, err
		}
		if err := after.Add(explain.Account{Ref: ref, On: attached(g.After)}); err != nil {
			return nil, nil, err
		}
	}
	return before, after, nil
}

// attached leaves out what nobody has read; where anything is left out, the node
// is taken to allow everything.
func attached(list []impact.Policy) []explain.Attached {
	all := make([]explain.Attached, 0, len(list))
	for _, p := range slices.SortedFunc(slices.Values(list), func(a, b impact.Policy) int { return a.Ref.Compare(b.Ref) }) {
		if p.Document == "" {
			p.Document = explain.Full
			if p.Type == spec.RCP {
				p.Document = explain.RCPFull
			}
		}
		all = append(all, explain.Attached{Policy: p.Ref, Type: p.Type, Document: settled(p.Document)})
	}
	return all
}

var reference = regexp.MustCompile(`\$\{\{ *([^{}]*?) *\}\}`)

// settled puts stand-ins into a document for what is known only later: they are
// nobody's name, and those of the organization and the account are what a
// [gauge] takes for their ids.
func settled(document string) string {
	if !strings.Contains(document, "${{") {
		return document
	}
	return reference.ReplaceAllString(document, notYet+"-$1")
}

// compile makes the policies ready that hang on the nodes before the plan and
// after, and gives them all.
func (g *gauge) compile() ([]*iampolicy.Policy, error) {
	var all []*iampolicy.Policy
	compiled := map[string]*iampolicy.Policy{}
	ready := func(list []impact.Policy) ([]*iampolicy.Policy, error) {
		var these []*iampolicy.Policy
		for _, a := range attached(list) {
			p := compiled[a.Document]
			if p == nil {
				var err error
				if p, err = iampolicy.Compile([]byte(a.Document)); err != nil {
					return nil, err
				}
				compiled[a.Document] = p
				all = append(all, p)
			}
			these = append(these, p)
		}
		return these, nil
	}
	g.was = make(map[explain.At][]*iampolicy.Policy, len(g.b.tree.Nodes))
	g.will = make(map[explain.At][]*iampolicy.Policy, len(g.b.tree.Nodes))
	for _, h := range g.b.hung() {
		was, err := ready(h.before)
		if err != nil {
			return nil, err
		}
		if g.was[h.at], g.will[h.at] = was, was; slices.Equal(h.before, h.after) {
			continue
		}
		if g.will[h.at], err = ready(h.after); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// principals are those of a member or a payer that conditions name.
func principals(policies []*iampolicy.Policy) []iampolicy.Principal {
	var all []iampolicy.Principal
	for _, p := range policies {
		for _, c := range p.Circumstances() {
			if c.Key != "aws:principalarn" || len(c.Values) != 1 {
				continue
			}
			if who, err := iampolicy.PrincipalOf(c.Values[0]); err == nil {
				all = append(all, who)
			}
		}
	}
	return all
}
