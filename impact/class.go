package impact

import (
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// class are the units whose chains of one type read alike, before and after.
type class struct{ units []unit }

// unit is one unit with accounts, or a group of them, and the nodes that bind
// them, the root first. The levels of the units of a class have the same
// documents in the same order, and hang on other nodes.
type unit struct {
	number   int // in the tree
	path     string
	accounts int
	levels   []*level
	changed  bool   // other policies hang on the way, or the same anew
	moves    bool   // the accounts come from elsewhere, where other policies are
	from     string // the unit that they leave
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

// lists are what hangs on everything in the tree.
func (t *Tree) lists() [][]Policy {
	all := make([][]Policy, 0, 2*(len(t.Nodes)+len(t.Groups)))
	for i := range t.Nodes {
		all = append(all, t.Nodes[i].Before, t.Nodes[i].After)
	}
	for i := range t.Groups {
		all = append(all, t.Groups[i].Before, t.Groups[i].After)
	}
	return all
}

// classes groups the units that have accounts and whose chain changes.
func (m *matrix) classes(t Tree) []*class {
	types := map[string]bool{}
	for _, list := range t.lists() {
		for _, p := range list {
			types[p.Type] = true
		}
	}
	var all []*class
	for policyType := range types {
		levels := make(map[string]*level, len(t.Nodes))
		for i := range t.Nodes {
			levels[t.Nodes[i].Path] = m.level(t.Nodes[i].Before, t.Nodes[i].After, policyType)
		}
		byKey := map[string]*class{}
		add := func(u unit) {
			if u.accounts == 0 || !u.changed && !u.moves {
				return
			}
			key := u.key()
			if byKey[key] == nil {
				byKey[key] = &class{}
				all = append(all, byKey[key])
			}
			byKey[key].units = append(byKey[key].units, u)
		}
		for i, n := range t.Nodes {
			way := climb(levels, n.Path)
			add(unit{number: i, path: n.Path, accounts: n.Accounts, levels: way, changed: slices.ContainsFunc(way, (*level).changed)})
		}
		for i, g := range t.Groups {
			u := m.wander(levels, g, policyType)
			u.number = len(t.Nodes) + i
			add(u)
		}
	}
	return all
}

// level takes the policies of one type, in the order of their documents.
func (m *matrix) level(before, after []Policy, policyType string) *level {
	of := func(list []Policy) []Policy {
		list = slices.DeleteFunc(slices.Clone(list), func(p Policy) bool { return p.Type != policyType })
		slices.SortStableFunc(list, func(a, b Policy) int { return m.number[a.Document] - m.number[b.Document] })
		return list
	}
	l := &level{before: of(before), after: of(after)}
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

// key is the same for units whose levels read alike.
func (u *unit) key() string {
	var b strings.Builder
	for _, l := range u.levels {
		b.WriteString(l.key + ";")
	}
	return b.String()
}

// climb gives the levels from the root down to a unit.
func climb(levels map[string]*level, path string) (way []*level) {
	for ; ; path = resource.ParentPath(path) {
		if l := levels[path]; l != nil {
			way = append(way, l)
		}
		if path == "" {
			break
		}
	}
	slices.Reverse(way)
	return way
}

// wander is a group as a unit of its own, without its number. Its levels are those
// above both units, then what it leaves, as it was, what it comes under, as it
// will be, and what hangs on the accounts themselves.
func (m *matrix) wander(levels map[string]*level, g Group, policyType string) unit {
	from, to := climb(levels, g.From), climb(levels, g.Path)
	u := unit{path: g.Path, from: g.From, accounts: g.Accounts}
	var way []*level
	if own := m.level(g.Before, g.After, policyType); len(own.before)+len(own.after) > 0 {
		way, u.changed = append(way, own), own.changed()
	}
	u.changed = u.changed || slices.ContainsFunc(from, (*level).changed) || slices.ContainsFunc(to, (*level).changed)
	shared := 0
	for shared < min(len(from), len(to)) && from[shared] == to[shared] {
		shared++
	}
	u.moves = binds(from[shared:]) != binds(to[shared:])
	for _, l := range from[shared:] {
		way = append(way, &level{before: l.before, key: "from " + l.key})
	}
	for _, l := range to[shared:] {
		way = append(way, &level{after: l.after, kept: l.kept, key: "to " + l.key})
	}
	u.levels = append(slices.Clone(to[:shared]), way...)
	return u
}

// binds is the same for levels that have the same documents afterwards.
func binds(way []*level) string {
	var b strings.Builder
	for _, l := range way {
		if _, after, _ := strings.Cut(l.key, ">"); after != "" {
			b.WriteString(after + ";")
		}
	}
	return b.String()
}
