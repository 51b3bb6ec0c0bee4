package spec

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// presetUse is one entry of presets on its way into the payer file.
type presetUse struct {
	p     *preset
	at    file.At // of the name, which every value that comes in bears
	errs  *mistakes
	from  map[*yaml.Node]string
	left  *presetBudget
	saw   func(name string) // notes a file of the repository
	body  *yaml.Node
	parts map[string]*yaml.Node // filled in
}

// presetBudget is what the presets of one file may still put in.
type presetBudget struct {
	nodes, text int
	over        bool
}

// expand puts the presets into a payer file that is not decoded yet, and gives
// the document that is. What is wrong in the entries themselves is told once
// more when they are decoded with the rest, and counts once.
func (s *source) expand(d *decoder, doc *yaml.Node) *yaml.Node {
	var list file.List[file.PresetUse]
	for _, p := range d.pairs(doc, "") {
		if p.name == "presets" {
			d.placed(p.value, "presets", reflect.ValueOf(&list).Elem())
		}
	}
	if len(list.Value) == 0 {
		return doc
	}
	s.from = map[*yaml.Node]string{}
	d.from = s.from
	left := &presetBudget{nodes: maxPresetNodes, text: maxPresetText}
	m := merger{d: d, root: s.root, dir: s.dir}
	var all *yaml.Node // what the presets say together
	for i, v := range list.Value {
		if i >= maxPresetUses {
			d.add(v.At, "more than %s presets", humanize.Comma(maxPresetUses))
			break
		}
		u := s.use(d, v, left)
		if u == nil || left.over {
			continue
		}
		s.uses = append(s.uses, u)
		switch {
		case u.body == nil:
		case all == nil:
			all = u.body
		default:
			all = m.mappings(all, u.body, "", "")
		}
	}
	if all == nil {
		return doc
	}
	return m.mappings(doc, all, "", "")
}

// use finds the preset of an entry and fills it in; nil after a mistake.
func (s *source) use(d *decoder, v file.V[file.PresetUse], left *presetBudget) *presetUse {
	name := v.Value.Use
	if !name.Set() || d.unfit[name.Path] || d.unfit[v.Path] {
		return nil
	}
	p, err := s.library.find(name.Value)
	if err != nil {
		d.add(name.At, "%v", err)
		return nil
	}
	if len(p.errs.list) > 0 {
		first := p.errs.list[0]
		d.add(name.At, "preset %s has a mistake: see %s:%d:%d", p.name, first.File, first.Line, first.Column)
		s.ofPresets = append(s.ofPresets, p.errs.list...)
		return nil
	}
	u := &presetUse{p: p, at: name.At, errs: d.mistakes, from: d.from, left: left, saw: s.saw, parts: map[string]*yaml.Node{}}
	u.at.Path = v.Path
	values, ok := p.values(d, v)
	if !ok {
		return nil
	}
	before := len(d.list) + d.more
	for _, part := range bodyParts {
		f := &filler{u: u, file: p.file, values: values, texts: part != "body"}
		if n := p.parts[part]; n != nil {
			u.parts[part] = f.node(n, part == "body")
		}
	}
	if u.body = u.parts["body"]; u.body != nil && u.body.Kind != yaml.MappingNode || len(d.list)+d.more > before {
		u.body = nil
	}
	return u
}

// values gives each parameter its value in one use: what the use says, else the
// default. A parameter that has neither is not there.
func (p *preset) values(d *decoder, v file.V[file.PresetUse]) (map[string]*yaml.Node, bool) {
	values := map[string]*yaml.Node{}
	for name, q := range p.params {
		if q.value != nil {
			values[name] = q.given(q.value)
		}
	}
	if d.unfit[v.Value.With.Path] {
		return nil, false
	}
	ok := true
	given := map[string]bool{}
	for _, e := range v.Value.With.Value {
		q := p.params[e.Key.Value]
		switch given[e.Key.Value] = true; {
		case q == nil:
			d.add(e.Key.At, "preset %s has no parameter %q%s", p.name, strictyaml.Shown(e.Key.Value), p.meant(e.Key.Value))
			ok = false
		case !q.check(d, e.Value.Value.Node, e.Value.Path):
			ok = false
		default:
			values[q.name] = q.given(e.Value.Value.Node)
		}
	}
	for _, name := range p.order {
		q := p.params[name]
		if q.f.Required.Value && !given[name] {
			example := ""
			if q.f.Example.Set() {
				example = ", such as " + inLine(q.f.Example.Value.Node)
			}
			d.add(v.Value.Use.At, "preset %s needs the parameter %q%s: %s", p.name, name, example, strictyaml.Shown(q.f.Description.Value))
			ok = false
		}
	}
	return values, ok
}

// meant helps where a parameter is not there.
func (p *preset) meant(name string) string {
	near := strictyaml.Meant(name, p.order)
	switch {
	case near != "":
		return near
	case len(p.order) == 0:
		return "; it has none"
	}
	return "; it has " + strings.Join(slices.Sorted(maps.Keys(p.params)), ", ")
}

// Expansion is what a preset says in one payer file, its parameters filled in.
type Expansion struct {
	Pos    Pos    // of the use
	Payer  string // the name of the payer
	Preset string
	YAML   []byte // keys of a payer file
}

// Expansions gives what the presets of payer files expand to, in the order of
// files and uses. They are there even where the payer files have other
// mistakes; the error is that of [Load].
func Expansions(paths []string, o Options) ([]Expansion, error) {
	l := &loader{presets: o.Presets, root: o.Root}
	defer l.close()
	_, err := l.load(paths, o)
	var list []Expansion
	for _, s := range l.files {
		for _, u := range s.uses {
			if u.body == nil || !s.wanted || s.payer == nil {
				continue
			}
			b, yerr := yaml.Marshal(u.body)
			if yerr != nil {
				return nil, yerr
			}
			list = append(list, Expansion{Pos: pos(u.at), Payer: s.payer.Name.Value, Preset: u.p.name, YAML: b})
		}
	}
	return list, err
}
