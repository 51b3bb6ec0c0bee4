package spec

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// merger puts what a preset says beside what the file says. Mappings are merged
// key by key; lists of things with a name entry by entry, the file's own first;
// lists that say "these too" become one. Anything else that differs is a
// contradiction, and so is any difference inside a policy document.
type merger struct {
	d         *decoder // of the payer file
	root, dir string   // of the repository, and what file is relative to
}

// additive are the lists that say "these too" and take more entries.
var additive = map[string]bool{
	"policyTypes": true, "trustedServices": true, "absent": true, "policies": true, "managedPolicies": true, "previously": true,
	"members": true, "absentMembers": true, "pools": true, "ous": true, "accounts": true, "elements": true, "artifacts": true,
	"off": true,
}

// merge gives own with add put in. Neither is changed: own may stand elsewhere
// in the file too, by an alias.
func (m *merger) merge(own, add *yaml.Node, path, key string) *yaml.Node {
	o := strictyaml.Deref(own)
	switch {
	case o.Kind == yaml.MappingNode && add.Kind == yaml.MappingNode:
		if key == "document" {
			m.whole(own, add, path)
			return own
		}
		return m.mappings(own, add, path, key)
	case o.Kind == yaml.SequenceNode && add.Kind == yaml.SequenceNode:
		return m.lists(own, add, path, key)
	case o.Kind == yaml.ScalarNode && add.Kind == yaml.ScalarNode && sameScalar(o, add, key):
		return own
	}
	m.contradict(own, add, path, say(o, path), say(add, path))
	return own
}

func (m *merger) mappings(own, add *yaml.Node, path, key string) *yaml.Node {
	o := strictyaml.Deref(own)
	out := *o
	out.Content, out.Anchor = slices.Clone(o.Content), ""
	m.inherit(&out, own)
	at, has := map[string]int{}, map[string]*yaml.Node{}
	for _, p := range m.d.pairs(o, path) {
		has[p.name] = p.value
	}
	for i := 0; i+1 < len(out.Content); i += 2 {
		name := strictyaml.Deref(out.Content[i]).Value
		if _, twice := at[name]; !twice {
			at[name] = i + 1
		}
	}
	other := m.otherwise(o, add, path, key)
	for i := 0; i+1 < len(add.Content); i += 2 {
		k, v := add.Content[i], add.Content[i+1]
		if other[k.Value] {
			continue
		}
		mine := has[k.Value]
		if mine == nil {
			out.Content = append(out.Content, k, v)
			has[k.Value] = v
			continue
		}
		merged := m.merge(mine, v, strictyaml.Child(path, k.Value), k.Value)
		if j, direct := at[k.Value]; direct {
			out.Content[j] = merged
		} else if merged != mine { // it came by a merge key, which an own key goes before
			out.Content = append(out.Content, k, merged)
		}
	}
	return &out
}

// inherit lets a copy stand where its original does, and come from where it does.
func (m *merger) inherit(out, own *yaml.Node) {
	out.Line, out.Column = own.Line, own.Column
	if from := m.d.from[own]; from != "" {
		m.d.from[out] = from
	}
}

// choices are the ways to say one thing; a mapping takes one of them.
var choices = map[string][][]string{
	"":      {{"file"}, {"document"}},
	"trust": {{"file"}, {"document"}, {"accounts", "principals", "services", "externalId", "mfa"}},
}

// otherwise refuses a preset that says in one way what the file says in
// another, and gives the keys of the preset that are left out for it.
func (m *merger) otherwise(o, add *yaml.Node, path, key string) map[string]bool {
	if key == "tags" {
		return nil
	}
	ways := choices[key]
	if ways == nil {
		ways = choices[""]
	}
	way := func(name string) int {
		return slices.IndexFunc(ways, func(w []string) bool { return slices.Contains(w, name) })
	}
	out := map[string]bool{}
	for i := 0; i+1 < len(o.Content); i += 2 {
		name := strictyaml.Deref(o.Content[i]).Value
		for j := 0; j+1 < len(add.Content) && way(name) >= 0; j += 2 {
			theirs := add.Content[j].Value
			w := way(theirs)
			switch {
			case w < 0 || w == way(name) || out[theirs]:
			case name == "file" && theirs == "document" && m.sameDocument(o.Content[i+1], add.Content[j+1]):
				out[theirs] = true
			default:
				m.contradict(o.Content[i], add.Content[j], strictyaml.Child(path, name), name, theirs)
				out[theirs] = true
			}
		}
	}
	return out
}

