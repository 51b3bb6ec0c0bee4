// Package policy is the kind of a policy of Organizations, of any type.
package policy

import (
	"fmt"
	"strconv"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/kinds/policytype"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is a policy of Organizations. What exists without our mark and differs
// is changed only where the file says adopt.
var Kind = &kind.Kind{
	Name:     "policy",
	Doc:      "a policy of Organizations: service control, resource control, tag, backup and any other type",
	Requires: []*kind.Kind{organization.Kind, policytype.Kind},
	Marked:   true,
	Prunes:   true,
	Calls: map[string][]string{"create": {"CreatePolicy"},
		"update": {"UpdatePolicy"}, "delete": {"DeletePolicy"}},
	Desired: desired,
	Live:    live,
	Confirm: confirm,
	Reach:   reach,
	Content: content,
	Create:  create,
	Update:  update,
	Delete:  remove,
}

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	objects := make([]resource.Object, 0, len(p.Policies))
	for _, w := range p.Policies {
		content := w.Document.Resolve(read.Output)
		document, err := content.Map(func(s string) (string, error) { return iampolicy.CanonicalFor(w.Type, []byte(s)) })
		if err != nil {
			return nil, fmt.Errorf("%s: policy %s: %w", w.Pos, w.Name, err)
		}
		attrs := resource.Attrs{"name": resource.Lit(w.Name), "document": document}
		if w.Description != nil {
			attrs["description"] = *w.Description
		}
		orgs.SetWanted(attrs, w.Tags)
		o := resource.Object{
			Ref: w.Ref(), Attrs: attrs, Origin: w.Pos.String(),
			Inputs: resource.Attrs{"content": w.Document, "type": resource.Lit(w.Type)},
			Facts:  map[string]string{},
			After:  []resource.Ref{spec.OrganizationRef, policytype.Ref(w.Type)},
		}
		if sent, ok := content.Known(); ok {
			if limit := p.Limits.Policy(w.Type).Characters; limit > 0 {
				o.Facts[resource.FactCharacters] = fmt.Sprintf("%d/%d", iampolicy.Size([]byte(sent)), limit)
			}
		}
		if w.Type == spec.SCP {
			o.Facts[resource.FactAllows] = strconv.FormatBool(iampolicy.Allows([]byte(content.String())))
		}
		switch {
		case w.Adopt.Own:
			o.Facts[resource.FactAdopt] = "own"
		case w.Adopt.Adopt:
			o.Facts[resource.FactAdopt] = "true"
		}
		objects = append(objects, o)
	}
	return objects, nil
}
