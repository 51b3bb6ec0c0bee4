package spec

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// param is one parameter of a preset, its checks ready.
type param struct {
	name    string
	f       file.Parameter
	pattern *regexp.Regexp // nil: none
	value   *yaml.Node     // the default; nil: none
}

var paramName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)

// parameters reads what the preset says of its parameters, and holds defaults
// and examples against it.
func (p *preset) parameters(d *decoder) {
	for _, e := range p.f.Parameters.Value {
		f, path := e.Value.Value, e.Key.Path
		q := &param{name: e.Key.Value, f: f, value: f.Default.Value.Node}
		if !paramName.MatchString(q.name) {
			d.add(e.Key.At, "the name of a parameter is letters and digits, a letter first; have %q", strictyaml.Shown(q.name))
		}
		p.params[q.name] = q
		p.order = append(p.order, q.name)
		if t := f.Type; t.Set() && !d.unfit[t.Path] && !slices.Contains(paramTypes, t.Value) {
			d.bad(&yaml.Node{Line: t.Line, Column: t.Column}, t.Path, "no type %q%s; there are %s", strictyaml.Shown(t.Value), strictyaml.Meant(t.Value, paramTypes), strings.Join(paramTypes, ", "))
			continue
		}
		if f.Pattern.Set() && !d.unfit[f.Pattern.Path] {
			re, err := regexp.Compile(f.Pattern.Value)
			if err != nil {
				d.add(f.Pattern.At, "not a regular expression: %v", err)
			}
			q.pattern = re
		}
		if f.Required.Value && f.Default.Set() {
			d.add(f.Default.At, "a parameter with a default is not required")
		}
		if !f.Type.Set() || d.unfit[path] {
			continue
		}
		for _, v := range []file.V[file.Any]{f.Default, f.Example} {
			if v.Set() {
				q.check(d, v.Value.Node, v.Path)
			}
		}
	}
}

var paramTypes = []string{"string", "integer", "boolean", "list", "selector"}

// check holds a value against the parameter, and notes what is wrong with it.
func (q *param) check(d *decoder, n *yaml.Node, path string) bool {
	before := len(d.list) + d.more
	switch q.f.Type.Value {
	case "string":
		if s := d.id(n, path); !d.unfit[path] {
			q.text(d, n, path, s)
		}
	case "integer":
		if i := d.number(n, path); !d.unfit[path] {
			q.within(d, n, path, i, "")
		}
	case "boolean":
		d.bool(n, path)
	case "list":
		if n.Kind != yaml.SequenceNode {
			d.bad(n, path, "want a list, have %s", describe(n))
			break
		}
		q.within(d, n, path, len(n.Content), " in the list")
		for i, c := range n.Content {
			at := path + "[" + itoa(i) + "]"
			if s := d.id(strictyaml.Deref(c), at); !d.unfit[at] {
				q.text(d, c, at, s)
			}
		}
	case "selector":
		q.selector(d, n, path)
	}
	return len(d.list)+d.more == before
}

// text holds a text against pattern and enum. What has a reference in it is
// known later, and is looked at where it is used.
func (q *param) text(d *decoder, n *yaml.Node, path, s string) {
	have := ", have " + strictyaml.Quoted(s)
	if strings.HasSuffix(path, "xternalId") { // not for logs
		have = ""
	}
	enum := texts(q.f.Enum)
	switch {
	case strings.Contains(s, "${{ with.") || withRef.MatchString(s):
		d.bad(n, path, "a parameter's value has no parameters in it")
	case strings.Contains(s, "${{"):
	case len(enum) > 0 && !slices.Contains(enum, s):
		d.bad(n, path, "want %s%s%s", strings.Join(enum, " or "), have, strictyaml.Meant(s, enum))
	case q.pattern != nil && !q.pattern.MatchString(s):
		d.bad(n, path, "want a text that matches %s%s", q.f.Pattern.Value, have)
	}
}

func texts(list file.List[string]) []string {
	var out []string
	for _, v := range list.Value {
		out = append(out, v.Value)
	}
	return out
}

// within holds a number against minimum and maximum.
func (q *param) within(d *decoder, n *yaml.Node, path string, have int, what string) {
	low, high := q.f.Minimum, q.f.Maximum
	switch {
	case low.Set() && have < low.Value:
		d.bad(n, path, "want %d%s at least, have %d", low.Value, what, have)
	case high.Set() && have > high.Value:
		d.bad(n, path, "want %d%s at most, have %d", high.Value, what, have)
	}
}

// selector checks the shape of what picks accounts; whom it names is known later.
func (q *param) selector(d *decoder, n *yaml.Node, path string) {
	if !d.isMap(n, path) {
		return
	}
	keys := []string{"pools", "ous", "accounts", "payer"}
	for _, p := range d.pairs(n, path) {
		at, v := strictyaml.Child(path, p.name), strictyaml.Deref(p.value)
		switch {
		case !slices.Contains(keys, p.name):
			d.add(d.at(p.key, at), "unknown key%s", strictyaml.Meant(p.name, keys))
		case p.name == "payer":
			d.bool(v, at)
		case v.Kind != yaml.SequenceNode:
			d.bad(p.value, at, "want a list, have %s", describe(v))
		default:
			for i, c := range v.Content {
				d.text(strictyaml.Deref(c), at+"["+itoa(i)+"]")
			}
		}
	}
}

// given makes texts of digits without quotes where the parameter is a text.
func (q *param) given(n *yaml.Node) *yaml.Node {
	switch n = strictyaml.Deref(n); {
	case q.f.Type.Value == "string" && n.Kind == yaml.ScalarNode:
		text := *n
		text.Tag, text.Anchor = "!!str", ""
		return &text
	case q.f.Type.Value == "list" && n.Kind == yaml.SequenceNode:
		list := *n
		list.Content, list.Anchor = nil, ""
		for _, c := range n.Content {
			text := *strictyaml.Deref(c)
			text.Tag, text.Anchor = "!!str", ""
			list.Content = append(list.Content, &text)
		}
		return &list
	}
	return n
}

// public gives the parameter in the words of its file.
func (q *param) public() Parameter {
	out := Parameter{Name: q.name, Type: q.f.Type.Value, Description: q.f.Description.Value, Required: q.f.Required.Value,
		Default: inLine(q.f.Default.Value.Node), Example: inLine(q.f.Example.Value.Node), Pattern: q.f.Pattern.Value, Enum: texts(q.f.Enum)}
	if q.f.Minimum.Set() {
		out.Minimum = &q.f.Minimum.Value
	}
	if q.f.Maximum.Set() {
		out.Maximum = &q.f.Maximum.Value
	}
	return out
}

// inLine writes a value as YAML in one line; "" for none.
func inLine(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	flat := copyFlow(n)
	b, err := yaml.Marshal(flat)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(string(b), "\n", " "))
}

// copyFlow copies a value, its lists and mappings in flow style.
func copyFlow(n *yaml.Node) *yaml.Node {
	n = strictyaml.Deref(n)
	out := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style}
	if n.Kind != yaml.ScalarNode {
		out.Style = yaml.FlowStyle
	}
	for _, c := range n.Content {
		out.Content = append(out.Content, copyFlow(c))
	}
	return out
}
