package lint

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// within finds a statement that stands twice in a policy.
func (l *linter) within(p *policy) {
	first := map[string]int{}
	for i, s := range p.statements {
		j, twice := first[s.Means]
		if !twice {
			first[s.Means] = i
			continue
		}
		l.add(ruleTwice, p.Policy, i, s.Sid, fmt.Sprintf("it says the same as %s: take one out", where(j, p.statements[j].Sid)))
	}
}

// size tells of a document that is about to be too long.
func (l *linter) size(p *spec.Policy) {
	limit := l.payer.Limits.Policy(p.Type).Characters
	if limit == 0 || p.Characters*100 <= limit*90 {
		return
	}
	l.add(ruleSize, p, -1, "", fmt.Sprintf("the document has %s of %s characters (%d%%); where it grows, split it into two policies",
		humanize.Comma(int64(p.Characters)), humanize.Comma(int64(limit)), p.Characters*100/limit))
}

// place is a statement of a policy.
type place struct {
	policy *policy
	i      int
}

// String names the statement.
func (p place) String() string { return where(p.i, p.policy.statements[p.i].Sid) }

// nodes finds a statement that stands in two policies of one node.
func (l *linter) nodes() {
	told := map[[2]place]bool{}
	l.node("the root", &l.payer.Node, told)
	for o := range l.payer.AllOUs() {
		l.node("OU "+o.Path, &o.Node, told)
	}
}

func (l *linter) node(name string, n *spec.Node, told map[[2]place]bool) {
	first := map[string]place{}
	for _, a := range n.Policies {
		p := l.read[a.Policy]
		if p == nil {
			continue
		}
		for i, s := range p.statements {
			key := p.Type + s.Means
			before, twice := first[key]
			if !twice {
				first[key] = place{p, i}
				continue
			}
			here := place{p, i}
			if here.policy.at < before.policy.at {
				before, here = here, before
			}
			if before.policy == here.policy || told[[2]place{before, here}] {
				continue
			}
			told[[2]place{before, here}] = true
			l.add(ruleTwice, here.policy.Policy, here.i, here.policy.statements[here.i].Sid, fmt.Sprintf(
				"it says the same as %s of policy %s, which hangs on %s too: take one out", before, before.policy.Name, name), before.policy.Ref())
		}
	}
}

// nowhere finds policies that hang on no node.
func (l *linter) nowhere() {
	on := map[resource.Ref]bool{}
	for _, a := range l.payer.Node.Policies {
		on[a.Policy] = true
	}
	for o := range l.payer.AllOUs() {
		for _, a := range o.Policies {
			on[a.Policy] = true
		}
	}
	for i := range l.payer.Policies {
		if p := &l.payer.Policies[i]; !on[p.Ref()] {
			l.add(ruleNowhere, p, -1, "", "no node names it, so it does nothing: name it under policies of root or of a unit, or take it out")
		}
	}
}
