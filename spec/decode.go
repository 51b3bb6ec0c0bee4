package spec

import (
	"reflect"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// The strict decoder: it fills the structs of package file from YAML nodes, so
// that every value knows its place. Which keys there are, and of which types,
// it takes from the structs. After a mistake it goes on with the next value.

type decoder struct {
	*mistakes
	file string
	// unfit are the values with a mistake, so that no second one is made of it.
	unfit map[string]bool
	// from are the values that a preset put in.
	from  map[*yaml.Node]string
	known map[reflect.Type]*fields
}

var placedType = reflect.TypeFor[interface{ Placed() }]()

func (d *decoder) at(n *yaml.Node, path string) file.At {
	return file.At{File: d.file, Line: max(1, n.Line), Column: max(1, n.Column), Path: path, From: d.from[n]}
}

// bad notes that a value cannot be used.
func (d *decoder) bad(n *yaml.Node, path, format string, args ...any) {
	d.unfit[path] = true
	if secret(path) {
		d.add(d.at(n, path), "want a text: quote it")
		return
	}
	d.add(d.at(n, path), format, args...)
}

// secret says that the value at a path is an external id, whose text is not for
// logs: of access and trust, or in the condition of a policy.
func secret(path string) bool {
	return strings.HasSuffix(path, ".externalId") || strings.Contains(strings.ToLower(path), `["sts:externalid"]`)
}

// placed fills a file.V: its place and its value.
func (d *decoder) placed(n *yaml.Node, path string, v reflect.Value) {
	v.FieldByName("At").Set(reflect.ValueOf(d.at(n, path)))
	d.value(strictyaml.Deref(n), path, v.FieldByName("Value"))
}

func (d *decoder) value(n *yaml.Node, path string, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *file.Raw:
		if d.isMap(n, path) {
			p.Node = n
		}
		return
	case *file.Any:
		p.Node = n
		return
	case *file.Tag:
		if p.Null = strictyaml.IsNull(n); !p.Null {
			p.Text = d.text(n, path)
		}
		return
	case *file.ID:
		*p = file.ID(d.id(n, path))
		return
	case *file.Amount:
		*p = d.amount(n, path)
		return
	case *file.Duration:
		*p = d.duration(n, path)
		return
	case *file.Time:
		p.Time = d.time(n, path)
		return
	case *file.AccountQuota:
		*p = d.accountQuota(n, path)
		return
	case *file.Null: // the shape says it all
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(d.text(n, path))
	case reflect.Int:
		v.SetInt(int64(d.number(n, path)))
	case reflect.Bool:
		v.SetBool(d.bool(n, path))
	case reflect.Slice:
		d.slice(n, path, v)
	case reflect.Struct:
		if shapes := shapesOf(v.Type()); shapes != nil {
			d.union(n, path, v, shapes)
		} else {
			d.object(n, path, v)
		}
	default:
		panic("spec: no decoding of " + v.Type().String())
	}
}

