package spec

import (
	"errors"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// preset is a preset file, read and checked; nothing of it counts where it has
// mistakes.
type preset struct {
	name, file string // the file as mistakes name it
	shelf      *shelf
	errs       mistakes
	f          file.Preset
	params     map[string]*param
	order      []string // of the parameters
	parts      map[string]*yaml.Node
	text       []byte
}

// absent says of a file error what is wrong, without the path.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no such file")
	}
	return reason(err)
}

// readPreset reads one preset file; its mistakes stand in errs.
func readPreset(s *shelf, name string) *preset {
	p := &preset{name: name, file: s.shown(name + ".yaml"), shelf: s, params: map[string]*param{}, parts: map[string]*yaml.Node{}}
	top := file.At{File: p.file, Line: 1, Column: 1}
	src, err := s.readFrom(name+".yaml", maxFileSize)
	if err != nil {
		p.errs.add(top, "%v", err)
		return p
	}
	p.text = src
	doc := parse(p.file, src, &p.errs)
	if doc == nil {
		return p
	}
	d := &decoder{mistakes: &p.errs, file: p.file, unfit: map[string]bool{}}
	if !d.isMap(doc, "") || !d.presetHead(doc) {
		return p
	}
	var v file.V[file.Preset]
	decodeInto(d, doc, &v)
	p.f = v.Value
	if n := p.f.Name; n.Set() && !d.unfit["name"] && n.Value != name {
		d.add(n.At, "want %q, the path of the file below presets/; have %q", name, strictyaml.Shown(n.Value))
	}
	p.parameters(d)
	for _, pair := range d.pairs(doc, "") {
		p.parts[pair.name] = pair.value
	}
	p.body(d)
	for _, v := range p.f.Steps.Value {
		if u := v.Value.URL; u.Set() && !d.unfit[u.Path] && !strings.HasPrefix(u.Value, "https://") {
			d.add(u.At, "want an address that begins with https://, have %s", strictyaml.Quoted(u.Value))
		}
	}
	w := refWalk{p: p, d: d}
	for _, part := range bodyParts {
		if n := p.parts[part]; n != nil {
			w.visit(n, part)
		}
	}
	p.register(d)
	return p
}

// bodyParts are the keys of a preset in which parameters stand.
var bodyParts = []string{"body", "form", "mail", "steps", "checks", "links", "register"}

// presetHead reads apiVersion and kind.
func (d *decoder) presetHead(doc *yaml.Node) bool {
	want := map[string]string{"apiVersion": APIVersion, "kind": "Preset"}
	for _, pair := range d.pairs(doc, "") {
		w, ok := want[pair.name]
		if !ok {
			continue
		}
		if n := strictyaml.Deref(pair.value); n.Value != w {
			d.add(d.at(n, pair.name), "want %s, have %s", w, describe(n))
			return false
		}
		delete(want, pair.name)
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		d.add(d.at(doc, ""), "%s is missing: a preset file begins with apiVersion: %s and kind: Preset", key, APIVersion)
	}
	return len(want) == 0
}

// notOfPresets are keys of a payer file that say whose it is and what holds it
// back: no preset decides that.
var notOfPresets = map[string]string{
	"apiVersion": "a payer's identity is its own", "kind": "a payer's identity is its own", "name": "a payer's identity is its own",
	"accountId": "a payer's identity is its own", "homeRegion": "where a payer lives is its own affair",
	"access": "the way into a payer is its own affair", "safety": "the guards are the payer file's own",
	"paused": "a payer is paused by its own file", "tests": "the tests are the payer file's own", "lease": "the lease is the payer file's own",
	"drift":   "what is done about drift is the payer file's own",
	"presets": "a preset uses no other presets",
}

