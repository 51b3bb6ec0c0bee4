package planner

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// apply does one change as AWS would, and fails where AWS would refuse.
func (w *world) apply(t testing.TB, s *wish, c *Change) {
	t.Helper()
	switch c.Ref.Kind {
	case "ou":
		w.applyOU(t, c)
	case "policy":
		w.applyPolicy(t, s, c)
	case "attachment":
		policy, node, _ := strings.Cut(c.Ref.Name, "@")
		a := [2]string{policy, node}
		if c.Op == Delete {
			delete(w.attached, a)
			break
		}
		if _, found := w.policies[policy]; !found || !slices.Contains(w.nodes, node) {
			t.Fatalf("%s is attached before its policy or node is there", c.Ref)
		}
		w.attached[a] = true
	case "account":
		n := s.accounts[c.Ref.Name]
		if !slices.Contains(w.nodes, n) {
			t.Fatalf("%s goes to %s, which is not there", c.Ref, n)
		}
		w.accounts[c.Ref.Name] = n
	default:
		t.Fatalf("%s %s: the plan changes what nobody wanted changed", c.Op, c.Ref)
	}
}

func (w *world) applyOU(t testing.TB, c *Change) {
	t.Helper()
	node := c.Ref.String()
	if c.Op == Create {
		if !slices.Contains(w.nodes, parent(node)) {
			t.Fatalf("%s is made before its parent", c.Ref)
		}
		w.nodes = append(w.nodes, node)
		w.attached[[2]string{fullAccess, node}] = true
		return
	}
	for _, n := range w.nodes {
		if n != "root" && parent(n) == node {
			t.Fatalf("%s is deleted before %s", c.Ref, n)
		}
	}
	for email, n := range w.accounts {
		if n == node {
			t.Fatalf("%s is deleted and account %s is in it", c.Ref, email)
		}
	}
	w.nodes = slices.DeleteFunc(w.nodes, func(n string) bool { return n == node })
	maps.DeleteFunc(w.attached, func(a [2]string, _ bool) bool { return a[1] == node })
}

func (w *world) applyPolicy(t testing.TB, s *wish, c *Change) {
	t.Helper()
	name := c.Ref.Name
	if c.Op == Delete {
		for a := range w.attached {
			if a[0] == name {
				t.Fatalf("%s is deleted while it is attached to %s", c.Ref, a[1])
			}
		}
		delete(w.policies, name)
		return
	}
	p := s.policies[name]
	text := p.doc
	if p.refers != "" {
		if !slices.Contains(w.nodes, p.refers) {
			t.Fatalf("%s refers to %s, which is not there", c.Ref, p.refers)
		}
		text += " id-" + p.refers
	}
	owner := "acme"
	if c.Op == Adopt {
		owner = w.policies[name].owner
	}
	w.policies[name] = livePolicy{allows: p.allows, doc: text, owner: owner, known: true}
}
