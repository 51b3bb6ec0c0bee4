package impact

import (
	"fmt"
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
		if !fresh.empty() && !m.scopes[s].Everywhere() {
			c.add(effect, fresh, []int{s}, false, was, v, func(r *read) set { return r.denies[s] })
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
			c.add(effect, fresh, p.scopes, true, was, v, nil)
		default:
			c.opened(fresh, p.scopes, was, v)
		}
	}
}

// whole tells what v shuts and was does not.
func (c *comparison) whole(effect string, was, v *view, shut set) {
	if effect == Denied {
		c.add(effect, shut, nil, false, was, v, nil)
		return
	}
	c.opened(shut, nil, was, v)
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
				c.add(Allowed, more, []int{s}, false, now, v, nil)
			}
		}
	}
	left := map[string]*partly{}
	atoms.each(func(i int) {
		var scopes []int
		for s := range c.m.scopes {
			if d := now.deny[s]; d != nil && d.has(i) {
				scopes = append(scopes, s)
			}
		}
		key := fmt.Sprint(scopes)
		if left[key] == nil {
			left[key] = &partly{scopes, c.m.none()}
		}
		left[key].atoms.add(i)
	})
	for _, p := range left {
		c.add(Allowed, p.atoms, p.scopes, len(p.scopes) > 0, now, v, nil)
	}
}

// asMuch says that the scopes allow all that the old ones allowed.
func (c *comparison) asMuch(scopes, old []int) bool {
	return !slices.ContainsFunc(old, func(o int) bool {
		return !slices.ContainsFunc(scopes, func(s int) bool { return c.m.isWithin(o, s) })
	})
}

// add tells of some atoms: as one thing, and where a pattern is taken out of
// others and some of it is meant all the same, that as another. of gives the atoms
// for which a policy counts; nil is those that it denies everywhere or allows.
func (c *comparison) add(effect string, atoms set, scopes []int, unless bool, was, v *view, of func(*read) set) {
	outside := c.outside(effect, was, v, scopes, unless)
	for !atoms.empty() {
		names, lost := c.actions(atoms, outside)
		n := news{Impact: Impact{Effect: effect, Unless: unless, Actions: names}}
		n.Resource, n.Condition = c.where(scopes)
		n.from = c.from(effect, atoms.andNot(lost), of)
		c.news = append(c.news, n)
		atoms = lost
	}
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
