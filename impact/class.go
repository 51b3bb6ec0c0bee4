package impact

import (
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// class are the units whose chains of one type read alike, before and after.
type class struct{ units []unit }

// unit is one unit with accounts, and the nodes above it and itself, the root
// first. The levels of the units of a class have the same documents in the same
// order, and hang on other nodes.
type unit struct {
	path     string
	accounts int
	levels   []*level
}

// level is one node of a chain, with its policies of one type by document.
type level struct {
	before, after []Policy
	key           string
	kept          set // what a policy that nobody has read may allow afterwards; nil where there is none
}

func (l *level) side(after bool) []Policy {
	if after {
		return l.after
	}
	return l.before
}

// changed says that other documents hang on the node, or the same on it anew.
func (l *level) changed() bool {
	b, a, _ := strings.Cut(l.key, ">")
	return b != a
}

// classes groups the units that have accounts and whose chain changes.
func (m *matrix) classes(t Tree) []*class {
	types := map[string]bool{}
	for i := range t.Nodes {
		for _, p := range append(slices.Clip(t.Nodes[i].Before), t.Nodes[i].After...) {
			types[p.Type] = true
		}
	}
	var all []*class
	for policyType := range types {
		levels := make(map[string]*level, len(t.Nodes))
		for i := range t.Nodes {
			levels[t.Nodes[i].Path] = m.level(&t.Nodes[i], policyType)
		}
		byKey := map[string]*class{}
		for i := range t.Nodes {
			u := unit{path: t.Nodes[i].Path, accounts: t.Nodes[i].Accounts}
			key, changed := u.climb(levels)
			if u.accounts == 0 || !changed {
				continue
			}
			if byKey[key] == nil {
				byKey[key] = &class{}
				all = append(all, byKey[key])
			}
			byKey[key].units = append(byKey[key].units, u)
		}
	}
	return all
}

// level takes the policies of one type, in the order of their documents.
func (m *matrix) level(n *Node, policyType string) *level {
	of := func(list []Policy) []Policy {
		list = slices.DeleteFunc(slices.Clone(list), func(p Policy) bool { return p.Type != policyType })
		slices.SortStableFunc(list, func(a, b Policy) int { return m.number[a.Document] - m.number[b.Document] })
		return list
	}
	l := &level{before: of(n.Before), after: of(n.After)}
	var key strings.Builder
	write := func(list []Policy) {
		for _, p := range list {
			key.WriteString(strconv.Itoa(m.number[p.Document]) + ",")
		}
	}
	write(l.before)
	key.WriteByte('>')
	write(l.after)
	l.key = key.String()
	if slices.ContainsFunc(l.after, func(p Policy) bool { return m.policy[p.Document].unknown }) {
		l.kept = m.kept(l.before, l.after)
	}
	return l
}

// climb finds the levels of a unit: their key, and whether any changes.
func (u *unit) climb(levels map[string]*level) (key string, changed bool) {
	var b strings.Builder
	for path := u.path; ; path = resource.ParentPath(path) {
		if l := levels[path]; l != nil {
			u.levels = append(u.levels, l)
			changed = changed || l.changed()
			b.WriteString(l.key + ";")
		}
		if path == "" {
			break
		}
	}
	slices.Reverse(u.levels)
	return b.String(), changed
}
