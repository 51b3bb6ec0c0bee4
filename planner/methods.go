package planner

import (
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// Summary counts a plan: what would be done by its operation, and what would not.
type Summary struct {
	Create, Update, Delete, Adopt, Resume int
	Blocked, Waiting, Left, Unmanaged     int
}

// Held says that the change is not tried: it is blocked, or AWS is not ready.
func (c *Change) Held() bool { return c.Blocked != "" || c.Waiting != "" }

// Summary counts the changes; a blocked one counts as blocked alone, a waiting
// one as waiting.
func (p *Plan) Summary() Summary {
	s := Summary{Left: len(p.Left), Unmanaged: len(p.Unmanaged)}
	by := map[Op]*int{Create: &s.Create, Update: &s.Update, Delete: &s.Delete, Adopt: &s.Adopt, Resume: &s.Resume}
	for i := range p.Changes {
		c := &p.Changes[i]
		switch n := by[c.Op]; {
		case c.Blocked != "":
			s.Blocked++
		case c.Waiting != "":
			s.Waiting++
		case n != nil:
			*n++
		}
	}
	return s
}

// removals is how much a change takes away: nothing where it is held.
func (c *Change) removals() int {
	if c.Op != Delete || c.Held() {
		return 0
	}
	if n, err := strconv.Atoi(c.Have.Facts[resource.FactRemovals]); err == nil && n > 1 {
		return n
	}
	return 1
}

// fact gives a fact of the wanted object, else of the live one.
func (c *Change) fact(name string) string {
	if c.Want != nil && c.Want.Facts[name] != "" {
		return c.Want.Facts[name]
	}
	if c.Have != nil {
		return c.Have.Facts[name]
	}
	return ""
}

// Name is what a person calls the object, "" where its Ref says it.
func (c *Change) Name() string { return c.fact(resource.FactName) }

// Pool is the pool of an account, "" for anything else.
func (c *Change) Pool() string { return c.fact(resource.FactPool) }

// Why is the file:line that wants the change: the wanted object's, else the
// line that lets the live one go.
func (c *Change) Why() string {
	if c.Want != nil {
		return c.Want.Origin
	}
	if c.Have != nil {
		return c.Have.Origin
	}
	return ""
}

// characters reads the size of a policy document.
func characters(o resource.Object) []Usage {
	used, limit, found := strings.Cut(o.Facts[resource.FactCharacters], "/")
	u, err1 := strconv.Atoi(used)
	l, err2 := strconv.Atoi(limit)
	if !found || err1 != nil || err2 != nil {
		return nil
	}
	return []Usage{{Name: "characters", Used: u, Limit: l}}
}
