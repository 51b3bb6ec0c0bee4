package tell

import (
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// tree grows the tree of OUs: as AWS has it, and with what the plan does.
type tree struct {
	units    map[string]*report.Unit // by path
	policies map[string]map[string]bool
	have     *resource.State
}

// Tree is the tree of OUs before and after the plan: the root first, an OU
// behind its parent, in order of names. Of the accounts it counts the members
// that are not closed; of the policies it knows those of the root and of the
// OUs that the payer file declares, for no others are read. What is blocked or
// waits does not happen.
func Tree(planned *reconcile.Planned) []report.Unit {
	if planned.Live == nil || planned.Plan == nil {
		return nil
	}
	t := &tree{units: map[string]*report.Unit{}, policies: map[string]map[string]bool{}, have: planned.Live}
	t.unit("")
	for o := range planned.Live.Kind("ou") {
		if o.Facts[resource.FactAbsent] == "" {
			t.unit(o.Ref.Name)
		}
	}
	for o := range planned.Live.Kind("account") {
		if counts(o) {
			u := t.unit(place(o.Attrs))
			u.Before++
			u.After++
		}
	}
	for o := range planned.Live.Kind("attachment") {
		if o.Facts[resource.FactAbsent] == "" {
			t.attach(o, true)
		}
	}
	for i := range planned.Plan.Changes {
		if c := &planned.Plan.Changes[i]; c.Blocked == "" && c.Waiting == "" {
			t.change(c)
		}
	}
	return t.list()
}

// unit gives the node of a path; the nodes above it are there, too.
func (t *tree) unit(path string) *report.Unit {
	u := t.units[path]
	if u == nil {
		u = &report.Unit{Path: path}
		t.units[path] = u
		if path != "" {
			t.unit(resource.ParentPath(path))
		}
	}
	return u
}

// place is where an account stands, or will stand.
func place(a resource.Attrs) string {
	at := a["ou"]
	if refs := at.Refs(); len(refs) > 0 {
		at = resource.Lit(refs[0].String())
	}
	path, _ := strings.CutPrefix(at.Value(), "ou/")
	if path == spec.RootRef.String() {
		return ""
	}
	return path
}

// standing says that an account is not closed.
func standing(a resource.Attrs) bool {
	s := a["state"].Value()
	return s == "" || s == "ACTIVE"
}

// counts says that a live account stands in the tree as a member: it is there,
// is not the management account, and is not closed.
func counts(o resource.Object) bool {
	return o.ID() != "" && o.Facts[resource.FactSystem] == "" && standing(o.Attrs)
}

// attach puts a policy on a node, or takes it away.
func (t *tree) attach(o resource.Object, on bool) {
	node, _, ok := cutLast(o.Facts[resource.FactNode])
	path, isOU := strings.CutPrefix(node, "ou/")
	if !ok || !isOU && node != spec.RootRef.String() {
		return
	}
	if !isOU {
		path = ""
	}
	t.unit(path)
	if t.policies[path] == nil {
		t.policies[path] = map[string]bool{}
	}
	name := strings.TrimPrefix(o.Facts[resource.FactPolicy], "policy/")
	t.policies[path][name] = on
}

// cutLast cuts at the last space: a path may have some, a policy type has none.
func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func (t *tree) change(c *planner.Change) {
	switch c.Ref.Kind {
	case "ou":
		if c.Op == planner.Create || c.Op == planner.Delete {
			t.unit(c.Ref.Name).Op = string(c.Op)
		}
	case "attachment":
		switch {
		case c.Op == planner.Delete && c.Have != nil:
			t.attach(*c.Have, false)
		case c.Op != planner.Delete && c.Want != nil:
			t.attach(*c.Want, true)
		}
	case "account":
		t.account(c)
	}
}

// account moves an account from where it stands to where it will.
func (t *tree) account(c *planner.Change) {
	have, listed := t.have.Get(c.Ref)
	if listed && !counts(have) && have.ID() != "" {
		return // it stays what it is
	}
	path := place(have.Attrs)
	if listed && have.ID() != "" {
		t.unit(path).After--
	}
	if c.Op == planner.Delete {
		return
	}
	if c.Want != nil {
		if _, set := c.Want.Attrs["ou"]; set {
			path = place(c.Want.Attrs)
		}
	}
	t.unit(path).After++
}

// list gives the nodes in their order.
func (t *tree) list() []report.Unit {
	var out []report.Unit
	for path, u := range t.units {
		for name, on := range t.policies[path] {
			if on {
				u.Policies = append(u.Policies, name)
			}
		}
		slices.Sort(u.Policies)
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b report.Unit) int {
		return slices.Compare(resource.SplitPath(a.Path), resource.SplitPath(b.Path))
	})
	return out
}
