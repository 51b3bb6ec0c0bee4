package impact

import (
	"fmt"
	"maps"
	"slices"
)

// view is what a chain says at one time, by atoms.
type view struct {
	shut set         // denied whatever the resource and the condition
	deny map[int]set // denied by statements of a scope
	// some are the atoms that a level allows only in some scopes, by these.
	some map[string]*partly
}

// partly is what a level allows in some scopes only.
type partly struct {
	scopes []int
	atoms  set
}

// view reads one side of a chain. A node without any policy of the type is one
// where the type is off, which restricts nothing.
func (m *matrix) view(levels []*level, after bool) *view {
	v := &view{shut: m.none(), deny: map[int]set{}, some: map[string]*partly{}}
	for _, l := range levels {
		list := l.side(after)
		if len(list) == 0 {
			continue
		}
		open := m.none()
		allows := map[int]set{}
		for _, p := range list {
			r := m.policy[p.Document]
			if r.unknown && after {
				open.or(l.kept)
			} else if r.unknown {
				open.or(m.all())
			}
			for s, atoms := range r.denies {
				if m.scopes[s].Everywhere() {
					v.shut.or(atoms)
				}
				merge(v.deny, s, atoms, m)
			}
			for s, atoms := range r.allows {
				if m.scopes[s].Everywhere() {
					open.or(atoms)
				} else {
					merge(allows, s, atoms, m)
				}
			}
		}
		v.restrict(m, open, allows)
	}
	return v
}

// denies are the atoms that statements of a scope deny.
func (v *view) denies(s int, m *matrix) set {
	if of := v.deny[s]; of != nil {
		return of
	}
	return m.none()
}

func merge(into map[int]set, s int, atoms set, m *matrix) {
	if into[s] == nil {
		into[s] = m.none()
	}
	into[s].or(atoms)
}

// kept are the atoms that the policies of a node, as far as they are read, allow
// afterwards wherever they allowed them before, or never did: of what they give
// up, those that nobody has read are not taken to allow it.
func (m *matrix) kept(before, after []Policy) set {
	lost := m.none()
	for _, p := range before {
		for s, atoms := range m.policy[p.Document].allows {
			for _, q := range after {
				for t, more := range m.policy[q.Document].allows {
					if m.isWithin(s, t) {
						atoms = atoms.andNot(more)
					}
				}
			}
			lost.or(atoms)
		}
	}
	return m.all().andNot(lost)
}

// restrict takes in what a level does not allow, or only in some scopes.
func (v *view) restrict(m *matrix, open set, allows map[int]set) {
	closed := m.all().andNot(open)
	var order []int
	for s := range allows {
		order = append(order, s)
	}
	slices.Sort(order)
	closed.each(func(i int) {
		var scopes []int
		for _, s := range order {
			if allows[s].has(i) {
				scopes = append(scopes, s)
			}
		}
		if len(scopes) == 0 {
			v.shut.add(i)
			return
		}
		key := fmt.Sprint(scopes)
		if v.some[key] == nil {
			v.some[key] = &partly{scopes, m.none()}
		}
		v.some[key].atoms.add(i)
	})
}

// all is every atom.
func (m *matrix) all() set {
	s := m.none()
	for i := range m.atoms {
		s.add(i)
	}
	return s
}

// parts are what is allowed in some scopes only, always in one order.
func (v *view) parts() (all []*partly) {
	for _, key := range slices.Sorted(maps.Keys(v.some)) {
		all = append(all, v.some[key])
	}
	return all
}
