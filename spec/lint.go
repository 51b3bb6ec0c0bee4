package spec

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// LintRules are the rules of lint that a payer file may switch off. Package lint
// has what they look for.
var LintRules = []string{
	"conditions-are-anded", "never-matches", "retired-action-prefix", "duplicate-statements", "notaction-with-allow", "size-over-90", "attached-nowhere",
}

// LintOff switches a rule of lint off.
type LintOff struct {
	Pos  Pos
	Rule string
	// Object is what it is off for, with all documents of it; zero: for all that
	// the file has. An entry of memberRoles is [MemberRolesRef].
	Object resource.Ref
	Reason string
	Preset bool // a preset says so, not the file
}

// maxLintOff bounds how many entries a file has.
const maxLintOff = 2000

// lint reads which rules are switched off.
func (b *builder) lint() {
	if off := b.f.Lint.Value.Off; len(off.Value) > maxLintOff {
		b.add(off.At, "%d entries are more than %d", len(off.Value), maxLintOff)
		return
	}
	type entry struct {
		rule   string
		object resource.Ref
	}
	first := map[entry]int{}
	for _, v := range b.f.Lint.Value.Off.Value {
		if !b.fits(v.At) {
			continue
		}
		o := LintOff{Pos: pos(v.At), Preset: v.From != ""}
		rule := b.lintRule(v.Value.Rule, &o)
		object := b.lintObject(v, &o)
		b.lintReason(v.Value.Reason, &o)
		if !rule || !object {
			continue
		}
		switch e := (entry{o.Rule, o.Object}); {
		case first[e] > 0 && o.Preset:
			continue
		case first[e] > 0:
			b.add(v.At, "%s stands here twice, first on line %d", o.Rule, first[e])
		default:
			first[e] = v.Line
		}
		b.p.LintOff = append(b.p.LintOff, o)
	}
}

func (b *builder) lintRule(v file.V[string], o *LintOff) bool {
	if !b.fits(v.At) {
		return false
	}
	if o.Rule = v.Value; slices.Contains(LintRules, o.Rule) {
		return true
	}
	hint := strictyaml.Meant(o.Rule, LintRules)
	if hint == "" {
		hint = "; there are " + strings.Join(LintRules, ", ")
	}
	b.add(v.At, "no rule %q%s", strictyaml.Shown(o.Rule), hint)
	return false
}

// MemberRolesRef names what the entries of memberRoles of one name have in common.
func MemberRolesRef(name string) resource.Ref {
	return resource.Ref{Kind: "member-role", Name: resource.Escape(name)}
}

// lintObject finds what a rule is off for. A preset names it: it does not know
// what else is in the file.
func (b *builder) lintObject(entry file.V[file.LintOff], o *LintOff) bool {
	policy, object := entry.Value.Policy, entry.Value.Object
	switch {
	case policy.Set() && object.Set():
		b.add(object.At, "an entry is for a policy or for an object; write two")
		return false
	case policy.Set():
		return b.lintPolicy(policy, o)
	case object.Set():
		return b.lintThing(object, o)
	case o.Preset:
		b.add(entry.At, "a preset switches a rule off for a policy or an object: both are missing")
		return false
	}
	return true
}

// lintPolicy finds a policy of Organizations.
func (b *builder) lintPolicy(v file.V[string], o *LintOff) bool {
	if !b.fits(v.At) {
		return false
	}
	ref, _, err := b.findPolicy(b.plain(v, ""))
	switch _, declared := b.policies[ref]; {
	case !b.fits(v.At):
		return false
	case err != nil:
		b.add(v.At, "%v", err)
		return false
	case !declared:
		b.add(v.At, "%s is AWS's own policy: lint looks at those of the file", strictyaml.Shown(v.Value))
		return false
	}
	o.Object = ref
	return true
}

// lintKinds are the kinds of things, beside policies, that have documents.
var lintKinds = []string{"iamPolicy", "role", "memberRole", "group", "user", "bucket"}

// lintThing finds what KIND:NAME means.
func (b *builder) lintThing(v file.V[string], o *LintOff) bool {
	if !b.fits(v.At) {
		return false
	}
	s := b.plain(v, "")
	kind, name, named := strings.Cut(s, ":")
	switch {
	case !b.fits(v.At):
		return false
	case kind == "policy" && named:
		b.add(v.At, "a policy of policies is named by the key policy")
		return false
	case !named || !slices.Contains(lintKinds, kind):
		b.add(v.At, "want KIND:NAME, such as role:vendor, have %q%s; the kinds are %s", strictyaml.Shown(s), strictyaml.Meant(kind, lintKinds), strings.Join(lintKinds, ", "))
		return false
	}
	refs := b.lintNames(kind)
	ref, ok := refs[name]
	if !ok {
		b.add(v.At, "no %s %q%s", kind, strictyaml.Shown(name), strictyaml.Meant(name, slices.Sorted(maps.Keys(refs))))
		return false
	}
	o.Object = ref
	return true
}

// lintNames gives what there is of a kind by its name.
func (b *builder) lintNames(kind string) map[string]resource.Ref {
	refs := map[string]resource.Ref{}
	for name, t := range b.things[kind] {
		refs[name] = t.ref
	}
	if kind == "memberRole" {
		for _, v := range b.f.MemberRoles.Value {
			if name := b.plain(v.Value.Name, ""); name != "" {
				refs[name] = MemberRolesRef(name)
			}
		}
	}
	return refs
}

func (b *builder) lintReason(v file.V[string], o *LintOff) {
	if !b.fits(v.At) {
		return
	}
	o.Reason = v.Value
	switch n := runes(v.Value); {
	case strings.TrimSpace(v.Value) == "":
		b.add(v.At, "the reason is empty: who reads the file later asks for it")
	case n > maxReason:
		b.add(v.At, "the reason has %s characters", of(n, maxReason))
	case strings.ContainsFunc(v.Value, unicode.IsControl):
		b.add(v.At, "holds a control character: %q", strictyaml.Shown(v.Value))
	}
}
