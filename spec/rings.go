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
	b.ringsOfThings(put)
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

// ringsOfThings adds what the objects of IAM and S3 refer to. The policy of a
// bucket is another object than the bucket, and so is what it refers to.
func (b *builder) ringsOfThings(put func(resource.Ref, Pos, []resource.Ref)) {
	for _, r := range b.p.Roles {
		put(r.Ref(), r.Pos, append(r.Policies.refs(&r.Trust, r.Description, r.Boundary), tagRefs(r.Tags)...))
	}
	for _, p := range b.p.IAMPolicies {
		put(p.Ref(), p.Pos, append(refsOf(&p.Document, p.Description), tagRefs(p.Tags)...))
	}
	for _, g := range b.p.Groups {
		refs := g.Policies.refs()
		for _, m := range g.Members {
			refs = append(refs, UserRef(m.Value))
		}
		put(g.Ref(), g.Pos, refs)
	}
	for _, u := range b.p.Users {
		put(u.Ref(), u.Pos, append(u.Policies.refs(u.Boundary), tagRefs(u.Tags)...))
	}
	for _, k := range b.p.Buckets {
		refs := tagRefs(k.Tags)
		if k.Encryption != nil {
			refs = append(refs, refsOf(k.Encryption.KMSKey)...)
		}
		put(k.Ref(), k.Pos, refs)
	}
}

// refs lists what policies, and other texts of their holder, refer to.
func (p Policies) refs(others ...*resource.Text) []resource.Ref {
	for i := range p.Inline {
		others = append(others, &p.Inline[i].Document)
	}
	for i := range p.Managed {
		others = append(others, &p.Managed[i].ARN)
	}
	return refsOf(others...)
}

// refsOf lists what texts refer to.
func refsOf(ts ...*resource.Text) []resource.Ref {
	var refs []resource.Ref
	for _, t := range ts {
		if t != nil {
			refs = append(refs, t.Refs()...)
		}
	}
	return refs
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
