package config

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// The strict decoder: it fills a Config from YAML nodes and notes where each value
// stands. Which keys there are, and of which types, it takes from the struct. After
// a mistake it goes on with the next value.

type decoder struct {
	*mistakes
	unfit map[string]bool // keys whose value has a mistake, so that no second one is made of it
}

// whole fills the config from the top of the file.
func (d *decoder) whole(n *yaml.Node, c *Config) {
	d.value(n, "", reflect.ValueOf(c).Elem())
}

// has says that the file has a key, and that its value is fit to use.
func (d *decoder) has(key string) bool {
	_, ok := d.places[key]
	return ok && !d.unfit[key]
}

// bad notes that the value of a key cannot be used.
func (d *decoder) bad(key, format string, args ...any) {
	d.unfit[key] = true
	d.add(key, format, args...)
}

var durationType = reflect.TypeFor[time.Duration]()

func (d *decoder) value(n *yaml.Node, key string, v reflect.Value) {
	d.places[key] = place{max(1, n.Line), max(1, n.Column)}
	n = strictyaml.Deref(n)
	switch {
	case v.Type() == durationType:
		v.SetInt(int64(d.duration(n, key)))
	case v.Kind() == reflect.String:
		v.SetString(d.text(n, key))
	case v.Kind() == reflect.Int:
		v.SetInt(int64(d.number(n, key)))
	case v.Kind() == reflect.Slice:
		d.list(n, key, v)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.mapping(n, key, v.Elem())
	case v.Kind() == reflect.Struct:
		d.mapping(n, key, v)
	default:
		panic("config: no decoding of " + v.Type().String())
	}
}

func (d *decoder) list(n *yaml.Node, key string, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.bad(key, "want a list, have %s", describe(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, c := range n.Content {
		d.value(c, strictyaml.Entry(key, i), v.Index(i))
	}
}

func (d *decoder) mapping(n *yaml.Node, key string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.bad(key, "want a mapping, have %s", describe(n))
		return
	}
	fields, names := keysOf(v.Type())
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, name := strictyaml.Deref(n.Content[i]), strictyaml.Deref(n.Content[i]).Value
		at, full := place{n.Content[i].Line, n.Content[i].Column}, strictyaml.Child(key, name)
		field, known := fields[name]
		switch {
		case k.Kind != yaml.ScalarNode:
			d.addAt(at, key, "a key is a text, not %s", describe(k))
		case k.ShortTag() == "!!merge":
			d.addAt(at, key, "a config file takes no merge key (<<): write the values out")
		case first[name] > 0:
			d.addAt(at, full, "the key stands here twice, first on line %d", first[name])
		case !known:
			first[name] = at.line
			d.addAt(at, full, "unknown key%s", strictyaml.Meant(name, names))
		default:
			first[name] = at.line
			d.value(n.Content[i+1], full, v.Field(field))
		}
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if name := f.Tag.Get("json"); strings.HasPrefix(f.Tag.Get("jsonschema")+",", "required,") && first[name] == 0 {
			d.bad(key, "%s is missing", name)
		}
	}
}

// keysOf gives the keys of a struct by field, and in order.
func keysOf(t reflect.Type) (fields map[string]int, names []string) {
	fields = map[string]int{}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("json"); name != "" && name != "-" {
			fields[name] = i
			names = append(names, name)
		}
	}
	return fields, names
}

// describe says what a node is, for "want X, have Y". The text itself is not in it,
// since it may be a password in the wrong place.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	case "!!str":
		return "a text"
	}
	return "a value with the tag " + strictyaml.Shown(n.Tag)
}

// text reads a string that is not empty and is one line. What YAML takes for something else has to be quoted.
func (d *decoder) text(n *yaml.Node, key string) string {
	switch {
	case n.Kind != yaml.ScalarNode || strictyaml.IsNull(n):
		d.bad(key, "want a text, have %s", describe(n))
	case n.ShortTag() != "!!str":
		d.bad(key, "want a text, have %s: quote it", describe(n))
	case strings.TrimSpace(n.Value) == "":
		d.bad(key, "is empty: leave the key out for its default")
	case strings.ContainsFunc(n.Value, unicode.IsControl):
		d.bad(key, "has a line break or another control character")
	default:
		return n.Value
	}
	return ""
}

var wholeNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,8})$`)

func (d *decoder) number(n *yaml.Node, key string) int {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" && wholeNumber.MatchString(n.Value) {
		i, _ := strconv.Atoi(n.Value) // nine digits at most
		return i
	}
	d.bad(key, "want a whole number, have %s", value(n))
	return 0
}

func (d *decoder) duration(n *yaml.Node, key string) time.Duration {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		if t, err := time.ParseDuration(n.Value); err == nil {
			return t
		}
	}
	d.bad(key, "want a length of time such as 90s, 5m or 1h30m, have %s", value(n))
	return 0
}

// value is what stands there where it is no secret: of a number, or a length of time.
func value(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && !strictyaml.IsNull(n) {
		return strconv.Quote(strictyaml.Shown(n.Value))
	}
	return describe(n)
}
