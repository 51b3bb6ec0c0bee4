package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// loss is why a role is shut out.
type loss struct {
	*explain.Barrier
	of    string // what is kept from it, as a ledger has it
	where string // what it hangs on; "" where it is sure
	up    int    // how far the barrier is above the unit
	own   bool   // it is on the account itself
	from  string // the date from which it is so; "" for now
}

// roles holds what shuts a role out. Roles of one sort lose the same, at nodes of
// their own.
func (g *gauge) roles() {
	for _, w := range g.p.works(g.b, &g.said) {
		sort := g.sort(&w)
		if sort == "" {
			continue
		}
		known, ok := g.losses[sort]
		if !ok {
			known = g.lost(&w)
			g.losses[sort] = known
		}
		for _, l := range known {
			here := l.at(&w)
			for _, r := range g.causes(here, &w) {
				if g.hold[r] == "" {
					g.hold[r] = l.reason(here, &w)
				}
			}
		}
	}
}

// lost asks for all that a role does.
func (g *gauge) lost(w *works) []loss {
	var all []loss
	for _, of := range w.ledgers(g) {
		by, then := g.first(w, &of)
		if by == nil {
			continue
		}
		from := ""
		if then != g {
			from = dated(then.at.Add(-time.Second))
		}
		l := loss{Barrier: by.Barrier, of: of.of, up: levels(w.path), from: from}
		if path, _ := pathOf(by.Node.String()); path != "" {
			l.up -= levels(path)
		}
		l.own = by.Node.Kind == "account"
		if _, sure := g.after.Bars(w.will(), by.ask.policyType, then.unsure(by.ask, by.region)); !sure {
			l.where = g.conditions(by.Barrier)
		}
		all = append(all, l)
	}
	return all
}

// dated is a date as a person reads it.
func dated(at time.Time) string {
	if at.Equal(at.Truncate(24 * time.Hour)) {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339)
}

// levels is how far a unit is below the root.
func levels(path string) int {
	return len(resource.Above(path)) - 1
}

// at is the barrier of a loss on the way to where a role works.
func (l *loss) at(w *works) *explain.Barrier {
	by := *l.Barrier
	if l.own {
		by.Node = w.own
		return &by
	}
	path := w.path
	for range l.up {
		path = resource.ParentPath(path)
	}
	by.Node = resource.Unit(path)
	return &by
}

// reason is what a person reads of a role that is shut out.
func (l *loss) reason(by *explain.Barrier, w *works) string {
	would := "would"
	if l.where != "" {
		would = "may"
	}
	from := ""
	if l.from != "" {
		from = " from " + l.from + " on"
	}
	return fmt.Sprintf("it %s shut out role %s in %s (%s)%s%s: %s%s%s", would, w.role, w.place(), w.why, l.of, from, by, l.where, lifted)
}

// conditions are those of the statement that bars, as it has them.
func (g *gauge) conditions(by *explain.Barrier) string {
	_, after := g.b.on(by.Node)
	for _, p := range after {
		if p.Ref != by.Policy || by.Number == 0 {
			continue
		}
		if parts, err := iampolicy.Parts([]byte(p.Document)); err == nil && by.Number <= len(parts) && parts[by.Number-1].Scope.Condition != "" {
			return " where " + clip(parts[by.Number-1].Scope.Condition, 200)
		}
	}
	return " in circumstances that are not known"
}

// clip shortens a text that is too long for a line.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// place names the accounts that the role works in.
func (w *works) place() string {
	switch {
	case !w.own.IsZero():
		return w.own.String()
	case w.path == "":
		return "accounts of the root"
	}
	return "accounts of ou/" + w.path
}

// causes are the changes of the plan that a barrier comes from; where its policy
// and its attachment stay, the moves of the accounts that come under it.
func (g *gauge) causes(by *explain.Barrier, w *works) []resource.Ref {
	changed := g.b.tree.Changed
	if !by.Policy.IsZero() {
		if a := spec.AttachmentRef(by.Policy, by.Node); changed[a] {
			return []resource.Ref{a}
		}
		if changed[by.Policy] {
			return []resource.Ref{by.Policy}
		}
		return w.moves
	}
	before, after := g.b.on(by.Node)
	var all []resource.Ref
	for _, p := range before {
		if p.Type == by.Type && changed[p.Attachment] {
			all = append(all, p.Attachment)
		}
	}
	for _, p := range append(slices.Clip(before), after...) {
		if len(all) == 0 && p.Type == by.Type && changed[p.Ref] {
			all = append(all, p.Ref)
		}
	}
	if all == nil {
		return w.moves
	}
	return all
}

// sort is what makes one role like another to all policies of the plan; "" where
// nothing changes for it.
func (g *gauge) sort(w *works) string {
	was, will := g.hangs(w.was(), false), g.hangs(w.will(), true)
	if was == will {
		return ""
	}
	key := []string{was, will, w.role, fmt.Sprint(w.by)}
	for _, need := range w.needs {
		key = append(key, need.id)
	}
	if of := g.said.sort(w.account); of != "" {
		key = append(key, of)
	}
	if g.said.paths {
		key = append(key, w.from, w.path)
	}
	return strings.Join(key, "\n")
}

// way is the way from the root to a place, before the plan or after.
type way struct {
	to    explain.At
	after bool
}

// hangs says what hangs on each level of the way to a place, so that two ways of
// which the same hangs are the same.
func (g *gauge) hangs(at explain.At, after bool) string {
	key := way{at, after}
	if s, ok := g.chains[key]; ok {
		return s
	}
	s, node := "", resource.Unit(at.Path)
	switch {
	case !at.Account.IsZero():
		s, node = g.hangs(explain.At{Path: at.Path}, after)+"\nitself\n", at.Account
	case at.Path != "":
		s = g.hangs(explain.At{Path: resource.ParentPath(at.Path)}, after) + "\n"
	}
	list, will := g.b.on(node)
	if after {
		list = will
	}
	var here []string
	for _, p := range list {
		here = append(here, fmt.Sprint(p.Ref, " ", g.said.number(p.Document)))
	}
	slices.Sort(here)
	s += strings.Join(here, "\x00")
	g.chains[key] = s
	return s
}
