package spec

import (
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
// never be made. An account is in a ring only if something refers to it.
func (b *builder) rings() {
	w := ringWalk{b: b, graph: map[resource.Ref]needs{}, state: map[resource.Ref]int{}}
	referred := map[resource.Ref]bool{}
	note := func(refs []resource.Ref) {
		for _, r := range refs {
			referred[r] = true
		}
	}
	var order []resource.Ref
	put := func(r resource.Ref, at Pos, refs []resource.Ref) {
		note(refs)
		w.graph[r] = needs{at, refs}
		order = append(order, r)
	}
	for _, p := range b.p.Policies {
		refs := append(p.Document.Refs(), tagRefs(p.Tags)...)
		if p.Description != nil {
			refs = append(refs, p.Description.Refs()...)
		}
		put(p.Ref(), p.Pos, refs)
	}
	for o := range b.p.AllOUs() {
		refs := tagRefs(o.Tags)
		if up := resource.ParentPath(o.Path); up != "" {
			refs = append(refs, resource.Ref{Kind: "ou", Name: up})
		}
		put(o.Ref(), o.Pos, refs)
	}
	for a := range b.p.AllAccounts() {
		note(tagRefs(a.Tags))
	}
	if len(referred) > 0 {
		for a := range b.p.AllAccounts() {
			if r := a.Ref(); referred[r] {
				refs := tagRefs(a.Tags)
				if a.OUSet {
					refs = append(refs, resource.Ref{Kind: "ou", Name: a.OU})
				}
				put(r, a.Pos, refs)
			}
		}
	}
	for _, r := range order {
		w.visit(r)
	}
}

// tagRefs lists what tags refer to, in the order of their keys.
func tagRefs(tags map[string]*resource.Text) []resource.Ref {
	var keys []string
	for k, t := range tags {
		if t != nil {
			if _, known := t.Known(); !known {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	var refs []resource.Ref
	for _, k := range keys {
		refs = append(refs, tags[k].Refs()...)
	}
	return refs
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
