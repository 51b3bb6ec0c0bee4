package impact

import (
	"fmt"
	"slices"
	"strings"
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
			if r.unknown && (!after || m.keepsAllows(l)) {
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

func merge(into map[int]set, s int, atoms set, m *matrix) {
	if into[s] == nil {
		into[s] = m.none()
	}
	into[s].or(atoms)
}

// keepsAllows says that a node loses no document that allows something.
func (m *matrix) keepsAllows(l *level) bool {
	return !slices.ContainsFunc(l.before, func(p Policy) bool {
		r := m.policy[p.Document]
		return len(r.allows) > 0 && !slices.ContainsFunc(l.after, func(q Policy) bool { return q.Document == p.Document })
	})
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
	for _, p := range v.some {
		fresh := p.atoms.andNot(known)
		for _, old := range was.some {
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

// opened tells of what was allowed in some scopes only and is allowed in more.
func (c *comparison) opened(atoms set, old []int, now, v *view) {
	for _, p := range now.some {
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
	if !atoms.empty() {
		c.add(Allowed, atoms, nil, false, now, v, nil)
	}
}

// whole tells what v shuts and was does not. Of what is no longer shut, that on
// which conditions stay is told with these.
func (c *comparison) whole(effect string, was, v *view, shut set) {
	if effect == Denied {
		c.add(effect, shut, nil, false, was, v, nil)
		return
	}
	left := map[string]*partly{}
	shut.each(func(i int) {
		var scopes []int
		for s := range c.m.scopes {
			if d := was.deny[s]; d != nil && d.has(i) {
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
		c.add(effect, p.atoms, p.scopes, len(p.scopes) > 0, was, v, nil)
	}
}

// asMuch says that the scopes allow all that the old ones allowed.
func (c *comparison) asMuch(scopes, old []int) bool {
	return !slices.ContainsFunc(old, func(o int) bool {
		return !slices.ContainsFunc(scopes, func(s int) bool { return c.m.isWithin(o, s) })
	})
}

// add tells of some atoms. of gives the atoms for which a policy counts; nil is
// those that it denies everywhere or allows.
func (c *comparison) add(effect string, atoms set, scopes []int, unless bool, was, v *view, of func(*read) set) {
	n := news{Impact: Impact{Effect: effect, Unless: unless, Actions: c.actions(atoms, c.outside(effect, was, v, scopes, unless))}}
	n.Resource, n.Condition = c.where(scopes)
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
				n.from = append(n.from, source{i, after, j})
			}
		}
	}
	c.news = append(c.news, n)
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

// outside are the atoms to which what is told does not apply: what is not denied
// in the scope after all, or is still denied.
func (c *comparison) outside(effect string, was, v *view, scopes []int, unless bool) set {
	now := v
	if effect == Allowed {
		now = was
	}
	denied := now.shut.andNot(c.m.none())
	for s, of := range now.deny {
		if effect == Allowed && len(scopes) == 0 || len(scopes) == 1 && !unless && c.m.isWithin(scopes[0], s) {
			denied.or(of)
		}
	}
	if effect == Allowed {
		return denied
	}
	return c.m.all().andNot(denied)
}

// actions names atoms: without those that others cover, and with those of the
// outside that are taken out of them.
func (c *comparison) actions(atoms, outside set) []string {
	wide, out := atoms, c.m.none()
	atoms.each(func(i int) {
		inner := c.m.narrower(i)
		wide = wide.andNot(inner)
		out.or(inner)
	})
	out = out.and(outside).andNot(atoms)
	narrow := out
	out.each(func(i int) { narrow = narrow.andNot(c.m.narrower(i)) })
	var names []string
	wide.each(func(i int) { names = append(names, c.m.spelt[c.m.atoms[i]]) })
	narrow.each(func(i int) { names = append(names, "!"+c.m.spelt[c.m.atoms[i]]) })
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(order(a)), strings.ToLower(order(b))) })
	return names
}

// order puts what is taken out behind the rest.
func order(pattern string) string {
	if strings.HasPrefix(pattern, "!") {
		return "~" + pattern
	}
	return pattern
}

// where tells of scopes: one as it is, several as a list in JSON.
func (c *comparison) where(scopes []int) (resource, condition string) {
	if len(scopes) == 0 {
		return "", ""
	}
	if len(scopes) == 1 {
		s := &c.m.scopes[scopes[0]]
		return s.Resource, s.Condition
	}
	var list []string
	for _, i := range scopes {
		s := &c.m.scopes[i]
		one := `{`
		if s.Condition != "" {
			one += `"Condition":` + s.Condition
		}
		if s.Resource != "" && s.Condition != "" {
			one += ","
		}
		if s.Resource != "" {
			one += `"Resource":` + jsonOf(s.Resource)
		}
		list = append(list, one+"}")
	}
	slices.Sort(list)
	return "", "[" + strings.Join(list, ",") + "]"
}

// jsonOf is a resource as JSON: it is that already where it is a list or an object.
func jsonOf(resource string) string {
	if strings.HasPrefix(resource, "[") || strings.HasPrefix(resource, "{") {
		return resource
	}
	return fmt.Sprintf("%q", resource)
}
