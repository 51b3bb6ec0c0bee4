package spec

import (
	"reflect"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// presets reads what each preset hands over to its vendor: the form, the mail,
// the steps and the checks. It comes last, when everything has a name.
func (b *builder) presets() {
	for _, u := range b.src.uses {
		if u.body == nil {
			continue
		}
		r := partReader{b: b, u: u, d: &decoder{mistakes: b.mistakes, file: b.src.name, unfit: b.src.unfit, from: b.src.from}}
		use := PresetUse{Pos: pos(u.at), Name: u.p.name, Description: u.p.f.Description.Value}
		for _, v := range part[file.List[file.PresetField]](r, "form").Value {
			use.Form = append(use.Form, FormField{Label: v.Value.Label.Value, Value: r.text(v.Value.Value), Note: v.Value.Note.Value})
		}
		if m := part[file.V[file.PresetMail]](r, "mail"); m.Set() {
			use.Mail = &Mail{To: r.text(m.Value.To), Subject: r.text(m.Value.Subject), Body: r.text(m.Value.Body)}
		}
		for _, v := range part[file.List[file.PresetStep]](r, "steps").Value {
			use.Steps = append(use.Steps, Step{Title: v.Value.Title.Value, Do: r.text(v.Value.Do), URL: v.Value.URL.Value})
		}
		for _, v := range part[file.List[file.PresetCheck]](r, "checks").Value {
			use.Checks = append(use.Checks, Check{Title: v.Value.Title.Value, Covers: r.covers(v.Value.Covers)})
		}
		use.Links = r.links(part[file.List[string]](r, "links"))
		use.Register = r.register(part[file.V[file.PresetRegister]](r, "register"))
		b.p.Presets = append(b.p.Presets, use)
	}
}

// partReader decodes the parts of one use.
type partReader struct {
	b *builder
	u *presetUse
	d *decoder
}

// part decodes one part of a use; it is not set where the preset has none.
func part[T any](r partReader, name string) T {
	var v T
	if n := r.u.parts[name]; n != nil {
		r.d.placed(n, r.u.at.Path+"."+name, reflect.ValueOf(&v).Elem())
	}
	return v
}

func (r partReader) text(v file.V[string]) resource.Text {
	if !r.b.fits(v.At) {
		return resource.Text{}
	}
	return r.b.text(v.At, v.Value, "")
}

// coverKinds are the kinds that a check can cover.
var coverKinds = []string{"account", "attachment", "billing-report", "bucket", "bucket-policy", "contact", "group", "iam-policy",
	"member-role", "organization", "ou", "policy", "policy-type", "quota", "role", "stack-set", "trusted-service", "user"}

func (r partReader) covers(list file.List[string]) []string {
	for _, v := range list.Value {
		kind, _, _ := strings.Cut(v.Value, "/")
		if r.b.fits(v.At) && !slices.Contains(coverKinds, kind) {
			r.b.add(v.At, "no kind %q%s", strictyaml.Shown(kind), strictyaml.Meant(kind, coverKinds))
		}
	}
	return texts(list)
}

func (r partReader) links(list file.List[string]) []resource.Ref {
	var refs []resource.Ref
	for _, v := range list.Value {
		if !r.b.fits(v.At) {
			continue
		}
		if !slices.ContainsFunc(r.b.p.Roles, func(role Role) bool { return role.Name == v.Value }) {
			r.b.add(v.At, "no role %q", strictyaml.Shown(v.Value))
		}
		refs = append(refs, RoleRef(v.Value))
	}
	return refs
}

func (r partReader) register(v file.V[file.PresetRegister]) *Register {
	if !v.Set() {
		return nil
	}
	f := v.Value
	out := &Register{Pos: pos(v.At), Method: f.Method.Value, URL: r.text(f.URL), Host: f.Host.Value, Embedded: r.u.p.shelf.embedded,
		Headers: map[string]string{}, Body: map[string]resource.Text{}}
	for _, e := range f.Headers.Value {
		out.Headers[e.Key.Value] = e.Value.Value
	}
	for _, e := range f.Body.Value {
		out.Body[e.Key.Value] = r.text(e.Value)
	}
	return out
}
