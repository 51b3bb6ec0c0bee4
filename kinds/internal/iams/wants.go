package iams

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Wanted begins a wanted object. A path is compared only where the file says
// another than the plain one, and is sent at creation.
func Wanted(ref resource.Ref, pos spec.Pos, name, path string, adopt spec.Adopt) resource.Object {
	o := resource.Object{
		Ref: ref, Origin: pos.String(), Attrs: resource.Attrs{}, Facts: map[string]string{},
		Inputs: resource.Attrs{"name": resource.Lit(name), Path: resource.Lit(path)},
	}
	if path != "" && path != "/" {
		o.Attrs[Path] = resource.Lit(path)
	}
	switch {
	case adopt.Own:
		o.Facts[resource.FactAdopt] = "own"
	case adopt.Adopt:
		o.Facts[resource.FactAdopt] = "true"
	}
	return o
}

// Document puts a document into a wanted object: its canonical form to compare,
// and as it is to send.
func Document(o *resource.Object, key string, document resource.Text, read *resource.State) error {
	canonical, err := document.Resolve(read.Output).Map(func(s string) (string, error) { return iampolicy.Canonical([]byte(s)) })
	if err != nil {
		return fmt.Errorf("%s: %s: %s: %w", o.Origin, o.Ref, key, err)
	}
	o.Attrs[key], o.Inputs[key] = canonical, document
	return nil
}

// Wants puts into a wanted object which policies it is to hold. have is the
// live one, of which an exact list wants the rest absent; leaving are the
// ARNs of policies that are about to be deleted, and so are detached.
//
// A policy of assume whose account is not there is none of these: see [Parts].
// What assume made before and does not want now goes.
//
// A policy that this plan makes has no ARN yet. Its attribute bears its Ref
// then, and the write finds the ARN in Inputs.
func Wants(o *resource.Object, w spec.Policies, have resource.Object, leaving map[string]bool, read *resource.State) error {
	for _, p := range w.Inline {
		key := Inline + p.Name
		switch {
		case p.Document.IsNone():
			o.Attrs[key] = resource.None()
			continue
		case p.Account != nil && !There(p.Account, read):
			if held, ok := have.Attrs[key]; ok {
				o.Attrs[key] = held
			}
			continue
		case p.Account != nil: // so that nothing waits for what is to be done to the account
			p.Document = p.Document.Resolve(read.Output)
		}
		if err := Document(o, key, p.Document, read); err != nil {
			return err
		}
	}
	for _, m := range w.Managed {
		arn, known := m.ARN.Resolve(read.Output).Known()
		_, attached := have.Attrs[Managed+arn]
		switch {
		case later(m, read) && known && attached: // it stays, and nothing waits for its accounts
			o.Attrs[Managed+arn] = resource.Lit(Attached)
		case later(m, read):
		case known && m.Absent:
			o.Attrs[Managed+arn] = resource.None()
		case known:
			o.Attrs[Managed+arn], o.Inputs[Managed+arn] = resource.Lit(Attached), m.ARN
		case !m.Absent:
			key := Managed + unknown(m.ARN)
			o.Attrs[key], o.Inputs[key] = resource.Lit(Attached), m.ARN
		}
	}
	for key, value := range have.Attrs {
		if _, named := o.Attrs[key]; named {
			continue
		}
		arn, managed := strings.CutPrefix(key, Managed)
		if w.ExactInline && strings.HasPrefix(key, Inline) || managed && (w.ExactManaged || leaving[arn]) ||
			w.Assume && outlived(o.Inputs["name"].Value(), key, value.Value(), read) {
			o.Attrs[key] = resource.None()
		}
	}
	return nil
}

// unknown names a policy that has no ARN yet.
func unknown(arn resource.Text) string {
	if refs := arn.Refs(); len(refs) == 1 {
		return refs[0].String()
	}
	return arn.String()
}

// Leaving are the ARNs of the policies of ours that left the file and that
// prune is to delete: what the file names does without them from then on.
func Leaving(p *spec.Payer, read *resource.State) map[string]bool {
	if !p.Safety.Prune {
		return nil
	}
	leaving := map[string]bool{}
	for o := range read.Kind("iam-policy") {
		wanted := slices.ContainsFunc(p.IAMPolicies, func(w spec.IAMPolicy) bool { return w.Ref() == o.Ref })
		if !wanted && o.OwnerRead && o.Owner == p.Name && o.Facts[resource.FactAbsent] == "" {
			leaving[o.Outputs["arn"]] = true
		}
	}
	return leaving
}

// Bound puts in the permissions boundary that a file sets.
func Bound(o *resource.Object, boundary *resource.Text) {
	if boundary != nil {
		o.Attrs[Boundary] = *boundary
	}
}

// Owns says whether an update sets the mark: adoption asks for it, or the mark
// of ours has another name.
func Owns(payer string, have, want resource.Object) bool {
	return want.Facts[resource.FactAdopt] == "own" && have.Owner == "" ||
		have.Owner == payer && have.Attrs[Tag+orgs.KeyName].Value() != orgs.MarkName(want.Ref.Name)
}

// Characters notes how much of IAM's room for them the wanted inline policies
// take in sum, white space not counted, those of its parts among them.
func Characters(o *resource.Object, limit int, parts ...resource.Object) {
	sum, any := 0, false
	for key, v := range o.Inputs {
		if strings.HasPrefix(key, Inline) {
			sum, any = sum+iampolicy.SizeIAM([]byte(v.String())), true
		}
	}
	for _, part := range parts {
		if v, inline := part.Inputs[document]; inline {
			sum, any = sum+iampolicy.SizeIAM([]byte(v.String())), true
		}
	}
	if any && limit > 0 {
		o.Facts[resource.FactCharacters] = fmt.Sprintf("%d/%d", sum, limit)
	}
}
