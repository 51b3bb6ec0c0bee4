package spec

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/dustin/go-humanize"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// A preset is filled in on YAML nodes, before anything is decoded: what comes
// out is what somebody could have written into the payer file.
//
//   - ${{ with.NAME }} in a text is the parameter's value; a text that is only
//     that takes the value as it is, a list or a number too;
//   - a key or an entry whose value is only a parameter that was not given is
//     left out;
//   - a mapping with a $when that does not hold is left out; one that holds and
//     has a $value is that value;
//   - file: names a document beside the preset, which is put in as document:.

// filler fills in one part of a preset for one use of it.
type filler struct {
	u      *presetUse
	file   string // that the nodes stand in
	values map[string]*yaml.Node
	texts  bool // every value becomes a text, as handing over wants it
}

// node gives the filled copy of a node; nil where it is left out.
func (f *filler) node(n *yaml.Node, docs bool) *yaml.Node {
	if f.u.left.over {
		return nil
	}
	switch at := n; strictyaml.Deref(n).Kind {
	case yaml.MappingNode:
		return f.mapping(at, strictyaml.Deref(n), docs)
	case yaml.SequenceNode:
		out := f.made(at, &yaml.Node{Kind: yaml.SequenceNode, Style: strictyaml.Deref(n).Style})
		for _, c := range strictyaml.Deref(n).Content {
			if v := f.node(c, docs); v != nil {
				out.Content = append(out.Content, v)
			}
		}
		return out
	default:
		return f.scalar(at, strictyaml.Deref(n))
	}
}

// plainData are keys under which file is a word like any other.
var plainData = map[string]bool{"tags": true, "document": true, "statements": true}

func (f *filler) mapping(at, n *yaml.Node, docs bool) *yaml.Node {
	var muted mistakes // what pairs finds was told when the preset was read
	pairs := (&decoder{mistakes: &muted, unfit: map[string]bool{}}).pairs(n, "")
	var instead *yaml.Node
	for _, p := range pairs {
		switch {
		case p.name == "$when" && !f.holds(p.value):
			return nil
		case p.name == "$value":
			instead = p.value
		}
	}
	if instead != nil {
		return f.node(instead, docs)
	}
	out := f.made(at, &yaml.Node{Kind: yaml.MappingNode, Style: n.Style &^ yaml.TaggedStyle})
	for _, p := range pairs {
		if p.name == "$when" {
			continue
		}
		value := f.node(p.value, docs && !plainData[p.name])
		if value == nil {
			continue
		}
		key := f.scalar(p.key, strictyaml.Deref(p.key))
		if key == nil || key.Kind != yaml.ScalarNode {
			f.wrong(p.key, "a parameter in a key is a text")
			continue
		}
		if docs && p.name == "file" && value.Kind == yaml.ScalarNode {
			if value = f.document(p.value, value.Value); value == nil {
				continue
			}
			key.Value = "document"
		}
		out.Content = append(out.Content, key, value)
	}
	return out
}

// scalar puts the values into a text.
func (f *filler) scalar(at, n *yaml.Node) *yaml.Node {
	if g := exactRef.FindStringSubmatch(n.Value); g != nil {
		v := f.values[g[1]]
		if v == nil {
			return nil
		}
		return f.copied(at, v)
	}
	out := &yaml.Node{Kind: yaml.ScalarNode, Tag: n.ShortTag(), Value: n.Value, Style: n.Style &^ yaml.TaggedStyle}
	if strings.Contains(n.Value, "${{") {
		out.Value = withRef.ReplaceAllStringFunc(n.Value, func(ref string) string {
			name := withRef.FindStringSubmatch(ref)[1]
			v := f.values[name]
			switch {
			case v == nil:
				f.wrong(at, "the text needs the parameter %q, which is not given", name)
				return ""
			case v.Kind != yaml.ScalarNode:
				f.wrong(at, "the parameter %q is %s and cannot stand inside a text", name, describe(v))
				return ""
			}
			if f.u.left.text -= len(v.Value); f.u.left.text < 0 {
				f.tooMuch()
				return ""
			}
			return v.Value
		})
	}
	return f.made(at, out)
}

// copied copies a value, its aliases put in.
func (f *filler) copied(at, v *yaml.Node) *yaml.Node {
	v = strictyaml.Deref(v)
	out := f.made(at, &yaml.Node{Kind: v.Kind, Tag: v.ShortTag(), Value: v.Value, Style: v.Style &^ yaml.TaggedStyle})
	if f.texts && v.Kind == yaml.ScalarNode {
		out.Tag = "!!str"
	}
	if f.u.left.over {
		return nil
	}
	for _, c := range v.Content {
		if n := f.copied(at, c); n != nil {
			out.Content = append(out.Content, n)
		}
	}
	return out
}

// made gives a new node the place of the use, and remembers where it came from.
func (f *filler) made(at, n *yaml.Node) *yaml.Node {
	f.u.left.nodes--
	f.u.left.text -= len(n.Value)
	if f.u.left.nodes < 0 || f.u.left.text < 0 {
		f.tooMuch()
	}
	n.Line, n.Column = f.u.at.Line, f.u.at.Column
	f.u.from[n] = f.origin(at)
	return n
}

// origin names the preset and the place in it.
func (f *filler) origin(n *yaml.Node) string {
	return fmt.Sprintf("preset %s: %s:%d:%d", f.u.p.name, f.file, max(1, n.Line), max(1, n.Column))
}

// wrong notes a mistake of the preset where it is used.
func (f *filler) wrong(n *yaml.Node, format string, args ...any) {
	at := f.u.at
	at.From = f.origin(n)
	f.u.errs.add(at, format, args...)
}

func (f *filler) tooMuch() {
	if !f.u.left.over {
		f.u.errs.add(f.u.at, "the presets of this file put in more than %s values or %s bytes of text",
			humanize.Comma(maxPresetNodes), humanize.Comma(maxPresetText))
	}
	f.u.left.over = true
}

// condition is a $when: a parameter that is given and not false, or that has a
// value; not turns it round.
type condition struct {
	name, value string
	compares    bool
	not         bool
}

var conditionForm = regexp.MustCompile(`^\s*(!?)\s*([A-Za-z][A-Za-z0-9]*)\s*(?:(==|!=)\s*(\S.*?))?\s*$`)

func parseCondition(s string) (condition, bool) {
	g := conditionForm.FindStringSubmatch(s)
	if g == nil || g[1] != "" && g[3] != "" {
		return condition{}, false
	}
	return condition{name: g[2], value: g[4], compares: g[3] != "", not: g[1] == "!" || g[3] == "!="}, true
}

// holds says whether a $when is fulfilled.
func (f *filler) holds(n *yaml.Node) bool {
	c, ok := parseCondition(strictyaml.Deref(n).Value)
	if !ok {
		return false // told when the preset was read
	}
	v := f.values[c.name]
	yes := v != nil
	switch {
	case c.compares:
		yes = yes && v.Kind == yaml.ScalarNode && v.Value == c.value
	case yes && v.Kind == yaml.ScalarNode && v.ShortTag() == "!!bool":
		var b bool
		yes = v.Decode(&b) == nil && b
	}
	return yes != c.not
}
