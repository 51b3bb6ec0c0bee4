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

// When is a role shut out? By what it could do before the plan, and can no longer:
//
//   - all that it writes, or all that it reads, is denied in all services but one
//     in ten, counting those alone in which it could before. A service counts as
//     long as one of its requests is allowed, in the home region or in any region
//     that the policies tell apart from it. So neither a list call left open nor
//     one service saves a policy that takes all the rest, and a lock to regions,
//     or a list of services, is none that shuts out;
//   - or who is to assume it no longer may, because of a resource control policy;
//   - or a call is denied that keeping a member role of the file takes.
//
// What a condition asks is known, or guessed (see circumstances.go). Guesses go
// the ordinary way: a key that hardly any request of the role has, such as a tag
// of the principal, is missing, and the address is none that the policy names. So
// a Deny on certain addresses, tags or accounts shuts nobody out, and a Deny on all
// but these does, with the word may, for the role may be among them. Where the
// guesses say that a role was shut out before, while somebody works by it, they are
// wrong: then those circumstances count in which it could do the most.

// guard is one look at the plan.
type guard struct {
	p             *Planned
	b             *bound
	said          said
	before, after *explain.Tree
	was           map[string][]*iampolicy.Policy // by path, before
	always        map[string][]string            // circumstances of every request
	regions       []string
	elsewhere     []map[string][]string // what may hold of somebody of another organization
	named         []iampolicy.Principal // whom the policies name
	accounts      map[string]bool       // of the organization
	hold          map[resource.Ref]string
	asked         map[string]string // reasons by what was asked
	fine          map[string]bool   // sorts of roles that nothing shuts out
	chains        map[string]string // what hangs on the way to a path
}

// newGuard compares a plan's policies before and after.
func newGuard(p *Planned, b *bound) (*guard, error) {
	fail := func(err error) (*guard, error) {
		return nil, fmt.Errorf("find out whom the policies of the plan shut out: %w", err)
	}
	g := &guard{p: p, b: b, hold: map[resource.Ref]string{}, asked: map[string]string{}, fine: map[string]bool{}, chains: map[string]string{}}
	g.said.read(b.tree.Nodes)
	var err error
	if g.before, g.after, err = b.sides(); err != nil {
		return fail(err)
	}
	g.always = g.constant(time.Now())
	all, err := g.compile()
	if err != nil {
		return fail(err)
	}
	g.regions = likely(p.Payer, all)
	g.elsewhere = g.strangers(all)
	g.named = principals(all)
	return g, nil
}

// strangers are what may hold of somebody of another organization: one that no
// policy names, and those that some name.
func (g *guard) strangers(policies []*iampolicy.Policy) []map[string][]string {
	all := []map[string][]string{nil}
	for _, p := range policies {
		for _, c := range p.Circumstances() {
			if strings.HasPrefix(c.Key, "aws:principalorg") && len(c.Values) == 1 && !strings.HasPrefix(c.Values[0], g.orgID()) {
				all = append(all, map[string][]string{c.Key: c.Values})
			}
		}
	}
	return all[:min(len(all), maxWorlds)]
}

// chain are the policies from the root to a path, before the plan.
func (g *guard) chain(path string) []*iampolicy.Policy {
	all := g.was[""]
	for path != "" {
		all = append(slices.Clip(all), g.was[path]...)
		path = resource.ParentPath(path)
	}
	return all
}

// barred is a request that is denied, and what denies it.
type barred struct {
	*explain.Barrier
	ask    *ask
	region string
}

// tally is what denies each thing of a ledger; nil where nothing does.
type tally []*barred

// open counts what nothing denies.
func (t tally) open() int {
	n := 0
	for _, by := range t {
		if by == nil {
			n++
		}
	}
	return n
}

// shuts gives what newly denies the first of the things that are gone, where
// nearly all that was open before is gone; nil else.
func (t tally) shuts(before tally) *barred {
	was, left := 0, 0
	var first *barred
	for i, by := range t {
		switch {
		case before[i] != nil:
			continue
		case by == nil:
			left++
		case first == nil:
			first = by
		}
		was++
	}
	if was == 0 || left*10 > was {
		return nil
	}
	return first
}

// tally asks for everything of a ledger in a world.
func (g *guard) tally(side *explain.Tree, path string, l *ledger, w world) tally {
	t := make(tally, len(l.items))
	for i := range l.items {
		t[i] = g.bars(side, path, l.items[i], w)
	}
	return t
}

