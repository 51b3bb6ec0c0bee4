package impact

import (
	"slices"
	"strings"
)

// outside are the atoms to which what is told does not apply: what is not denied
// in the scope after all, or is still denied, what is not denied in the scopes that
// are told to be, and what is told elsewhere.
func (c *comparison) outside(effect string, was, v *view, at place) set {
	m := c.m
	out := m.none()
	if at.other != nil {
		out.or(at.other)
	}
	for _, s := range at.denied {
		out.or(m.all().andNot(was.denies(s, m)))
	}
	if effect == Denied {
		denied := v.shut.andNot(m.none())
		for s, of := range v.deny {
			if len(at.where) == 1 && m.isWithin(at.where[0], s) {
				denied.or(of)
			}
		}
		out.or(m.all().andNot(denied))
		return out
	}
	out.or(was.shut)
	everywhere := len(at.where) == 0
	for s, of := range was.deny {
		if everywhere && !slices.Contains(at.denied, s) || !everywhere && m.isWithin(at.where[0], s) {
			out.or(of)
		}
	}
	for _, p := range was.some {
		if everywhere {
			out.or(p.atoms)
		}
	}
	return out
}

// actions names atoms: without those that others cover, and with those of the
// outside that are taken out of them. lost are the atoms inside of what is taken out.
func (c *comparison) actions(atoms, outside set) (names []string, lost set) {
	wide, out := atoms, c.m.none()
	atoms.each(func(i int) { wide = wide.andNot(c.m.narrower(i)) })
	wide.each(func(i int) { out.or(c.m.narrower(i)) })
	out = out.and(outside).andNot(atoms)
	narrow := out
	lost = c.m.none()
	out.each(func(i int) {
		narrow = narrow.andNot(c.m.narrower(i))
		lost.or(c.m.narrower(i))
	})
	lost = lost.and(atoms)
	wide.each(func(i int) { names = append(names, c.m.spelt[c.m.atoms[i]]) })
	narrow.each(func(i int) { names = append(names, "!"+c.m.spelt[c.m.atoms[i]]) })
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(order(a)), strings.ToLower(order(b))) })
	return names, lost
}

// order puts what is taken out behind the rest.
func order(pattern string) string {
	if strings.HasPrefix(pattern, "!") {
		return "~" + pattern
	}
	return pattern
}