func (d *decoder) slice(n *yaml.Node, path string, v reflect.Value) {
	if elem := v.Type().Elem(); !elem.Implements(placedType) {
		d.entries(n, path, v)
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.bad(n, path, "want a list, have %s", describe(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		d.placed(c, path+"["+strconv.Itoa(i)+"]", list.Index(i))
	}
	v.Set(list)
}

// entries fills a file.Map.
func (d *decoder) entries(n *yaml.Node, path string, v reflect.Value) {
	pairs := d.pairs(n, path)
	list := reflect.MakeSlice(v.Type(), len(pairs), len(pairs))
	for i, p := range pairs {
		at := strictyaml.Child(path, p.name)
		key := list.Index(i).FieldByName("Key")
		key.Set(reflect.ValueOf(file.V[string]{At: d.at(p.key, at), Value: p.name}))
		d.placed(p.value, at, list.Index(i).FieldByName("Value"))
	}
	v.Set(list)
}

func (d *decoder) object(n *yaml.Node, path string, v reflect.Value) {
	fields := d.fieldsOf(v.Type())
	for _, p := range d.pairs(n, path) {
		if i, ok := fields.index[p.name]; ok {
			d.placed(p.value, strictyaml.Child(path, p.name), v.Field(i))
			continue
		}
		if why, ok := later[v.Type()][p.name]; ok {
			d.add(d.at(p.key, strictyaml.Child(path, p.name)), "%s", why)
			continue
		}
		d.add(d.at(p.key, strictyaml.Child(path, p.name)), "unknown key%s", strictyaml.Meant(p.name, fields.names))
	}
	for _, i := range fields.required {
		if f := v.Field(i); !f.FieldByName("At").Interface().(file.At).Set() && !d.unfit[path] {
			d.add(d.at(n, path), "%s is missing", fields.name[i])
		}
	}
}

// pair is one key of a mapping, merge keys put in.
type pair struct {
	name       string
	key, value *yaml.Node
}

// pairs gives the keys of a mapping in the order of the file; what comes by a
// merge key (<<) stands behind, and an own key goes before it.
func (d *decoder) pairs(n *yaml.Node, path string) []pair {
	if !d.isMap(n, path) {
		return nil
	}
	seen := map[string]*yaml.Node{}
	var list []pair
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := strictyaml.Deref(n.Content[i]), n.Content[i+1]
		switch {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			merges = append(merges, value)
			continue
		case key.Kind != yaml.ScalarNode:
			d.add(d.at(n.Content[i], path), "a key is a text, not %s", describe(key))
			continue
		}
		if first := seen[key.Value]; first != nil {
			d.add(d.at(n.Content[i], strictyaml.Child(path, key.Value)), "the key stands here twice, first on line %d", first.Line)
			continue
		}
		seen[key.Value] = n.Content[i]
		list = append(list, pair{key.Value, n.Content[i], value})
	}
	for _, m := range merges {
		for _, p := range d.merged(m, path) {
			if seen[p.name] == nil {
				seen[p.name] = p.key
				list = append(list, p)
			}
		}
	}
	return list
}

// merged gives the pairs behind a merge key: of one mapping, or of a list of them.
func (d *decoder) merged(n *yaml.Node, path string) []pair {
	n = strictyaml.Deref(n)
	switch n.Kind {
	case yaml.MappingNode:
		return d.pairs(n, path)
	case yaml.SequenceNode:
		var list []pair
		for _, c := range n.Content {
			if c = strictyaml.Deref(c); c.Kind == yaml.MappingNode {
				list = append(list, d.pairs(c, path)...)
				continue
			}
			d.add(d.at(c, path), "<< takes mappings, not %s", describe(c))
		}
		return list
	}
	d.add(d.at(n, path), "<< takes a mapping, not %s", describe(n))
	return nil
}

// union picks the field of a type that may be written in several shapes.
func (d *decoder) union(n *yaml.Node, path string, v reflect.Value, shapes []string) {
	shape := "text"
	switch {
	case n.Kind == yaml.SequenceNode:
		shape = "list"
	case n.Kind == yaml.MappingNode:
		shape = "map"
	case n.ShortTag() == "!!bool":
		shape = "bool"
	case strictyaml.IsNull(n):
		shape = "null"
	}
	var can []string
	for i, s := range shapes {
		if s == shape {
			d.placed(n, path, v.Field(i))
			return
		}
		can = append(can, shapeWords[s])
	}
	d.bad(n, path, "want %s, have %s", strings.Join(can, " or "), describe(n))
}

var shapeWords = map[string]string{"text": "a text", "list": "a list", "map": "a mapping", "bool": "true", "null": "null"}

func (d *decoder) isMap(n *yaml.Node, path string) bool {
	if n.Kind == yaml.MappingNode {
		return true
	}
	d.bad(n, path, "want a mapping, have %s", describe(n))
	return false
}