// bars is what denies a thing however it is done, of the first way of doing it;
// nil where it is allowed.
func (g *guard) bars(side *explain.Tree, path string, it item, w world) *barred {
	var first *barred
	for i := range it {
		a := &it[i]
		in := g.regions
		if a.global {
			in = []string{globalRegion(g.p.Payer)}
		}
		for _, r := range in {
			by, sure := side.Bars(path, a.policyType, g.request(a, r, w))
			if by == nil || !sure {
				return nil
			}
			if first == nil {
				first = &barred{by, a, r}
			}
		}
	}
	return first
}

// judge gives what newly denies what stands in a ledger to a role that was at one
// path and will be at another; nil where it is not shut out.
func (g *guard) judge(from, path string, l *ledger) *barred {
	now := g.tally(g.after, path, l, nil)
	if now.open() == len(now) {
		return nil
	}
	was := g.tally(g.before, from, l, nil)
	most := was.open()
	if most == len(was) {
		return now.shuts(was)
	}
	best, before := []world{nil}, []tally{was}
	for _, w := range g.worlds(from, l) {
		t := g.tally(g.before, from, l, w)
		switch n := t.open(); {
		case n < most || n == was.open():
			continue
		case n > most:
			most, best, before = n, nil, nil
		}
		best, before = append(best, w), append(before, t)
	}
	for i, w := range best {
		if by := g.tally(g.after, path, l, w).shuts(before[i]); by != nil {
			return by
		}
	}
	return nil
}

// roles holds what shuts a role out.
func (g *guard) roles() {
	for _, w := range g.p.works(&g.said) {
		sort := g.sort(&w)
		if sort == "" || g.fine[sort] {
			continue
		}
		found := false
		for _, l := range w.ledgers(g) {
			by := g.judge(w.from, w.path, &l)
			if by == nil {
				continue
			}
			found = true
			reason := g.reason(&w, &l, by)
			for _, r := range g.causes(by.Barrier, &w) {
				if g.hold[r] == "" {
					g.hold[r] = reason
				}
			}
		}
		if !found {
			g.fine[sort] = true
		}
	}
}

// reason is what a person reads of a role that is shut out.
func (g *guard) reason(w *works, l *ledger, by *barred) string {
	would, where := "would", ""
	if _, sure := g.after.Bars(w.path, by.ask.policyType, g.unsure(by.ask, by.region)); !sure {
		would, where = "may", g.conditions(by.Barrier)
	}
	return fmt.Sprintf("it %s shut out role %s in %s (%s)%s: %s%s%s", would, w.role, nodeName(w.path), w.why, l.of, by, where, lifted)
}

// conditions are those of the statement that bars, as it has them.
func (g *guard) conditions(by *explain.Barrier) string {
	path, _ := pathOf(by.Node.String())
	for _, p := range g.b.node(path).After {
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

func nodeName(path string) string {
	if path == "" {
		return "accounts of the root"
	}
	return "accounts of ou/" + path
}

// causes are the changes of the plan that a barrier comes from; where its policy
// and its attachment stay, the moves of the accounts that come under it.
func (g *guard) causes(by *explain.Barrier, w *works) []resource.Ref {
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
	path, _ := pathOf(by.Node.String())
	n := g.b.node(path)
	var all []resource.Ref
	for _, p := range n.Before {
		if p.Type == by.Type && changed[p.Attachment] {
			all = append(all, p.Attachment)
		}
	}
	for _, p := range append(slices.Clip(n.Before), n.After...) {
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
func (g *guard) sort(w *works) string {
	was, will := g.hangs(w.from, false), g.hangs(w.path, true)
	if was == will {
		return ""
	}
	key := append([]string{was, will, w.role, strings.Join(w.by, " ")}, w.needs...)
	if g.said.names(w.account) {
		key = append(key, w.account)
	}
	if g.said.paths {
		key = append(key, w.from, w.path)
	}
	return strings.Join(key, "\n")
}

// hangs says what hangs on the way to a path, so that two ways of which the same
// hangs are the same.
func (g *guard) hangs(path string, after bool) string {
	key := fmt.Sprint(after, path)
	if s, ok := g.chains[key]; ok {
		return s
	}
	above := ""
	if path != "" {
		above = g.hangs(resource.ParentPath(path), after)
	}
	s := above
	if i, ok := g.b.nodes[path]; ok {
		list := g.b.tree.Nodes[i].Before
		if after {
			list = g.b.tree.Nodes[i].After
		}
		var here []string
		for _, p := range list {
			here = append(here, fmt.Sprint(p.Ref, " ", g.said.number(p.Document)))
		}
		slices.Sort(here)
		if len(here) > 0 {
			s += "/" + strings.Join(here, "+")
		}
	}
	g.chains[key] = s
	return s
}
