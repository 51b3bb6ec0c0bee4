package planner

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
)

// FuzzApply diffs a small random organization with a random wish and applies
// the plan in a random order that its needs allow, some changes failing. On the
// way no node may lose its last SCP that allows anything or run over its
// slots, and no account may enter an OU before what guards it. A plan that was
// applied whole must not be planned again.
func FuzzApply(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, seed*7)
	}
	f.Fuzz(func(t *testing.T, seed, order uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := randomWorld(r)
		s := randomWish(r, w)
		o := rules()
		o.Prune = chance(r, 2)
		first, err := Diff(w.want(s), w.have(s), o)
		if err != nil {
			if strings.Contains(err.Error(), "names nothing any more") {
				t.Skip()
			}
			t.Fatal(err)
		}
		if o.Hold = map[resource.Ref]string{}; chance(r, 4) {
			for i := range first.Changes {
				if chance(r, 4) {
					o.Hold[first.Changes[i].Ref] = "held"
				}
			}
		}
		walk := rand.New(rand.NewPCG(order, 2))
		applyAll(t, w, s, o, walk, int(order%3)*4) // some orders fail one change in 4 or 8
		for range 3 {
			p := applyAll(t, w, s, o, walk, 0)
			again, err := Diff(w.want(s), w.have(s), o)
			if err != nil {
				t.Fatal(err)
			}
			once(t, p, again)
		}
	})
}

// once checks that what was done is not planned again, and that a plan which
// left nothing open leaves nothing to do.
func once(t *testing.T, p, again *Plan) {
	t.Helper()
	was := map[string]bool{}
	for _, c := range p.Changes {
		was[string(c.Op)+c.Ref.String()] = c.Blocked == ""
	}
	for _, c := range again.Changes {
		if was[string(c.Op)+c.Ref.String()] {
			t.Errorf("%s %s was done and is planned again", c.Op, c.Ref)
		}
	}
	if p.Summary().Blocked == 0 && len(again.Changes) > 0 {
		t.Errorf("all was done, and the next plan is\n%s", strings.Join(show(again), "\n"))
	}
}

// applyAll plans and applies; one change in failing fails, none where it is 0.
func applyAll(t *testing.T, w *world, s *wish, o Options, r *rand.Rand, failing int) *Plan {
	t.Helper()
	p, err := Diff(w.want(s), w.have(s), o)
	if err != nil {
		t.Fatal(err)
	}
	before := watch(w)
	done, todo := map[int]bool{}, []int{}
	for i := range p.Changes {
		if p.Changes[i].Blocked == "" {
			todo = append(todo, i)
		}
	}
	ready := func(i int) bool {
		return !slices.ContainsFunc(p.Changes[i].Needs, func(j int) bool { return !done[j] })
	}
	for len(todo) > 0 {
		var now []int
		for k, i := range todo {
			if ready(i) {
				now = append(now, k)
			}
		}
		if len(now) == 0 {
			if failing == 0 {
				t.Fatalf("nothing can go on:\n%s", strings.Join(show(p), "\n"))
			}
			return p // all others need what failed
		}
		k := pick(r, now)
		i := todo[k]
		todo = slices.Delete(todo, k, k+1)
		if failing > 0 && chance(r, failing) {
			continue
		}
		guarded(t, w, s, p, i, done)
		w.apply(t, s, &p.Changes[i])
		done[i] = true
		before.check(t, w, p, i)
		if t.Failed() {
			t.Fatalf("the plan was\n%s", strings.Join(show(p), "\n"))
		}
	}
	return p
}

// guarded checks, before a change is done, what must have been done for safety.
func guarded(t *testing.T, w *world, s *wish, p *Plan, i int, done map[int]bool) {
	t.Helper()
	c := &p.Changes[i]
	guards := map[string]bool{}
	switch {
	case c.Ref.Kind == "account":
		for _, r := range s.guardrails(s.accounts[c.Ref.Name]) {
			guards[r.String()] = true
		}
	case c.Ref.Kind == "attachment" && c.Op == Delete:
		_, node, _ := strings.Cut(c.Ref.Name, "@")
		creates := 0
		for _, o := range p.Changes {
			if _, n, _ := strings.Cut(o.Ref.Name, "@"); o.Op == Create && o.Ref.Kind == "attachment" && n == node && o.Blocked == "" {
				guards[o.Ref.String()] = true
				creates++
			}
		}
		if w.used(node)+creates > w.slots { // counts some twice: then the order is the group's own
			return
		}
	}
	for j, o := range p.Changes {
		if guards[o.Ref.String()] && !done[j] {
			t.Errorf("%s %s comes before %s", c.Op, c.Ref, o.Ref)
		}
	}
}

// watched is what was so before a plan.
type watched struct {
	allowing map[string]bool
	slots    map[string]int
}

func watch(w *world) watched {
	b := watched{allowing: map[string]bool{}, slots: map[string]int{}}
	for _, n := range w.nodes {
		b.allowing[n] = w.allowing(n) > 0
		b.slots[n] = max(w.slots, w.used(n))
	}
	return b
}

func (b watched) check(t *testing.T, w *world, p *Plan, i int) {
	t.Helper()
	c := &p.Changes[i]
	for _, n := range w.nodes {
		if b.allowing[n] && w.allowing(n) == 0 && !goes(p, n) {
			t.Errorf("after %s %s nothing on %s is known to allow anything", c.Op, c.Ref, n)
		}
		if limit, old := b.slots[n]; old && w.used(n) > limit {
			t.Errorf("after %s %s, %d of %d slots of %s are taken", c.Op, c.Ref, w.used(n), limit, n)
		}
		if _, old := b.slots[n]; !old { // just made
			b.allowing[n], b.slots[n] = true, w.slots
		}
	}
	for a := range maps.Keys(w.attached) {
		if _, found := w.policies[a[0]]; !found {
			t.Errorf("after %s %s, %s is attached and gone", c.Op, c.Ref, a[0])
		}
	}
}

// goes says that the plan deletes the node itself.
func goes(p *Plan, node string) bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool {
		return c.Op == Delete && c.Blocked == "" && c.Ref.String() == node
	})
}
