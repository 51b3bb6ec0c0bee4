package planner

import (
	"slices"

	"github.com/payer-reconciler/reconciler/resource"
)

// link gives the changes of every group their order. Nothing is blocked any more.
func (s *slots) link() {
	for _, g := range s.groups {
		g.used = len(g.live) + len(g.creates)
		for _, h := range g.live {
			if h.change >= 0 {
				g.used--
			}
		}
		s.chain(g)
		s.turns(g)
	}
	s.use()
	s.moves()
}

// use shows on each attachment to be made how full its group will be.
func (s *slots) use() {
	for i := range s.d.changes {
		c := &s.d.changes[i]
		if c.Op != Create {
			continue
		}
		if g := s.by[c.Want.Facts[resource.FactNode]]; g != nil && g.slots > 0 {
			c.Usage = append(c.Usage, Usage{Name: "slots", Used: g.used, Limit: g.slots})
		}
	}
}

// chain lets each change of a crowded group wait for the one before it, and
// each detach of any other group for all that is to be attached.
func (s *slots) chain(g *group) {
	if g.slots > 0 && len(g.live)+len(g.creates) > g.slots {
		for k := 1; k < len(g.chain); k++ {
			s.need(g.chain[k], g.chain[k-1])
		}
		return
	}
	for _, h := range g.live {
		for _, c := range g.creates {
			if h.change >= 0 {
				s.need(h.change, c.change)
			}
		}
	}
}

// turns puts the updates of policies that begin or cease to allow in their
// place between what is attached and what is detached.
func (s *slots) turns(g *group) {
	if g.policyType != scp {
		return
	}
	var firm []int // by these something allows at the end
	for _, h := range g.creates {
		if h.after == "true" {
			firm = append(firm, h.change)
		}
	}
	var gains []int
	for _, h := range g.live {
		if h.gains() && h.change < 0 {
			gains = append(gains, h.turns)
		}
	}
	for _, h := range g.live {
		if h.loses() {
			s.need(h.turns, firm...)
			s.need(h.turns, gains...)
		}
		if h.change >= 0 && !h.denies() {
			s.need(h.change, gains...)
		}
	}
}

func (s *slots) need(i int, needs ...int) {
	s.d.links[i].slots = append(s.d.links[i].slots, needs...)
}

// moves lets the delete of what guards an object wait for the change that
// takes the object away from it, so that nobody loses a guard on the way out.
func (s *slots) moves() {
	out := map[int][]int{}
	for i := range s.d.changes {
		c := &s.d.changes[i]
		if c.Held() || !c.Move && c.Op != Delete {
			continue
		}
		for _, r := range c.Have.Under {
			j, planned := s.d.at[r]
			if !planned || s.d.changes[j].Op != Delete || s.d.changes[j].Held() {
				continue
			}
			if c.Op == Delete || !s.stays(i, s.d.changes[j].Have) {
				out[j] = append(out[j], i)
			}
		}
	}
	for j, changes := range out {
		s.d.links[j].soft = changes
	}
}

// stays says whether a moved object is below the node of a guard still: what
// it wants names the node, or something that is to be attached to it.
func (s *slots) stays(i int, guard *resource.Object) bool {
	name, _ := cutNode(guard.Facts[resource.FactNode])
	node, err := resource.ParseRef(name)
	return err == nil && s.under(s.d.links[i].after, s.d.changes[i].Want, node)
}

// under says whether a wanted object is under a node still: it names the node,
// or something that is to be attached to it.
func (s *slots) under(a *after, w *resource.Object, node resource.Ref) bool {
	if slices.Contains(references(w), node) {
		return true
	}
	if a == nil {
		return false
	}
	if a.nodes == nil {
		a.nodes = map[resource.Ref]bool{}
		for _, r := range a.refs {
			a.nodes[r] = true
			if o, found := s.d.want.Get(r); found {
				for _, end := range ends(&o) {
					a.nodes[end] = true
				}
			}
		}
	}
	return a.nodes[node]
}