func (m *merger) lists(own, add *yaml.Node, path, key string) *yaml.Node {
	o := strictyaml.Deref(own)
	inTrust := strings.Contains(path, ".trust.") // one more there would be let in
	if (!additive[key] || inTrust) && !named(o) && !named(add) {
		m.whole(own, add, path)
		return own
	}
	out := *o
	out.Content, out.Anchor = slices.Clone(o.Content), ""
	m.inherit(&out, own)
	first := map[string]int{}
	for i, c := range o.Content {
		if id := identity(c, path); id != "" {
			if _, twice := first[id]; !twice {
				first[id] = i
			}
		}
	}
	for _, c := range add.Content {
		id := identity(c, path)
		i, both := first[id]
		switch {
		case id == "" || !both:
			out.Content = append(out.Content, c)
		case c.Kind != yaml.MappingNode, path == "lint.off": // one reason is enough
		case key == "statements":
			m.whole(out.Content[i], c, path+"["+itoa(i)+"]")
		default:
			out.Content[i] = m.merge(out.Content[i], c, path+"["+itoa(i)+"]", "")
		}
	}
	return &out
}

// named says that a list has entries with an identity of their own.
func named(n *yaml.Node) bool {
	return slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return strictyaml.Deref(c).Kind == yaml.MappingNode && identity(c, "") != "" })
}

// identity says what an entry of a list is known by: a text by itself, a thing
// by its name, a policy of the organization by its type too. "" has none.
func identity(n *yaml.Node, path string) string {
	n = strictyaml.Deref(n)
	if n.Kind == yaml.ScalarNode {
		return "=" + n.Value
	}
	var muted mistakes
	has := map[string]string{}
	if n.Kind == yaml.MappingNode {
		for _, p := range (&decoder{mistakes: &muted, unfit: map[string]bool{}}).pairs(n, "") {
			if v := strictyaml.Deref(p.value); v.Kind == yaml.ScalarNode {
				has[p.name] = v.Value
			}
		}
	}
	if name := has["name"]; name != "" && path == "policies" {
		if has["type"] == "" {
			has["type"] = SCP
		}
		return has["type"] + ":" + name
	}
	if path == "lint.off" && has["rule"] != "" {
		return "off:" + has["rule"] + ":" + has["policy"] + ":" + has["object"]
	}
	for _, key := range []string{"name", "id", "Sid", "role"} {
		if has[key] != "" {
			return key + ":" + has[key]
		}
	}
	return ""
}

// say shows a value in a contradiction.
func say(n *yaml.Node, path string) string {
	switch {
	case n == nil:
		return "nothing"
	case n.Kind == yaml.ScalarNode && strings.Contains(path, "xternalId"): // not for logs
		return "one external id"
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str":
		return strictyaml.Quoted(n.Value)
	case n.Kind == yaml.ScalarNode && !strictyaml.IsNull(n):
		return strictyaml.Shown(n.Value)
	case n.Kind == yaml.SequenceNode:
		return strictyaml.Shown(inLine(n))
	case strictyaml.IsNull(n):
		return "null"
	}
	return describe(n)
}

// contradict notes that file and preset differ, at the file's own line; where
// two presets differ, at the use of the later one.
func (m *merger) contradict(own, add *yaml.Node, path, mine, theirs string) {
	if mine == theirs { // what is not shown
		theirs = "another"
	}
	at := m.d.at(own, path)
	who := fmt.Sprintf("%s:%d", at.File, at.Line)
	if at.From != "" {
		who = m.preset(own)
		at = file.At{File: at.File, Line: add.Line, Column: add.Column, Path: path}
	}
	m.d.add(at, "%s says %s, %s says %s", who, mine, m.preset(add), theirs)
}

// preset names the preset that a value came from, and the line that uses it.
func (m *merger) preset(n *yaml.Node) string {
	name, _, _ := strings.Cut(m.d.from[n], ": ")
	return fmt.Sprintf("%s (line %d)", name, n.Line)
}
