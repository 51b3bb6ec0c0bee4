// Package ou is the kind of an organizational unit, by its path of names.
// Units are used as they are found. AWS has no call that moves one.
package ou

import (
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is an organizational unit.
var Kind = &kind.Kind{
	Name:        "ou",
	Doc:         "an organizational unit, by its path of names",
	Requires:    []*kind.Kind{organization.Kind},
	Marked:      true,
	UseExisting: true,
	Prunes:      true,
	Calls: map[string][]string{"create": {"CreateOrganizationalUnit"},
		"update": {"UpdateOrganizationalUnit"}, "delete": {"DeleteOrganizationalUnit"}},
	Desired: desired,
	Live:    live,
	Confirm: confirm,
	Create:  create,
	Update:  update,
	Delete:  remove,
}

// Ref names a unit by its path; the path "" is the root of all units.
func Ref(path string) resource.Ref {
	return resource.Unit(path)
}

// ID is the text of the id of the unit with that path, or of the root.
func ID(path string) resource.Text {
	if path == "" {
		return orgs.RootID()
	}
	return resource.Output(Ref(path), "id")
}

// Path is the text of AWS's path (o-…/r-…/ou-…/) of the unit, or of the root.
func Path(path string) resource.Text {
	if path == "" {
		return resource.Output(spec.OrganizationRef, "rootPath")
	}
	return resource.Output(Ref(path), "path")
}

func desired(p *spec.Payer, _ *resource.State) ([]resource.Object, error) {
	var objects []resource.Object
	for o := range p.AllOUs() {
		parent := resource.ParentPath(o.Path)
		attrs := resource.Attrs{"name": resource.Lit(o.Name)}
		orgs.SetWanted(attrs, o.Tags)
		objects = append(objects, resource.Object{
			Ref: o.Ref(), Attrs: attrs, Origin: o.Pos.String(),
			Inputs: resource.Attrs{"parent": ID(parent), "parentPath": Path(parent)},
		})
	}
	return objects, nil
}
