package impact

import (
	"fmt"
	"maps"
	"slices"
)

// news is an impact on the units of one class, and the policies it comes from.
type news struct {
	Impact
	from []source
}

// source is a policy of a chain, by its place.
type source struct {
	level  int
	after  bool
	policy int
}

// compare says what is new for the units of a class.
func (m *matrix) compare(k *class) []news {
	levels := k.units[0].levels
	before, after := m.view(levels, false), m.view(levels, true)
	c := comparison{m: m, levels: levels}
	c.one(Denied, before, after)
	c.one(Allowed, after, before)
	return c.news
}

// comparison is one class being compared.
type comparison struct {
	m      *matrix
	levels []*level
	news   []news
}

// one tells what v denies and was does not: of the effect Denied v is after, of
// Allowed it is before.
func (c *comparison) one(effect string, was, v *view) {
	m := c.m
	if shut := v.shut.andNot(was.shut); !shut.empty() {
		c.whole(effect, was, v, shut)
	}
	known := v.shut.andNot(m.none())
	known.or(was.shut)
	for s, atoms := range v.deny {
		fresh := atoms.andNot(known)
		for t, old := range was.deny {
			if m.isWithin(s, t) {
				fresh = fresh.andNot(old)
			}
		}
		if m.scopes[s].Everywhere() {
			continue
		}
		for _, p := range c.split(fresh, c.beside(s, was, v)) {
			at := place{where: []int{s}, denied: p.scopes, other: fresh.andNot(p.atoms)}
			c.add(effect, p.atoms, at, was, v, func(r *read) set { return r.denies[s] })
		}
	}
	for _, p := range v.parts() {
		fresh := p.atoms.andNot(known)
		for _, old := range was.parts() {
			if c.asMuch(p.scopes, old.scopes) {
				fresh = fresh.andNot(old.atoms)
			}
		}
		switch {
		case fresh.empty():
		case effect == Denied:
			c.add(effect, fresh, place{allowed: p.scopes}, was, v, nil)
		default:
			c.opened(fresh, p.scopes, was, v)
		}
	}
}

// whole tells what v shuts and was does not.
func (c *comparison) whole(effect string, was, v *view, shut set) {
	if effect == Allowed {
		c.opened(shut, nil, was, v)
		return
	}
	gone := map[int]set{}
	for t, old := range was.deny {
		gone[t] = old.andNot(v.denies(t, c.m))
	}
	for _, p := range c.split(shut, gone) {
		c.add(effect, p.atoms, place{denied: p.scopes, other: shut.andNot(p.atoms)}, was, v, nil)
	}
}

// beside are the scopes in which was denies what v denies in s, as far as they say
// how far s still counts: those inside of it, and those like it that v does not
// have, as where a value of a condition changes.
func (c *comparison) beside(s int, was, v *view) map[int]set {
	out := map[int]set{}
	for t, old := range was.deny {
		switch {
		case c.m.isWithin(t, s):
			out[t] = old
		case c.m.scopes[s].Akin(&c.m.scopes[t]):
			out[t] = old.andNot(v.denies(t, c.m))
		}
	}
	return out
}

// split puts atoms together that have the same scopes among some.
func (c *comparison) split(atoms set, by map[int]set) []*partly {
	order := slices.Sorted(maps.Keys(by))
	parts := map[string]*partly{}
	atoms.each(func(i int) {
		var scopes []int
		for _, s := range order {
			if by[s].has(i) {
				scopes = append(scopes, s)
			}
		}
		key := fmt.Sprint(scopes)
		if parts[key] == nil {
			parts[key] = &partly{scopes, c.m.none()}
		}
		parts[key].atoms.add(i)
	})
	return slices.Collect(maps.Values(parts))
}

// opened tells of what was allowed in the old scopes only, or in none, and is
// allowed in more. That on which conditions stay is told with these.
func (c *comparison) opened(atoms set, old []int, now, v *view) {
	for _, p := range now.parts() {
		more := p.atoms.and(atoms)
		if more.empty() {
			continue
		}
		atoms = atoms.andNot(more)
		for _, s := range p.scopes {
			if !slices.ContainsFunc(old, func(o int) bool { return c.m.isWithin(s, o) }) {
				c.add(Allowed, more, place{where: []int{s}}, now, v, nil)
			}
		}
	}
	for _, p := range c.split(atoms, now.deny) {
		c.add(Allowed, p.atoms, place{denied: p.scopes, other: atoms.andNot(p.atoms)}, now, v, nil)
	}
}

// asMuch says that the scopes allow all that the old ones allowed.
func (c *comparison) asMuch(scopes, old []int) bool {
	return !slices.ContainsFunc(old, func(o int) bool {
		return !slices.ContainsFunc(scopes, func(s int) bool { return c.m.isWithin(o, s) })
	})
}

// place is where something is so.
type place struct {
	where   []int // the one scope in which it is; none is everywhere
	allowed []int // in which it is not, for it is allowed there
	denied  []int // in which it is not, for it is denied there on both sides
	other   set   // atoms of which the same is told of another place
}

// add tells of some atoms: as one thing, and where a pattern is taken out of
// others and some of it is meant all the same, that as another. of gives the atoms
// for which a policy counts; nil is those that it denies everywhere or allows.
func (c *comparison) add(effect string, atoms set, at place, was, v *view, of func(*read) set) {
	outside := c.outside(effect, was, v, at)
	for !atoms.empty() {
		names, lost := c.actions(atoms, outside)
		n := news{Impact: Impact{Effect: effect, Actions: names, Unless: c.unless(at)}}
		for _, s := range at.where {
			n.Resource, n.Condition = c.m.scopes[s].Resource, c.m.scopes[s].Condition
		}
		n.from = c.from(effect, atoms.andNot(lost), of)
		c.news = append(c.news, n)
		atoms = lost
	}
}

// unless is where it is not so.
func (c *comparison) unless(at place) (all []Scope) {
	for _, s := range at.allowed {
		all = append(all, Scope{Resource: c.m.scopes[s].Resource, Condition: c.m.scopes[s].Condition})
	}
	for _, s := range at.denied {
		all = append(all, Scope{Resource: c.m.scopes[s].Resource, Condition: c.m.scopes[s].Condition, Denied: true})
	}
	slices.SortFunc(all, Scope.Compare)
	return all
}

// from are the policies that news of some atoms come from.
func (c *comparison) from(effect string, atoms set, of func(*read) set) (all []source) {
	for i, l := range c.levels {
		for _, after := range []bool{false, true} {
			for j, p := range l.side(after) {
				r := c.m.policy[p.Document]
				if of != nil && (after != (effect == Denied) || of(r) == nil || of(r).and(atoms).empty()) {
					continue
				}
				if of == nil && !c.counts(r, atoms, after == (effect == Denied)) {
					continue
				}
				all = append(all, source{i, after, j})
			}
		}
	}
	return all
}

// counts says that a policy bears on atoms that are shut or opened: it denies
// them on the side that shuts, or allows them on either.
func (c *comparison) counts(r *read, atoms set, shuts bool) bool {
	for s, of := range r.denies {
		if shuts && c.m.scopes[s].Everywhere() && !of.and(atoms).empty() {
			return true
		}
	}
	for _, of := range r.allows {
		if !of.and(atoms).empty() {
			return true
		}
	}
	return false
}
