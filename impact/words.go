package impact

import (
	"fmt"
	"slices"
	"strings"
)

// outside are the atoms to which what is told does not apply: what is not denied
// in the scope after all, or is still denied.
func (c *comparison) outside(effect string, was, v *view, scopes []int, unless bool) set {
	m := c.m
	if effect == Denied {
		denied := v.shut.andNot(m.none())
		for s, of := range v.deny {
			if len(scopes) == 1 && !unless && m.isWithin(scopes[0], s) {
				denied.or(of)
			}
		}
		return m.all().andNot(denied)
	}
	denied := was.shut.andNot(m.none())
	everywhere := len(scopes) == 0 || unless
	for s, of := range was.deny {
		if everywhere && !slices.Contains(scopes, s) || !everywhere && m.isWithin(scopes[0], s) {
			denied.or(of)
		}
	}
	for _, p := range was.some {
		if everywhere {
			denied.or(p.atoms)
		}
	}
	return denied
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
