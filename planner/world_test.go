package planner

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// A world is a small organization, and a wish what a file wants it to be.
type world struct {
	slots    int
	nodes    []string // "root", then OUs, parents first
	policies map[string]livePolicy
	attached map[[2]string]bool // policy, node
	accounts map[string]string  // email -> node
}

type livePolicy struct {
	allows bool
	doc    string
	owner  string // "acme", "other", "" for nobody, "?" for a mark that is not read
	known  bool   // that it allows or not is known
}

type wish struct {
	nodes    []string
	policies map[string]wantedPolicy
	attached map[[2]string]bool
	noFull   map[string]bool // nodes without FullAWSAccess
	accounts map[string]string
	blocked  map[string]bool // refs that something stands in the way of
}

type wantedPolicy struct {
	allows, adopt bool
	doc           string
	refers        string // the OU whose id stands in the document
}

const fullAccess = "FullAWSAccess"

func pick[T any](r *rand.Rand, xs []T) T { return xs[r.IntN(len(xs))] }

// chance is true once in n times.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

var allNodes = []string{"root", "ou/a", "ou/a/b", "ou/c", "ou/c/d"}

func randomNodes(r *rand.Rand) []string {
	nodes := []string{"root"}
	for _, n := range allNodes[1:] {
		if up := parent(n); (up == "root" || slices.Contains(nodes, up)) && !chance(r, 4) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func parent(node string) string {
	path := resource.ParentPath(strings.TrimPrefix(node, "ou/"))
	if path == "" {
		return "root"
	}
	return "ou/" + path
}

func doc(allows bool, version int) string { return fmt.Sprintf("%v-%d", allows, version) }

func randomWorld(r *rand.Rand) *world {
	w := &world{
		slots: 2 + r.IntN(3), nodes: randomNodes(r), accounts: map[string]string{},
		policies: map[string]livePolicy{fullAccess: {allows: true, known: true}}, attached: map[[2]string]bool{},
	}
	for i := range 6 {
		if chance(r, 3) {
			continue
		}
		allows := chance(r, 2)
		owner := pick(r, []string{"acme", "acme", "acme", "", "other", "?"})
		w.policies["p"+strconv.Itoa(i)] = livePolicy{allows, doc(allows, r.IntN(2)), owner, owner == "acme" || chance(r, 2)}
	}
	names := slices.Sorted(maps.Keys(w.policies))
	for _, n := range w.nodes {
		if !chance(r, 3) {
			w.attached[[2]string{fullAccess, n}] = true
		}
		for range r.IntN(w.slots + 1) {
			if w.used(n) < w.slots {
				w.attached[[2]string{pick(r, names), n}] = true
			}
		}
	}
	for i := range 5 {
		if chance(r, 2) {
			w.accounts[fmt.Sprintf("%d@x", i)] = pick(r, w.nodes)
		}
	}
	return w
}

func randomWish(r *rand.Rand, w *world) *wish {
	s := &wish{
		nodes: randomNodes(r), policies: map[string]wantedPolicy{}, attached: map[[2]string]bool{},
		noFull: map[string]bool{}, accounts: map[string]string{}, blocked: map[string]bool{},
	}
	for i := range 6 {
		if chance(r, 3) {
			continue
		}
		p := wantedPolicy{allows: chance(r, 2), adopt: chance(r, 2)}
		p.doc = doc(p.allows, r.IntN(2))
		if chance(r, 4) && len(s.nodes) > 1 {
			p.refers = pick(r, s.nodes[1:])
		}
		s.policies["p"+strconv.Itoa(i)] = p
		if l, found := w.policies["p"+strconv.Itoa(i)]; found {
			l.known = true // what the file names is read
			w.policies["p"+strconv.Itoa(i)] = l
		}
	}
	for _, n := range s.nodes {
		for _, p := range slices.Sorted(maps.Keys(s.policies)) {
			if chance(r, 3) {
				s.attached[[2]string{p, n}] = true
			}
		}
		s.noFull[n] = chance(r, 3)
	}
	for i := range 5 {
		if !chance(r, 3) {
			s.accounts[fmt.Sprintf("%d@x", i)] = pick(r, s.nodes)
		}
	}
	if chance(r, 2) {
		refs := slices.Collect(w.have(s).All())
		refs = append(refs, slices.Collect(w.want(s).All())...)
		if len(refs) > 0 {
			s.blocked[pick(r, refs).Ref.String()] = true
		}
	}
	return s
}

func (w *world) used(node string) int {
	n := 0
	for a := range w.attached {
		if a[1] == node {
			n++
		}
	}
	return n
}

// allowing counts the SCPs on a node that are known to allow something.
func (w *world) allowing(node string) int {
	n := 0
	for a := range w.attached {
		if p := w.policies[a[0]]; a[1] == node && p.allows && p.known {
			n++
		}
	}
	return n
}

func makeRef(kind, name string) resource.Ref { return resource.Ref{Kind: kind, Name: name} }

func policyRef(name string) resource.Ref { return makeRef("policy", name) }

func nodeRef(node string) resource.Ref {
	if node == "root" {
		return makeRef("organization", "")
	}
	return makeRef("ou", strings.TrimPrefix(node, "ou/"))
}

// attachment gives what wanted and live attachments have in common.
func (w *world) attachment(a [2]string) resource.Object {
	return resource.Object{
		Ref:   makeRef("attachment", a[0]+"@"+a[1]),
		After: []resource.Ref{policyRef(a[0]), nodeRef(a[1])},
		Facts: map[string]string{
			resource.FactPolicy: "policy/" + a[0], resource.FactNode: a[1] + " " + scp,
			resource.FactSlots: strconv.Itoa(w.slots), resource.FactMinimum: "1",
		},
	}
}

// want gives the objects that the kinds would want.
func (w *world) want(s *wish) *resource.State {
	st := &resource.State{}
	add := func(o resource.Object) {
		if s.blocked[o.Ref.String()] {
			o.Facts = maps.Clone(o.Facts)
			if o.Facts == nil {
				o.Facts = map[string]string{}
			}
			o.Facts[resource.FactBlocked] = "for the test"
		}
		st.Put(o)
	}
	add(resource.Object{Ref: nodeRef("root")})
	for _, n := range s.nodes[1:] {
		add(resource.Object{Ref: nodeRef(n), Inputs: resource.Attrs{"parent": resource.Output(nodeRef(parent(n)), "id")}})
	}
	for _, name := range slices.Sorted(maps.Keys(s.policies)) {
		p := s.policies[name]
		text := resource.Lit(p.doc)
		if p.refers != "" {
			text = resource.Join(text, resource.Lit(" "), resource.Output(nodeRef(p.refers), "id"))
		}
		facts := map[string]string{resource.FactAllows: strconv.FormatBool(p.allows)}
		if p.adopt {
			facts[resource.FactAdopt] = "true"
		}
		add(resource.Object{Ref: policyRef(name), Attrs: resource.Attrs{"doc": text}, Facts: facts})
	}
	for _, n := range s.nodes {
		o := w.attachment([2]string{fullAccess, n})
		o.Facts[resource.FactAllows] = "true"
		if s.noFull[n] {
			o.Facts[resource.FactAbsent] = "true"
		}
		add(o)
		for _, name := range slices.Sorted(maps.Keys(s.policies)) {
			if a := [2]string{name, n}; s.attached[a] {
				o := w.attachment(a)
				o.Facts[resource.FactAllows] = strconv.FormatBool(s.policies[name].allows)
				add(o)
			}
		}
	}
	for _, email := range slices.Sorted(maps.Keys(s.accounts)) {
		n := s.accounts[email]
		add(resource.Object{
			Ref: makeRef("account", email), Attrs: resource.Attrs{"ou": resource.Lit(n)},
			Inputs: resource.Attrs{"parent": resource.Output(nodeRef(n), "id")}, After: s.guardrails(n),
		})
	}
	return st
}

// guardrails are the attachments on a node and above it.
func (s *wish) guardrails(node string) []resource.Ref {
	var refs []resource.Ref
	for n := node; ; n = parent(n) {
		refs = append(refs, makeRef("attachment", fullAccess+"@"+n))
		for _, name := range slices.Sorted(maps.Keys(s.policies)) {
			if s.attached[[2]string{name, n}] {
				refs = append(refs, makeRef("attachment", name+"@"+n))
			}
		}
		if n == "root" {
			return refs
		}
	}
}

// have gives the objects that the kinds would read.
func (w *world) have(s *wish) *resource.State {
	st := &resource.State{}
	id := func(r resource.Ref) map[string]string { return map[string]string{"id": "id-" + r.String()} }
	for _, n := range w.nodes {
		o := resource.Object{Ref: nodeRef(n), Outputs: id(nodeRef(n)), Owner: "acme", OwnerRead: true}
		if n != "root" {
			o.After = []resource.Ref{nodeRef(parent(n))}
		}
		st.Put(o)
	}
	for _, name := range slices.Sorted(maps.Keys(w.policies)) {
		p := w.policies[name]
		o := resource.Object{
			Ref: policyRef(name), Attrs: resource.Attrs{"doc": resource.Lit(p.doc)}, Outputs: id(policyRef(name)),
			Facts: map[string]string{}, Owner: strings.Trim(p.owner, "?"), OwnerRead: p.owner != "?",
		}
		if p.known {
			o.Facts[resource.FactAllows] = strconv.FormatBool(p.allows)
		}
		if name == fullAccess {
			o.Facts[resource.FactSystem] = "true"
		}
		st.Put(o)
	}
	for _, a := range slices.SortedFunc(maps.Keys(w.attached), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) }) {
		st.Put(w.liveAttachment(s, a))
	}
	for _, n := range s.nodes {
		if !slices.Contains(w.nodes, n) { // AWS will attach it with the creation
			st.Put(w.liveAttachment(s, [2]string{fullAccess, n}))
		}
	}
	for _, email := range slices.Sorted(maps.Keys(w.accounts)) {
		n := w.accounts[email]
		st.Put(resource.Object{
			Ref: makeRef("account", email), Attrs: resource.Attrs{"ou": resource.Lit(n)}, Outputs: id(makeRef("account", email)),
			After: []resource.Ref{nodeRef(n)}, Under: w.guards(n), Owner: "acme", OwnerRead: true,
		})
	}
	return st
}

// guards are the live attachments on a node and above it.
func (w *world) guards(node string) []resource.Ref {
	var refs []resource.Ref
	for n := node; ; n = parent(n) {
		for a := range w.attached {
			if a[1] == n {
				refs = append(refs, makeRef("attachment", a[0]+"@"+n))
			}
		}
		if n == "root" {
			slices.SortFunc(refs, resource.Ref.Compare)
			return refs
		}
	}
}

func (w *world) liveAttachment(s *wish, a [2]string) resource.Object {
	o := w.attachment(a)
	p := w.policies[a[0]]
	if p.known {
		o.Facts[resource.FactAllows] = strconv.FormatBool(p.allows)
	}
	_, declared := s.policies[a[0]]
	switch {
	case a[0] == fullAccess:
		o.Facts[resource.FactSystem] = "true"
	case declared && slices.Contains(s.nodes, a[1]):
		o.Facts[resource.FactExact] = "true"
	case p.owner == "acme":
		o.Facts[resource.FactFollows] = "policy/" + a[0]
	}
	return o
}
