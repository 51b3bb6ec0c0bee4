package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// needs is what one thing refers to.
type needs struct {
	pos  Pos
	refs []resource.Ref
}

// rings finds references that lead back to where they began: such things can
// never be made.
func (b *builder) rings() {
	graph := map[resource.Ref]needs{}
	put := func(r resource.Ref, at Pos, tags map[string]*resource.Text, more ...resource.Ref) {
		n := needs{at, more}
		for _, k := range slices.Sorted(maps.Keys(tags)) {
			if tags[k] != nil {
				n.refs = append(n.refs, tags[k].Refs()...)
			}
		}
		if len(n.refs) > 0 {
			graph[r] = n
		}
	}
	var order []resource.Ref
	for _, p := range b.p.Policies {
		refs := p.Document.Refs()
		if p.Description != nil {
			refs = append(refs, p.Description.Refs()...)
		}
		put(p.Ref(), p.Pos, p.Tags, refs...)
		order = append(order, p.Ref())
	}
	for o := range b.p.AllOUs() {
		var parent []resource.Ref
		if up := resource.ParentPath(o.Path); up != "" {
			parent = append(parent, resource.Ref{Kind: "ou", Name: up})
		}
		put(o.Ref(), o.Pos, o.Tags, parent...)
		order = append(order, o.Ref())
	}
	for a := range b.p.AllAccounts() {
		if a.OUSet {
			put(a.Ref(), a.Pos, a.Tags, resource.Ref{Kind: "ou", Name: a.OU})
		} else {
			put(a.Ref(), a.Pos, a.Tags)
		}
		order = append(order, a.Ref())
	}
	w := ringWalk{b: b, graph: graph, state: map[resource.Ref]int{}}
	for _, r := range order {
		w.visit(r)
	}
}

type ringWalk struct {
	b     *builder
	graph map[resource.Ref]needs
	state map[resource.Ref]int // 1 on the path, 2 done
	path  []resource.Ref
}

// visit goes along the references; each ring is told once, at its first member.
func (w *ringWalk) visit(r resource.Ref) {
	n, ok := w.graph[r]
	if !ok || w.state[r] == 2 {
		return
	}
	if w.state[r] == 1 {
		w.tell(w.path[slices.Index(w.path, r):])
		return
	}
	w.state[r], w.path = 1, append(w.path, r)
	for _, to := range n.refs {
		w.visit(to)
	}
	w.state[r], w.path = 2, w.path[:len(w.path)-1]
}

func (w *ringWalk) tell(ring []resource.Ref) {
	var names []string
	for _, r := range append(slices.Clone(ring), ring[0]) {
		names = append(names, r.String())
	}
	at := w.b.src.at
	p := w.graph[ring[0]].pos
	at.File, at.Line, at.Column = p.File, p.Line, p.Column
	w.b.add(at, "a ring of references: %s", strings.Join(names, " -> "))
}
