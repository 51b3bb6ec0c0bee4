package spec

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

var (
	typePattern = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)
	principal   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

func (b *builder) organization() {
	o := b.f.Organization.Value
	b.p.Organization = Organization{Pos: b.p.Pos, Create: o.Create.Value, TrustedServicesSet: o.TrustedServices.Set()}
	if b.f.Organization.Set() {
		b.p.Organization.Pos = pos(b.f.Organization.At)
	}
	b.p.Organization.PolicyTypes = b.names(o.PolicyTypes, b.policyType)
	b.p.Organization.TrustedServices = b.names(o.TrustedServices, b.service)
	wanted := map[string]file.At{}
	for _, v := range slices.Concat(o.PolicyTypes.Value, o.TrustedServices.Value) {
		wanted[v.Value] = v.At
	}
	b.p.Organization.Absent = b.names(o.Absent, func(at file.At, s string) {
		if first, ok := wanted[s]; ok {
			b.add(at, "%s must be on by %s (line %d) and absent here", s, first.Path, first.Line)
		}
		if strings.Contains(s, ".") {
			b.service(at, s)
		} else {
			b.policyType(at, s)
		}
	})
}

// policyType checks the name of a policy type. AWS adds types, so an unknown
// one is a mistake only where it looks like one that is known.
func (b *builder) policyType(at file.At, s string) {
	known := slices.Sorted(maps.Keys(iampolicy.Limits()))
	if slices.Contains(known, s) || b.p.Limits.Policies[s] != (PolicyLimit{}) {
		return
	}
	hint := strictyaml.Meant(s, known)
	if hint == "" {
		hint = strictyaml.Meant(strings.ToUpper(s), known)
	}
	switch {
	case !typePattern.MatchString(s):
		b.add(at, "want a policy type such as %s, have %q%s", SCP, strictyaml.Shown(s), hint)
	case hint != "":
		b.add(at, "no policy type %q%s", strictyaml.Shown(s), hint)
	}
}

func (b *builder) service(at file.At, s string) {
	if len(s) > 128 || !principal.MatchString(s) {
		b.add(at, "want a service principal such as account.amazonaws.com, have %q", strictyaml.Shown(s))
	}
}

// limits reads the overrides of AWS's own.
func (b *builder) limits() {
	l := b.f.Limits.Value
	if b.p.Limits.OUDepth = l.OUDepth.Value; b.fits(l.OUDepth.At) && (l.OUDepth.Value < 1 || l.OUDepth.Value > 50) {
		b.add(l.OUDepth.At, "want 1 to 50 levels, have %d", l.OUDepth.Value)
	}
	b.p.Limits.TrustCharacters, b.p.Limits.ManagedPolicies = l.TrustCharacters.Value, l.ManagedPolicies.Value
	for _, v := range []file.V[int]{l.TrustCharacters, l.ManagedPolicies} {
		if b.fits(v.At) && v.Value < 1 {
			b.add(v.At, "want a number over 0, have %d", v.Value)
		}
	}
	if !l.Policies.Set() {
		return
	}
	b.p.Limits.Policies = map[string]PolicyLimit{}
	for _, e := range l.Policies.Value {
		if !typePattern.MatchString(e.Key.Value) {
			b.add(e.Key.At, "want a policy type such as %s, have %q", SCP, strictyaml.Shown(e.Key.Value))
		}
		for _, v := range []file.V[int]{e.Value.Value.Characters, e.Value.Value.Attached} {
			if b.fits(v.At) && v.Value < 1 {
				b.add(v.At, "want a number over 0, have %d", v.Value)
			}
		}
		b.p.Limits.Policies[e.Key.Value] = PolicyLimit{e.Value.Value.Characters.Value, e.Value.Value.Attached.Value}
	}
}

// Policy gives the limits of a policy type: AWS's own, with what the file
// overrides. A number that is 0 is not known.
func (l Limits) Policy(policyType string) iampolicy.Limit {
	limit := iampolicy.Limits()[policyType]
	limit.Type = policyType
	own := l.Policies[policyType]
	if own.Characters > 0 {
		limit.Characters = own.Characters
	}
	if own.Attached > 0 {
		limit.Attached = own.Attached
	}
	return limit
}

// Depth gives how many levels of OUs may lie under the root.
func (l Limits) Depth() int {
	if l.OUDepth > 0 {
		return l.OUDepth
	}
	return 5 // AWS Organizations User Guide, Quotas: OU maximum nesting in a root
}