// body looks at the keys of the body; what they hold is looked at where it is used.
func (p *preset) body(d *decoder) {
	n := p.f.Body.Value.Node
	if n == nil {
		return
	}
	for _, pair := range d.pairs(n, "body") {
		if why, ok := notOfPresets[pair.name]; ok {
			d.add(d.at(pair.key, strictyaml.Child("body", pair.name)), "stands in no preset: %s", why)
		}
	}
}

// hostName is the host of a call, without port, user and path.
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

// register wants the address of the call to be on its host, whatever the
// parameters are.
func (p *preset) register(d *decoder) {
	r := p.f.Register.Value
	if m := r.Method; m.Set() && !d.unfit[m.Path] && m.Value != "POST" && m.Value != "PUT" {
		d.add(m.At, "want POST or PUT, have %s", strictyaml.Quoted(m.Value))
	}
	if !r.URL.Set() || !r.Host.Set() || d.unfit[r.URL.Path] || d.unfit[r.Host.Path] {
		return
	}
	if strings.Contains(r.Host.Value, "${{") {
		d.add(r.Host.At, "the host is written out: no parameter decides where a token goes")
		return
	}
	if !hostName.MatchString(r.Host.Value) {
		d.add(r.Host.At, "want the name of a host, have %s", strictyaml.Quoted(r.Host.Value))
		return
	}
	if !strings.HasPrefix(r.URL.Value, "https://"+r.Host.Value+"/") {
		d.add(r.URL.At, "want an address that begins with https://%s/", strictyaml.Shown(r.Host.Value))
	}
}

// withRef is a reference to a parameter.
var withRef = regexp.MustCompile(`\$\{\{\s*with\.([^\s{}]*)\s*\}\}`)

// exactRef is a text that is a reference and nothing else.
var exactRef = regexp.MustCompile(`^\$\{\{\s*with\.([^\s{}]*)\s*\}\}$`)

// refWalk checks keys, conditions and references of what parameters stand in.
type refWalk struct {
	p *preset
	d *decoder
}

func (w refWalk) visit(n *yaml.Node, path string) {
	n = strictyaml.Deref(n)
	switch n.Kind {
	case yaml.MappingNode:
		for _, pair := range w.d.pairs(n, path) {
			at := strictyaml.Child(path, pair.name)
			if pair.name == "$when" {
				w.condition(pair.value, at)
				continue
			}
			w.text(pair.key, at)
			w.visit(pair.value, at)
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			w.visit(c, path+"["+itoa(i)+"]")
		}
	case yaml.ScalarNode:
		w.text(n, path)
	}
}

func (w refWalk) condition(n *yaml.Node, path string) {
	s := strictyaml.Deref(n)
	if s.Kind != yaml.ScalarNode || s.ShortTag() != "!!str" {
		w.d.bad(n, path, "want a condition such as NAME or NAME == VALUE, have %s", describe(s))
		return
	}
	c, ok := parseCondition(s.Value)
	if !ok {
		w.d.bad(n, path, "want NAME, !NAME, NAME == VALUE or NAME != VALUE, have %q", strictyaml.Shown(s.Value))
		return
	}
	w.known(n, path, c.name)
}

func (w refWalk) text(n *yaml.Node, path string) {
	n = strictyaml.Deref(n)
	for _, g := range withRef.FindAllStringSubmatch(n.Value, -1) {
		w.known(n, path, g[1])
	}
}

func (w refWalk) known(n *yaml.Node, path, name string) {
	if w.p.params[name] == nil {
		w.d.add(w.d.at(n, path), "no parameter %q%s", strictyaml.Shown(name), strictyaml.Meant(name, w.p.order))
	}
}

// public gives the preset as users of the package see it.
func (p *preset) public() Preset {
	out := Preset{Name: p.name, Vendor: p.f.Vendor.Value, Description: p.f.Description.Value, File: p.file, Embedded: p.shelf.embedded, Text: p.text}
	for _, name := range p.order {
		out.Parameters = append(out.Parameters, p.params[name].public())
	}
	return out
}
