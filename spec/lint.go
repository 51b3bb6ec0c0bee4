package spec

import (
	"slices"
	"strings"
	"unicode"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
)

// LintRules are the rules of lint that a payer file may switch off. Package lint
// has what they look for.
var LintRules = []string{
	"conditions-are-anded", "never-matches", "retired-action-prefix", "duplicate-statements", "notaction-with-allow", "size-over-90", "attached-nowhere",
}

// LintOff switches a rule of lint off.
type LintOff struct {
	Pos    Pos
	Rule   string
	Policy resource.Ref // zero: for every policy of the file
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
		policy resource.Ref
	}
	first := map[entry]int{}
	for _, v := range b.f.Lint.Value.Off.Value {
		if !b.fits(v.At) {
			continue
		}
		o := LintOff{Pos: pos(v.At), Preset: v.From != ""}
		rule := b.lintRule(v.Value.Rule, &o)
		policy := b.lintPolicy(v, &o)
		b.lintReason(v.Value.Reason, &o)
		if !rule || !policy {
			continue
		}
		switch e := (entry{o.Rule, o.Policy}); {
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
	hint := meant(o.Rule, LintRules)
	if hint == "" {
		hint = "; there are " + strings.Join(LintRules, ", ")
	}
	b.add(v.At, "no rule %q%s", shown(o.Rule), hint)
	return false
}

// lintPolicy finds the policy that a rule is off for. A preset names one: it
// does not know what else is in the file.
func (b *builder) lintPolicy(entry file.V[file.LintOff], o *LintOff) bool {
	v := entry.Value.Policy
	switch {
	case v.Set() && !b.fits(v.At):
		return false
	case !v.Set() && o.Preset:
		b.add(entry.At, "a preset switches a rule off for a policy: policy is missing")
		return false
	case !v.Set():
		return true
	}
	ref, _, err := b.findPolicy(b.plain(v, ""))
	switch _, declared := b.policies[ref]; {
	case !b.fits(v.At):
		return false
	case err != nil:
		b.add(v.At, "%v", err)
		return false
	case !declared:
		b.add(v.At, "%s is AWS's own policy: lint looks at those of the file", shown(v.Value))
		return false
	}
	o.Policy = ref
	return true
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
		b.add(v.At, "holds a control character: %q", shown(v.Value))
	}
}
