package lint

import (
	"fmt"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// language is what a document is to AWS.
type language byte

const (
	scp language = 1 << iota
	rcp
	identity // managed or inline policies of IAM
	trust
	bucket
)

// document is one in the IAM policy language.
type document struct {
	object // what it is, or what it is part of
	language
	at         int        // in the order in which they are read
	places     []spec.Pos // of the statements, where they have their own
	statements []iampolicy.Statement
}

// object is what a finding speaks of.
type object struct {
	pos  spec.Pos
	name string         // with its kind in words, such as "role vendor"
	here string         // for whoever knows what it is part of; "": as name
	refs []resource.Ref // by which a file switches rules off for it
}

// part is a document of an object that has several.
func (o object) part(pos spec.Pos, what string) object {
	return object{pos: pos, name: o.name + ", " + what, here: what, refs: o.refs}
}

// hold reads a document and holds its statements against the rules.
func (l *linter) hold(o object, as language, text []byte, places ...spec.Pos) (*document, error) {
	s, err := iampolicy.Statements(text)
	if err != nil {
		return nil, fmt.Errorf("read the document of %s: %w", o.name, err)
	}
	d := &document{object: o, language: as, at: l.documents, statements: s, places: places}
	l.documents++
	for i := range s {
		for _, r := range ofStatements {
			if r.of&as == 0 {
				continue
			}
			for _, msg := range r.look(&s[i]) {
				l.add(r.rule, d, i, msg)
			}
		}
	}
	l.within(d)
	return d, nil
}

// ofStatements are the rules that look at one statement, each with the sorts of
// documents that it makes sense for: a trust policy has actions of STS and no
// NotAction, a bucket's those of S3, and a resource control policy allows nothing.
var ofStatements = []struct {
	rule string
	of   language
	look func(*iampolicy.Statement) []string
}{
	{ruleAnded, scp | rcp | identity | trust | bucket, anded},
	{ruleNever, scp | rcp | identity | trust | bucket, never},
	{ruleNever, rcp, beyond},
	{ruleRetired, scp | rcp | identity, retired},
	{ruleNot, scp | identity | bucket, notAction},
}

// policies looks at those of Organizations.
func (l *linter) policies() error {
	for i := range l.payer.Policies {
		p := &l.payer.Policies[i]
		o := object{pos: p.Pos, name: "policy " + p.Name, refs: []resource.Ref{p.Ref()}}
		l.known(o)
		if as := map[string]language{spec.SCP: scp, spec.RCP: rcp}[p.Type]; as != 0 {
			d, err := l.hold(o, as, []byte(p.Document.JSON()))
			if err != nil {
				return err
			}
			l.read[p.Ref()] = d
		}
		l.size(o, p.Characters, l.payer.Limits.Policy(p.Type).Characters, "the document has", "split it into two policies")
	}
	return nil
}

// iamPolicies looks at the customer-managed ones. What assume makes is as long
// as it may be.
func (l *linter) iamPolicies() error {
	for i := range l.payer.IAMPolicies {
		p := &l.payer.IAMPolicies[i]
		o := object{pos: p.Pos, name: "IAM policy " + p.Name, refs: []resource.Ref{p.Ref()}}
		l.known(o)
		d, err := l.hold(o, identity, []byte(p.Document.JSON()))
		if err != nil {
			return err
		}
		l.read[p.Ref()] = d
		if p.Assumes == nil {
			l.size(o, spec.LeastCharacters(p.Document), iampolicy.IAMLimits().Managed, "the document has", "split it into two policies")
		}
	}
	return nil
}

// roles looks at those of the payer and of members. One that is both is looked
// at once.
func (l *linter) roles() error {
	both := map[spec.Pos]bool{}
	for i := range l.payer.MemberRoles {
		m := &l.payer.MemberRoles[i]
		o := object{pos: m.Pos, name: "role " + m.Name + " in members", refs: []resource.Ref{spec.MemberRolesRef(m.Name)}}
		if m.Payer {
			both[m.Pos] = true
			o.refs = append(o.refs, m.Ref())
			l.known(object{name: "role " + m.Name, refs: o.refs[1:]})
		}
		l.known(o)
		if m.Gone {
			continue
		}
		if err := l.role(o, &m.Role); err != nil {
			return err
		}
	}
	for i := range l.payer.Roles {
		r := &l.payer.Roles[i]
		if both[r.Pos] {
			continue
		}
		o := object{pos: r.Pos, name: "role " + r.Name, refs: []resource.Ref{r.Ref()}}
		l.known(o)
		if err := l.role(o, r); err != nil {
			return err
		}
	}
	return nil
}

func (l *linter) role(o object, r *spec.Role) error {
	t := o.part(r.TrustPos, "trust policy")
	if _, err := l.hold(t, trust, []byte(r.Trust.JSON())); err != nil {
		return err
	}
	l.size(t, spec.LeastCharacters(r.Trust), l.payer.Limits.Trust(), "the document has", "raise AWS's quota, and limits.trustCharacters with it")
	return l.holder(o, &r.Policies, iampolicy.IAMLimits().InlineRole)
}

func (l *linter) people() error {
	for i := range l.payer.Groups {
		g := &l.payer.Groups[i]
		o := object{pos: g.Pos, name: "group " + g.Name, refs: []resource.Ref{g.Ref()}}
		l.known(o)
		if err := l.holder(o, &g.Policies, iampolicy.IAMLimits().InlineGroup); err != nil {
			return err
		}
	}
	for i := range l.payer.Users {
		u := &l.payer.Users[i]
		o := object{pos: u.Pos, name: "user " + u.Name, refs: []resource.Ref{u.Ref()}}
		l.known(o)
		if err := l.holder(o, &u.Policies, iampolicy.IAMLimits().InlineUser); err != nil {
			return err
		}
	}
	return nil
}

// holder looks at what is embedded in a role, group or user, and at that beside
// what is attached to it. What assume embeds has other room where this is full.
func (l *linter) holder(o object, p *spec.Policies, limit int) error {
	var all []*document
	sum := 0
	for i := range p.Inline {
		in := &p.Inline[i]
		if in.Document.IsNone() || in.Account != nil {
			continue
		}
		d, err := l.hold(o.part(in.Pos, "inline policy "+in.Name), identity, []byte(in.Document.JSON()))
		if err != nil {
			return err
		}
		all, sum = append(all, d), sum+spec.LeastCharacters(in.Document)
	}
	for _, m := range p.Managed {
		for _, r := range m.ARN.Refs() {
			if d := l.read[r]; d != nil && !m.Absent {
				all = append(all, d)
			}
		}
	}
	l.beside(all, "which "+o.name+" has too", map[[2]place]bool{})
	l.size(o, sum, limit, "its inline policies have, in sum,", "shorten them, or attach managed policies")
	return nil
}

// buckets looks at the statements of their policies that the file has.
func (l *linter) buckets() error {
	for i := range l.payer.Buckets {
		b := &l.payer.Buckets[i]
		o := object{pos: b.Pos, name: "bucket " + b.Name, refs: []resource.Ref{b.Ref()}}
		l.known(o)
		if len(b.Statements) == 0 {
			continue
		}
		var all []string
		var places []spec.Pos
		characters := len(wrapped("")) - 1
		for _, s := range b.Statements {
			all, places = append(all, s.Document.JSON()), append(places, s.Pos)
			characters += spec.LeastCharacters(s.Document) + len(",")
		}
		if _, err := l.hold(o, bucket, []byte(wrapped(strings.Join(all, ","))), places...); err != nil {
			return err
		}
		l.size(o, characters, iampolicy.IAMLimits().BucketPolicyBytes, "the statements of its policy have", "say with one what several say, by lists")
	}
	return nil
}

// wrapped makes a document of statements.
func wrapped(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}
