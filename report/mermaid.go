package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/words"
)

// diagramMax is how many nodes a diagram has: more, and nobody reads it.
const diagramMax = 100

// labelMax is how long a name in a diagram is, and shownPolicies how many
// policies a node names.
const (
	labelMax      = 60
	shownPolicies = 4
)

// diagram adds the tree of OUs, in a fold of its own.
func (f *fold) diagram(tree []Unit) {
	if len(tree) < 2 {
		return
	}
	units := chosen(tree)
	p := fenced("mermaid", mermaid(units))
	p.whole = true
	pieces := []piece{p}
	if n := len(tree) - len(units); n > 0 {
		pieces = append(pieces, piece{text: "*" + count(n, "OU") + " of " + words.Comma(len(tree)) + " not drawn: " +
			"those that change nothing go first. The JSON form has all.*\n\n"})
	}
	f.inner("Tree of OUs", pieces...)
}

// changed says that something of a node differs.
func (u *Unit) changed() bool { return u.Op != "" || u.Before != u.After }

// chosen are the nodes that are drawn, in their order: those that change, with
// what is above them, then as many others as there is room for.
func chosen(tree []Unit) []Unit {
	if len(tree) <= diagramMax {
		return tree
	}
	at := map[string]int{}
	for i := range tree {
		at[tree[i].Path] = i
	}
	drawn := make([]bool, len(tree))
	n := 0
	draw := func(path string) {
		var line []int // up to the first that is drawn
		for {
			i, ok := at[path]
			if !ok || drawn[i] {
				break
			}
			line = append(line, i)
			if path == "" {
				break
			}
			path = resource.ParentPath(path)
		}
		if n+len(line) > diagramMax {
			return
		}
		for _, i := range line {
			drawn[i] = true
		}
		n += len(line)
	}
	for _, changed := range []bool{true, false} {
		for i := range tree {
			if n < diagramMax && tree[i].changed() == changed {
				draw(tree[i].Path)
			}
		}
	}
	var out []Unit
	for i := range tree {
		if drawn[i] {
			out = append(out, tree[i])
		}
	}
	return out
}

// mermaid are the lines of the diagram.
func mermaid(units []Unit) []string {
	out := []string{"graph LR",
		"classDef create fill:#dafbe1,stroke:#1a7f37,color:#1a7f37",
		"classDef delete fill:#ffebe9,stroke:#cf222e,color:#cf222e,stroke-dasharray:4",
		"classDef change fill:#fff8c5,stroke:#9a6700,color:#7d4e00"}
	id := map[string]int{}
	for i, u := range units {
		id[u.Path] = i
		l := fmt.Sprintf(`n%d["%s"]`, i, u.label())
		switch {
		case u.Op == "create" || u.Op == "delete":
			l += ":::" + u.Op
		case u.changed():
			l += ":::change"
		}
		out = append(out, l)
	}
	for i, u := range units {
		if u.Path == "" {
			continue
		}
		if parent, ok := id[resource.ParentPath(u.Path)]; ok {
			out = append(out, fmt.Sprintf("n%d --- n%d", parent, i))
		}
	}
	return out
}

// label is what a node says: name, accounts, policies.
func (u *Unit) label() string {
	name := "root"
	if steps := resource.SplitPath(u.Path); len(steps) > 0 {
		name = steps[len(steps)-1]
	}
	lines := []string{mermaidText(clip(Clean(name), labelMax))}
	switch {
	case u.Before != u.After:
		lines = append(lines, words.Comma(u.Before)+" to "+count(u.After, "account"))
	case u.After > 0:
		lines = append(lines, count(u.After, "account"))
	}
	policies := u.telling()
	for i, p := range policies {
		if i == shownPolicies && len(policies) > shownPolicies+1 {
			lines = append(lines, "and "+words.Comma(len(policies)-i)+" more policies")
			break
		}
		lines = append(lines, mermaidText(clip(Clean(p), labelMax)))
	}
	return strings.Join(lines, "<br/>")
}

// telling are the policies of a node without those that AWS puts on every one.
func (u *Unit) telling() []string {
	return slices.DeleteFunc(slices.Clone(u.Policies), func(p string) bool {
		return p == "FullAWSAccess" || p == "RESOURCE_CONTROL_POLICY:RCPFullAWSAccess"
	})
}
