// Package lint finds in the policies of a payer file what is right for AWS and
// most likely not what was meant.
//
// Call [Check] on a payer. Each [Finding] bears the name of a rule, by which the
// file may switch it off with a reason; [Rules] lists them. A rule speaks where
// it is nearly sure: what many good policies have is no finding. The documents
// that are looked at are those of the file in the IAM policy language, wherever
// they stand: service and resource control policies, IAM's own policies, the
// inline and trust policies of roles, groups and users, and the statements of
// bucket policies.
package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Rule is one thing that is looked for.
type Rule struct{ Name, Says string }

const (
	ruleAnded   = "conditions-are-anded"
	ruleNever   = "never-matches"
	ruleRetired = "retired-action-prefix"
	ruleTwice   = "duplicate-statements"
	ruleNot     = "notaction-with-allow"
	ruleSize    = "size-over-90"
	ruleNowhere = "attached-nowhere"
	ruleUnused  = "unused-lint-off"
)

// most is how many values of a document a message names.
const most = 3

// Rules lists the rules in the order in which a document is held against them. All
// but the last can be switched off.
func Rules() []Rule {
	return []Rule{
		{ruleAnded, "a Deny whose Condition reads as a list of limits, and holds only where all are broken at once"},
		{ruleNever, "a statement, an action, an ARN or a condition that no request can meet"},
		{ruleRetired, "actions that AWS has retired and that others have taken the place of"},
		{ruleTwice, "a statement that stands twice, in a document or in two policies of one node, role, group or user"},
		{ruleNot, "an Allow with NotAction: it allows what AWS adds tomorrow, too"},
		{ruleSize, "a document of more than 90% of the characters that AWS takes"},
		{ruleNowhere, "a policy that the file makes and attaches to no node, or to no role, group or user"},
		{ruleUnused, "an entry of lint.off that switches off nothing"},
	}
}

// Finding is what one rule says of one object.
type Finding struct {
	Pos       spec.Pos // of the policy or the statement; of the entry for unused-lint-off
	Rule      string
	Object    string // with its kind, such as "policy NAME"; "" for unused-lint-off
	Statement int    // counted from 1; 0 is the document as a whole
	Sid       string
	Msg       string

	refs []resource.Ref // objects that it is about
}

// String gives file:line:column: lint: rule: object, statement N (Sid): message.
func (f Finding) String() string {
	s := fmt.Sprintf("%s:%d:%d: lint: %s: ", f.Pos.File, f.Pos.Line, f.Pos.Column, f.Rule)
	switch {
	case f.Object == "":
		return s + f.Msg
	case f.Statement == 0:
		return s + f.Object + ": " + f.Msg
	}
	return s + f.Object + ", " + where(f.Statement-1, f.Sid) + ": " + f.Msg
}

// where names a statement by its index.
func where(i int, sid string) string {
	if sid != "" {
		return fmt.Sprintf("statement %d (%s)", i+1, short(sid))
	}
	return fmt.Sprintf("statement %d", i+1)
}

// Check gives what the rules find in a payer file, without what the file
// switches off, in the order of its lines. A document that cannot be read is an
// error, not one without findings.
func Check(p *spec.Payer) ([]Finding, error) {
	l := linter{payer: p, read: map[resource.Ref]*document{}, names: map[resource.Ref]string{}}
	for _, look := range []func() error{l.policies, l.iamPolicies, l.roles, l.people, l.buckets} {
		if err := look(); err != nil {
			return nil, err
		}
	}
	l.nodes()
	l.nowhere()
	found := l.off()
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return found, nil
}

type linter struct {
	payer     *spec.Payer
	read      map[resource.Ref]*document // policies of Organizations and of IAM
	documents int
	names     map[resource.Ref]string // of what a rule can be off for
	found     []Finding
}

// known notes what something is called.
func (l *linter) known(o object) {
	for _, r := range o.refs {
		if l.names[r] == "" {
			l.names[r] = o.name
		}
	}
}

// add notes what a rule says of the statement at i.
func (l *linter) add(rule string, d *document, i int, msg string, also ...resource.Ref) {
	pos := d.pos
	if d.places != nil {
		pos = d.places[i]
	}
	l.found = append(l.found, Finding{Pos: pos, Rule: rule, Object: d.name, Statement: i + 1, Sid: d.statements[i].Sid, Msg: msg,
		refs: slices.Concat(d.refs, also)})
}

// tell notes what a rule says of something as a whole.
func (l *linter) tell(rule string, o object, msg string) {
	l.found = append(l.found, Finding{Pos: o.pos, Rule: rule, Object: o.name, Msg: msg, refs: o.refs})
}

// off drops what the file switches off, and tells what it switches off in vain.
// What a preset switches off is told by nobody: the file cannot mend that.
func (l *linter) off() []Finding {
	used := make([]bool, len(l.payer.LintOff))
	found := slices.DeleteFunc(l.found, func(f Finding) bool {
		off := false
		for i, o := range l.payer.LintOff {
			if o.Rule == f.Rule && (o.Object.IsZero() || slices.Contains(f.refs, o.Object)) {
				off, used[i] = true, true
			}
		}
		return off
	})
	for i, o := range l.payer.LintOff {
		if used[i] || o.Preset {
			continue
		}
		in := ""
		if name := l.names[o.Object]; name != "" {
			in = " in " + name
		}
		found = append(found, Finding{Pos: o.Pos, Rule: ruleUnused, Msg: o.Rule + in + " finds nothing that this entry switches off: take it out"})
	}
	return found
}
