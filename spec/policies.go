package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// declarePolicies notes names and types, so that all else may refer to them.
func (b *builder) declarePolicies() {
	first, before := map[resource.Ref]file.At{}, map[resource.Ref]int{}
	for _, v := range b.f.Policies.Value {
		f := v.Value
		p := Policy{Pos: pos(v.At), Type: SCP, Adopt: Adopt{Adopt: f.Adopt.Set() && (f.Adopt.Value.Yes.Value || f.Adopt.Value.Own.Set()),
			Own: f.Adopt.Value.Own.Value.Own.Value}}
		if f.Type.Set() {
			p.Type = b.plain(f.Type, "")
		}
		if b.fits(f.Type.At) {
			b.policyType(f.Type.At, p.Type)
			b.typeIsOn(f.Type.At, p.Type)
		} else if !f.Type.Set() && !b.unfit(v.At) {
			b.typeIsOn(v.At, p.Type)
		}
		p.Drift = b.drift(f.Drift)
		p.Name = b.plain(f.Name, "")
		if b.fits(f.Name.At) {
			if b.straight(f.Name.At, p.Name) {
				b.objectName(f.Name.At, p.Name)
			}
			switch at, twice := first[p.Ref()]; {
			case twice:
				b.add(f.Name.At, "a second %s %q, the first is on line %d", p.Type, strictyaml.Shown(p.Name), at.Line)
			case isDefaultPolicy(p.Ref()):
				b.add(f.Name.At, "%s is AWS's own policy: it cannot be declared", p.Name)
			}
			first[p.Ref()] = f.Name.At
			b.policies[p.Ref()] = len(b.p.Policies)
		}
		p.Previously = b.names(f.Previously, func(at file.At, s string) {
			b.objectName(at, s)
			b.claimed(at, before, PolicyRef(p.Type, s))
		})
		b.p.Policies = append(b.p.Policies, p)
	}
	for i, p := range b.p.Policies {
		for j, old := range p.Previously {
			if _, alive := b.policies[PolicyRef(p.Type, old.Value)]; alive {
				b.add(b.previousAt(b.f.Policies.Value[i].Value.Previously, j, old), "%s %q is declared too: both names are alive", p.Type, strictyaml.Shown(old.Value))
			}
		}
	}
}

// claimed notes an old name, which two things cannot both have had.
func (b *builder) claimed(at file.At, before map[resource.Ref]int, old resource.Ref) {
	if line := before[old]; line > 0 {
		b.add(at, "line %d claims the old name too", line)
	}
	before[old] = at.Line
}

// previousAt finds the place of an entry of previously.
func (b *builder) previousAt(list file.List[string], i int, old Name) file.At {
	for _, v := range list.Value {
		if pos(v.At) == old.Pos && !b.full() {
			return v.At
		}
	}
	return list.Value[i].At
}

// typeIsOn wants a policy's type among the types that the file manages, if it
// names any, and not among those that must be off.
func (b *builder) typeIsOn(at file.At, policyType string) {
	o := b.p.Organization
	is := func(n Name) bool { return n.Value == policyType }
	switch {
	case slices.ContainsFunc(o.Absent, is):
		b.add(at, "organization.absent takes %s away", policyType)
	case b.fits(b.f.Organization.Value.PolicyTypes.At) && !slices.ContainsFunc(o.PolicyTypes, is):
		b.add(at, "%s is not in organization.policyTypes", policyType)
	}
}

// objectName checks the name of a policy or an OU.
func (b *builder) objectName(at file.At, s string) {
	switch n := utf8.RuneCountInString(s); {
	case strings.TrimSpace(s) == "":
		b.add(at, "the name is empty")
	case n > 128:
		b.add(at, "%s characters are too many", of(n, 128))
	case strings.TrimSpace(s) != s:
		b.add(at, "the name begins or ends with a space: %q", strictyaml.Shown(s))
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }):
		b.add(at, "the name holds a control character: %q", strictyaml.Shown(s))
	}
}

func isDefaultPolicy(r resource.Ref) bool {
	return r == PolicyRef(SCP, FullAWSAccess) || r == PolicyRef(RCP, RCPFullAWSAccess)
}

// findPolicy finds what NAME or TYPE:NAME means: an SCP, else the one policy
// of that name.
func (b *builder) findPolicy(name string) (resource.Ref, string, error) {
	r := PolicyRef(SCP, name)
	if i, ok := b.policies[r]; ok { // TYPE:NAME is the Ref of another type's
		return r, b.p.Policies[i].Type, nil
	}
	if isDefaultPolicy(r) {
		return r, SCP, nil
	}
	if r := PolicyRef(RCP, name); isDefaultPolicy(r) {
		return r, RCP, nil
	}
	if b.full() {
		return resource.Ref{}, "", fmt.Errorf("no policy %q", strictyaml.Shown(name))
	}
	var found []Policy
	var known []string
	for _, p := range b.p.Policies {
		if p.Name == name || p.Type+":"+p.Name == name {
			found = append(found, p)
		}
		known = append(known, p.Name)
	}
	switch {
	case len(found) == 1:
		return found[0].Ref(), found[0].Type, nil
	case len(found) > 1:
		return resource.Ref{}, "", fmt.Errorf("%q is the name of %d policies: write TYPE:NAME, such as %s:%s", strictyaml.Shown(name), len(found), found[0].Type, found[0].Name)
	}
	return resource.Ref{}, "", fmt.Errorf("no policy %q%s", strictyaml.Shown(name), strictyaml.Meant(name, append(known, FullAWSAccess)))
}

// policyTexts reads descriptions, tags and documents.
func (b *builder) policyTexts() {
	for i := range b.p.Policies {
		v, p := b.f.Policies.Value[i], &b.p.Policies[i]
		if d := v.Value.Description; b.fits(d.At) {
			t, least := b.textLeast(d.At, d.Value, "")
			if p.Description = &t; least > 512 {
				b.add(d.At, "%s characters are too many", of(least, 512))
			}
		}
		p.Tags = b.tags(v.Value.Tags, "", ownTags)
		b.policyDocument(v, p)
	}
}
