package reconcile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/spec"
)

// said is what the documents of a tree speak of.
type said struct {
	ids     map[string]bool // twelve digits
	paths   bool            // units, by their paths
	numbers map[string]int  // documents
}

// read gathers what documents speak of.
func (s *said) read(nodes []nodeOf) {
	s.ids, s.numbers = map[string]bool{}, map[string]int{}
	for _, n := range nodes {
		for _, p := range append(slices.Clip(n.Before), n.After...) {
			if _, known := s.numbers[p.Document]; known {
				continue
			}
			s.numbers[p.Document] = len(s.numbers)
			s.paths = s.paths || strings.Contains(strings.ToLower(p.Document), "orgpaths")
			for _, id := range twelveDigits.FindAllString(p.Document, -1) {
				s.ids[id] = true
			}
		}
	}
}

// names says that a document speaks of an account by its id.
func (s *said) names(account string) bool { return s.ids[account] }

// number is one for each document.
func (s *said) number(document string) int { return s.numbers[document] }

// sides are the trees before and after the plan, for single requests.
func (b *bound) sides() (before, after *explain.Tree, err error) {
	was, will := map[string][]explain.Attached{}, map[string][]explain.Attached{}
	for _, n := range b.tree.Nodes {
		was[n.Path], will[n.Path] = attached(n.Before), attached(n.After)
	}
	if before, err = explain.New(was); err != nil {
		return nil, nil, err
	}
	after, err = explain.New(will)
	return before, after, err
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

var twelveDigits = regexp.MustCompile(`[0-9]{12}`)

var reference = regexp.MustCompile(`\$\{\{ *([^{}]*?) *\}\}`)

// settled puts stand-ins into a document for what is known only later: they are
// nobody's name, and those of the organization and the account are what a
// [guard] takes for their ids.
func settled(document string) string {
	if !strings.Contains(document, "${{") {
		return document
	}
	return reference.ReplaceAllString(document, notYet+"-$1")
}

// compile makes the policies ready that hang on the nodes before the plan, and
// gives those of both sides.
func (g *guard) compile() ([]*iampolicy.Policy, error) {
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
	g.was = make(map[string][]*iampolicy.Policy, len(g.b.tree.Nodes))
	for _, n := range g.b.tree.Nodes {
		was, err := ready(n.Before)
		if err != nil {
			return nil, err
		}
		if g.was[n.Path] = was; slices.Equal(n.Before, n.After) {
			continue
		}
		if _, err := ready(n.After); err != nil {
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
