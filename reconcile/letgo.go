package reconcile

import (
	"slices"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// LetGo is what a payer file said of an object of AWS and says no longer, and
// what nothing in the plan takes back: it stays as it is, and nothing keeps it so.
type LetGo struct {
	Ref resource.Ref
	// Fields are the attributes, sorted; none where the file said no more of the
	// object than this, or names it no longer.
	Fields []string
}

// readByName are the kinds of which AWS is asked for what the file names alone: of
// theirs the live state does not say whether what is named no longer is there.
var readByName = []string{"member-role", "contact", "bucket", "bucket-policy"}

// LetGo compares what the file wants with what it wanted before. It leaves out
// what the plan speaks of: what it changes, deletes or reports as left.
func (p *Planned) LetGo(was *spec.Payer) ([]LetGo, error) {
	before := *was
	before.Run = p.Payer.Run
	told, fields := p.told()
	var out []LetGo
	for _, k := range p.kinds {
		objects, err := k.Desired(&before, p.Live)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			now, named := p.want.Get(o.Ref)
			_, there := p.Live.Get(o.Ref)
			if !there && o.Facts[resource.FactAbsent] == "" && (named || !p.byName(k.Name)) {
				continue
			}
			if !named && told[o.Ref] {
				continue
			}
			l := LetGo{Ref: o.Ref}
			if named {
				for name := range o.Attrs {
					if _, still := now.Attrs[name]; !still && !slices.Contains(fields[o.Ref], name) {
						l.Fields = append(l.Fields, name)
					}
				}
				if slices.Sort(l.Fields); len(l.Fields) == 0 {
					continue
				}
			}
			out = append(out, l)
		}
	}
	return out, nil
}

// byName says that AWS was asked for what the file names alone. The quota and the
// trusted services are read where the file speaks of them, and then as they are.
func (p *Planned) byName(kind string) bool {
	switch kind {
	case spec.QuotaRef.Kind:
		return p.Payer.Quotas.Accounts == nil
	case "trusted-service":
		for o := range p.want.All() {
			if o.Ref.Kind == kind { // such as one that must not be on
				return false
			}
		}
		return !p.Payer.Organization.TrustedServicesSet
	}
	return slices.Contains(readByName, kind)
}

// told are the objects that the plan speaks of, and the fields that it changes.
func (p *Planned) told() (objects map[resource.Ref]bool, fields map[resource.Ref][]string) {
	objects, fields = map[resource.Ref]bool{}, map[resource.Ref][]string{}
	for i := range p.Plan.Changes {
		c := &p.Plan.Changes[i]
		objects[c.Ref] = true
		for _, f := range c.Fields {
			fields[c.Ref] = append(fields[c.Ref], f.Name)
		}
	}
	for _, l := range p.Plan.Left {
		objects[l.Ref] = true
	}
	return objects, fields
}
