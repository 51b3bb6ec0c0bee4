package spec

import (
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// head reads apiVersion and kind, which say what the rest is.
func (d *decoder) head(doc *yaml.Node) (kind string, ok bool) {
	var version, what *yaml.Node
	for i := 0; i+1 < len(doc.Content); i += 2 {
		switch doc.Content[i].Value {
		case "apiVersion":
			version = strictyaml.Deref(doc.Content[i+1])
		case "kind":
			what = strictyaml.Deref(doc.Content[i+1])
		}
	}
	switch {
	case version == nil:
		d.add(d.at(doc, ""), "apiVersion is missing: a payer file begins with apiVersion: %s; other YAML, such as a daemon's config, stands in another folder", APIVersion)
		return "", false
	case version.Value != APIVersion:
		d.add(d.at(version, "apiVersion"), "want %s, have %s", APIVersion, describe(version))
		return "", false
	case what == nil:
		d.add(d.at(doc, ""), "kind is missing: Payer or Defaults")
		return "", false
	}
	if what.Value == "Preset" {
		d.add(d.at(what, "kind"), "a preset stands in the folder presets/, and payer files use it: presets: [{use: NAME}]")
		return "", false
	}
	kinds := []string{"Payer", "Defaults"}
	if !slices.Contains(kinds, what.Value) {
		d.add(d.at(what, "kind"), "want Payer or Defaults, have %s%s", describe(what), strictyaml.Meant(what.Value, kinds))
		return "", false
	}
	return what.Value, true
}

// decodeInto fills a whole document.
func decodeInto[T any](d *decoder, doc *yaml.Node, v *file.V[T]) {
	d.placed(doc, "", reflect.ValueOf(v).Elem())
}

// fill puts the Defaults where a payer file says nothing: access, homeRegion,
// lease, drift, quotas and each limit as a whole, safety and contacts key by
// key. Tags are merged where they are used.
func fill(p file.Payer, d *file.Defaults) file.Payer {
	if d == nil {
		return p
	}
	if !p.HomeRegion.Set() {
		p.HomeRegion = d.HomeRegion
	}
	if !p.Access.Set() {
		p.Access = d.Access
	}
	own, def := reflect.ValueOf(&p.Safety.Value).Elem(), reflect.ValueOf(d.Safety.Value)
	for i := range own.NumField() {
		if !own.Field(i).FieldByName("At").Interface().(file.At).Set() {
			own.Field(i).Set(def.Field(i))
		}
	}
	if !p.Safety.Set() {
		p.Safety.At = d.Safety.At
	}
	if !p.Lease.Set() {
		p.Lease = d.Lease
	}
	if !p.Drift.Set() {
		p.Drift = d.Drift
	}
	if !p.Quotas.Set() {
		p.Quotas = d.Quotas
	}
	own, def = reflect.ValueOf(&p.Contacts.Value).Elem(), reflect.ValueOf(d.Contacts.Value)
	for i := range own.NumField() {
		if !own.Field(i).FieldByName("At").Interface().(file.At).Set() {
			own.Field(i).Set(def.Field(i))
		}
	}
	if !p.Contacts.Set() {
		p.Contacts.At = d.Contacts.At
	}
	for _, l := range []struct{ own, def *file.V[int] }{
		{&p.Limits.Value.OUDepth, &d.Limits.Value.OUDepth},
		{&p.Limits.Value.TrustCharacters, &d.Limits.Value.TrustCharacters},
		{&p.Limits.Value.ManagedPolicies, &d.Limits.Value.ManagedPolicies},
	} {
		if !l.own.Set() {
			*l.own = *l.def
		}
	}
	if !p.Limits.Value.Policies.Set() {
		p.Limits.Value.Policies = d.Limits.Value.Policies
	}
	return p
}
