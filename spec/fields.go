package spec

import (
	"reflect"
	"strings"

	"github.com/payer-reconciler/reconciler/spec/file"
)

// fields are the keys of one struct of package file.
type fields struct {
	names    []string       // in the order of the struct
	name     map[int]string // by field
	index    map[string]int
	required []int
}

func (d *decoder) fieldsOf(t reflect.Type) *fields {
	if f := d.known[t]; f != nil {
		return f
	}
	f := &fields{name: map[int]string{}, index: map[string]int{}}
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("json")
		f.names = append(f.names, key)
		f.name[i], f.index[key] = key, i
		if strings.HasPrefix(t.Field(i).Tag.Get("jsonschema")+",", "required,") {
			f.required = append(f.required, i)
		}
	}
	if d.known == nil {
		d.known = map[reflect.Type]*fields{}
	}
	d.known[t] = f
	return f
}

// shapesOf gives the shapes of a union type by field; nil for any other type.
func shapesOf(t reflect.Type) []string {
	var shapes []string
	for i := range t.NumField() {
		if s := t.Field(i).Tag.Get("shape"); s != "" {
			shapes = append(shapes, s)
		}
	}
	return shapes
}

// notYet is what a key of a later version reads.
const notYet = "this version does not know it yet"

func notYets(keys ...string) map[string]string {
	m := map[string]string{}
	for _, k := range keys {
		m[k] = notYet
	}
	return m
}

// notClosing adds the keys that have a meaning only where accounts are closed.
func notClosing(m map[string]string, untilThen string) map[string]string {
	m["state"] = "closing accounts comes with a later version; " + untilThen
	m["protect"] = "closing accounts comes with a later version; until then no account is closed"
	return m
}

// notOfDefaults adds what holds for one payer only.
func notOfDefaults(m map[string]string) map[string]string {
	m["paused"] = "a payer is paused by its own file"
	m["lint"] = "a rule of lint is switched off by the payer's own file"
	return m
}

// later are the keys that later versions bring, by the mapping they stand in.
var later = map[reflect.Type]map[string]string{
	reflect.TypeFor[file.Defaults]():   notOfDefaults(notYets("presets")),
	reflect.TypeFor[file.Policy]():     notYets("exclusive", "handoff"),
	reflect.TypeFor[file.Role]():       notYets("drift"),
	reflect.TypeFor[file.MemberRole](): notYets("drift"),
	reflect.TypeFor[file.IAMPolicy]():  notYets("drift"),
	reflect.TypeFor[file.Group]():      notYets("drift"),
	reflect.TypeFor[file.User]():       notYets("drift"),
	reflect.TypeFor[file.Bucket]():     notYets("drift"),
	reflect.TypeFor[file.OU]():         notYets("drift", "contacts", "adopt"),
	reflect.TypeFor[file.Account](): notClosing(notYets("drift", "handoff", "invite"),
		"until then an account leaves by hand, or moves aside by its ou"),
	reflect.TypeFor[file.Pool](): notYets("contacts", "drift", "lease"),
	reflect.TypeFor[file.PoolAccount](): notClosing(notYets(),
		`until then "surplus: {action: park}" moves accounts aside, and without it they stay`),
	reflect.TypeFor[file.Organization](): notYets("delegatedAdministrators", "drift"),
	reflect.TypeFor[file.Safety]():       notYets("maxCloses"),
}
