package reconcile

import (
	"fmt"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
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
//
// It is asked for now, and for each date of the next ten years that may change the
// answer (see moments.go): who is shut out from a day on by what this plan does is told of by no
// later plan.

// gauge is one look at the plan: it measures what roles lose.
type gauge struct {
	p             *Planned
	b             *bound
	said          said
	before, after *explain.Tree
	was, will     map[explain.At][]*iampolicy.Policy // what hangs there before, and after
	always        map[string][]string                // circumstances of every request
	at            time.Time                          // when it is asked
	dates         map[*iampolicy.Policy][]time.Time  // that are to come
	regions       []string
	elsewhere     []map[string][]string // what may hold of somebody of another organization
	named         []iampolicy.Principal // whom the policies name
	accounts      map[string]bool       // of the organization
	hold          map[resource.Ref]string
	asked         map[string]string // reasons by what was asked
	losses        map[string][]loss // of each sort of roles
	chains        map[way]string    // what hangs on the way to a path
}

// newGauge compares a plan's policies before and after.
func newGauge(p *Planned, b *bound) (*gauge, error) {
	fail := func(err error) (*gauge, error) {
		return nil, fmt.Errorf("find out whom the policies of the plan shut out: %w", err)
	}
	g := &gauge{p: p, b: b, hold: map[resource.Ref]string{}, asked: map[string]string{}, losses: map[string][]loss{}, chains: map[way]string{}}
	g.said.read(b)
	var err error
	if g.before, g.after, err = b.sides(); err != nil {
		return fail(err)
	}
	all, err := g.compile()
	if err != nil {
		return fail(err)
	}
	g.at, g.dates = time.Now(), map[*iampolicy.Policy][]time.Time{}
	for _, p := range all {
		g.dates[p] = datesOf(p, g.at)
	}
	g.always = g.constant(g.at)
	g.regions = likely(p.Payer, all)
	g.elsewhere = g.strangers(all)
	g.named = principals(all)
	return g, nil
}

// strangers are what may hold of somebody of another organization: one that no
// policy names, and those that some name.
func (g *gauge) strangers(policies []*iampolicy.Policy) []map[string][]string {
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
func (g *gauge) tally(side *explain.Tree, at explain.At, l *ledger, w world) tally {
	t := make(tally, len(l.items))
	for i := range l.items {
		t[i] = g.bars(side, at, l.items[i], w)
	}
	return t
}

// bars is what denies a thing however it is done, of the first way of doing it;
// nil where it is allowed.
func (g *gauge) bars(side *explain.Tree, at explain.At, it item, w world) *barred {
	var first *barred
	for i := range it {
		a := &it[i]
		for _, r := range g.regionsOf(a) {
			by, sure := side.Bars(at, a.policyType, g.request(a, r, w))
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

// regionsOf are the regions that a request is put in.
func (g *gauge) regionsOf(a *ask) []string {
	if a.global {
		return []string{globalRegion(g.p.Payer)}
	}
	return g.regions
}

// judge gives what newly denies what stands in a ledger to a role that was at one
// place and will be at another; nil where it is not shut out.
func (g *gauge) judge(from, to explain.At, l *ledger) *barred {
	now := g.tally(g.after, to, l, nil)
	if now.open() == len(now) {
		return nil
	}
	was := g.tally(g.before, from, l, nil)
	if was.open()*10 > len(was) {
		return now.shuts(was)
	}
	most, best, before := was.open(), []world{nil}, []tally{was}
	for _, w := range g.worlds(from, l) {
		t := g.tally(g.before, from, l, w)
		switch n := t.open(); {
		case n < most || n < was.open()*10 || n == 0:
			continue
		case n > most:
			most, best, before = n, nil, nil
		}
		best, before = append(best, w), append(before, t)
	}
	for i, w := range best {
		if by := g.tally(g.after, to, l, w).shuts(before[i]); by != nil {
			return by
		}
	}
	return nil
}
