package lint

import (
	"cmp"
	"fmt"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// within finds a statement that stands twice in a document.
func (l *linter) within(d *document) {
	first := map[string]int{}
	for i, s := range d.statements {
		j, twice := first[s.Means]
		if !twice {
			first[s.Means] = i
			continue
		}
		l.add(ruleTwice, d, i, fmt.Sprintf("it says the same as %s: take one out", where(j, d.statements[j].Sid)))
	}
}

// size tells of what is about to be too long.
func (l *linter) size(o object, characters, limit int, what, otherwise string) {
	if limit == 0 || characters*100 <= limit*90 {
		return
	}
	l.tell(ruleSize, o, fmt.Sprintf("%s %s of %s characters (%d%%); before it grows, %s",
		what, words.Comma(characters), words.Comma(limit), characters*100/limit, otherwise))
}

// place is a statement of a document.
type place struct {
	*document
	i int
}

// String names the statement.
func (p place) String() string { return where(p.i, p.statements[p.i].Sid) }

// nodes finds a statement that stands in two policies of one node.
func (l *linter) nodes() {
	told := map[[2]place]bool{}
	node := func(name string, n *spec.Node) {
		var all []*document
		for _, a := range n.Policies {
			if d := l.read[a.Policy]; d != nil {
				all = append(all, d)
			}
		}
		l.beside(all, "which hangs on "+name+" too", told)
	}
	node("the root", &l.payer.Node)
	for o := range l.payer.AllOUs() {
		node("OU "+o.Path, &o.Node)
	}
}

// beside finds a statement that stands in two of some documents which hold
// together; both says where the other is too. What was told before is not.
func (l *linter) beside(all []*document, both string, told map[[2]place]bool) {
	type meaning struct {
		language
		means string
	}
	first := map[meaning]place{}
	for _, d := range all {
		for i, s := range d.statements {
			key := meaning{d.language, s.Means}
			before, twice := first[key]
			if !twice {
				first[key] = place{d, i}
				continue
			}
			here := place{d, i}
			if here.at < before.at {
				before, here = here, before
			}
			if before.document == here.document || told[[2]place{before, here}] {
				continue
			}
			told[[2]place{before, here}] = true
			l.add(ruleTwice, here.document, here.i, fmt.Sprintf("it says the same as %s of %s, %s: take one out", before, cmp.Or(before.here, before.name), both), before.refs...)
		}
	}
}

// nowhere finds policies that hang on no node, and those of IAM that nothing in
// the file has or speaks of.
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
			l.tell(ruleNowhere, object{pos: p.Pos, name: "policy " + p.Name, refs: []resource.Ref{p.Ref()}},
				"no node names it, so it does nothing: name it under policies of root or of a unit, or take it out")
		}
	}
	if len(l.payer.IAMPolicies) == 0 {
		return
	}
	for _, t := range l.texts() {
		for _, r := range t.Refs() {
			on[r] = true
		}
	}
	for i := range l.payer.IAMPolicies {
		if p := &l.payer.IAMPolicies[i]; !on[p.Ref()] {
			l.tell(ruleNowhere, object{pos: p.Pos, name: "IAM policy " + p.Name, refs: []resource.Ref{p.Ref()}},
				"no role, group or user of the file has it, so it does nothing: name it under managedPolicies or permissionsBoundary, or take it out")
		}
	}
}

// texts are those of the file in which an IAM policy may be named.
func (l *linter) texts() []resource.Text {
	var all []resource.Text
	held := func(p *spec.Policies, boundary *resource.Text) {
		for _, m := range p.Managed {
			if !m.Absent {
				all = append(all, m.ARN)
			}
		}
		for _, i := range p.Inline {
			all = append(all, i.Document)
		}
		if boundary != nil {
			all = append(all, *boundary)
		}
	}
	p := l.payer
	for i := range p.Roles {
		held(&p.Roles[i].Policies, p.Roles[i].Boundary)
		all = append(all, p.Roles[i].Trust)
	}
	for i := range p.Groups {
		held(&p.Groups[i].Policies, nil)
	}
	for i := range p.Users {
		held(&p.Users[i].Policies, p.Users[i].Boundary)
	}
	for i := range p.Policies {
		all = append(all, p.Policies[i].Document)
	}
	for i := range p.IAMPolicies {
		all = append(all, p.IAMPolicies[i].Document)
	}
	for i := range p.Buckets {
		for _, s := range p.Buckets[i].Statements {
			all = append(all, s.Document)
		}
	}
	for i := range p.Presets {
		for _, f := range p.Presets[i].Form {
			all = append(all, f.Value)
		}
	}
	return all
}
