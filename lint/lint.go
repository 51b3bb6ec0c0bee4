// Package lint finds in the policies of a payer file what is right for AWS and
// most likely not what was meant.
//
// Call [Check] on a payer. Each [Finding] bears the name of a rule, by which the
// file may switch it off with a reason; [Rules] lists them. A rule speaks where
// it is nearly sure: what many good policies have is no finding. The documents
// that are looked at are the service and resource control policies of the file.
package lint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
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

// Rules lists the rules in the order in which a policy is held against them. All
// but the last can be switched off.
func Rules() []Rule {
	return []Rule{
		{ruleAnded, "a Deny whose Condition reads as a list of limits, and holds only where all are broken at once"},
		{ruleNever, "a statement, an action, an ARN or a condition that no request can meet"},
		{ruleRetired, "actions that AWS has retired and that others have taken the place of"},
		{ruleTwice, "a statement that stands twice, in a policy or in two policies of one node"},
		{ruleNot, "an Allow with NotAction: it allows what AWS adds tomorrow, too"},
		{ruleSize, "a document of more than 90% of the characters that AWS takes"},
		{ruleNowhere, "a policy that the file makes and attaches to no node"},
		{ruleUnused, "an entry of lint.off that switches off nothing"},
	}
}

// Finding is what one rule says of one policy.
type Finding struct {
	Pos       spec.Pos // of the policy; of the entry for unused-lint-off
	Rule      string
	Policy    string // its name; "" for unused-lint-off
	Statement int    // counted from 1; 0 is the policy as a whole
	Sid       string
	Msg       string

	refs []resource.Ref // policies that it is about
}

// String gives file:line:column: lint: rule: policy NAME, statement N (Sid): message.
func (f Finding) String() string {
	s := fmt.Sprintf("%s:%d:%d: lint: %s: ", f.Pos.File, f.Pos.Line, f.Pos.Column, f.Rule)
	switch {
	case f.Policy == "":
		return s + f.Msg
	case f.Statement == 0:
		return s + "policy " + f.Policy + ": " + f.Msg
	}
	return s + "policy " + f.Policy + ", " + where(f.Statement-1, f.Sid) + ": " + f.Msg
}

// where names a statement by its index.
func where(i int, sid string) string {
	if sid != "" {
		return fmt.Sprintf("statement %d (%s)", i+1, sid)
	}
	return fmt.Sprintf("statement %d", i+1)
}

// Check gives what the rules find in a payer file, without what the file
// switches off, in the order of its lines. A document that cannot be read is an
// error, not one without findings.
func Check(p *spec.Payer) ([]Finding, error) {
	l := linter{payer: p, read: map[resource.Ref]*policy{}}
	for i := range p.Policies {
		if err := l.policy(i); err != nil {
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
	payer *spec.Payer
	read  map[resource.Ref]*policy
	found []Finding
}

// policy is one whose document is in the IAM policy language.
type policy struct {
	*spec.Policy
	at         int // in the file
	statements []iampolicy.Statement
}

func (l *linter) policy(at int) error {
	p := &l.payer.Policies[at]
	if p.Type == spec.SCP || p.Type == spec.RCP {
		s, err := iampolicy.Statements(plain(p.Document))
		if err != nil {
			return fmt.Errorf("read the document of %s: %w", p.Ref(), err)
		}
		q := &policy{p, at, s}
		l.read[p.Ref()] = q
		for i := range s {
			for _, r := range []struct {
				rule string
				look func(*iampolicy.Statement) []string
			}{{ruleAnded, anded}, {ruleNever, never}, {ruleRetired, retired}, {ruleNot, notAction}} {
				for _, msg := range r.look(&s[i]) {
					l.add(r.rule, q.Policy, i, s[i].Sid, msg)
				}
			}
		}
		l.within(q)
	}
	l.size(p)
	return nil
}

func (l *linter) add(rule string, p *spec.Policy, i int, sid, msg string, also ...resource.Ref) {
	l.found = append(l.found, Finding{Pos: p.Pos, Rule: rule, Policy: p.Name, Statement: i + 1, Sid: sid, Msg: msg,
		refs: append([]resource.Ref{p.Ref()}, also...)})
}

// plain is a document with its references in the form ${{ … }}, as text of JSON.
func plain(t resource.Text) []byte {
	return []byte(t.Resolve(func(r resource.Ref, output string) (string, bool) {
		b, _ := json.Marshal(r.String() + "." + output) // a string always encodes
		return "${{ " + strings.Trim(string(b), `"`) + " }}", true
	}).Value())
}

// off drops what the file switches off, and tells what it switches off in vain.
// What a preset switches off is told by nobody: the file cannot mend that.
func (l *linter) off() []Finding {
	used := make([]bool, len(l.payer.LintOff))
	found := slices.DeleteFunc(l.found, func(f Finding) bool {
		off := false
		for i, o := range l.payer.LintOff {
			if o.Rule == f.Rule && (o.Policy.IsZero() || slices.Contains(f.refs, o.Policy)) {
				off, used[i] = true, true
			}
		}
		return off
	})
	for i, o := range l.payer.LintOff {
		if !used[i] && !o.Preset {
			found = append(found, Finding{Pos: o.Pos, Rule: ruleUnused, Msg: o.Rule + l.of(o) + " finds nothing that this entry switches off: take it out"})
		}
	}
	return found
}

// of names the policy of an entry.
func (l *linter) of(o spec.LintOff) string {
	for i := range l.payer.Policies {
		if p := &l.payer.Policies[i]; p.Ref() == o.Policy {
			return " in policy " + p.Name
		}
	}
	return ""
}
