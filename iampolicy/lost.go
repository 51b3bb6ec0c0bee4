package iampolicy

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// How the loss of trust is found: from the Allow statements of the policy before
// and the conditions of both are made requests, those that the policy before
// allows are put to the policy after, and what it no longer allows is lost. So
// the order, the form and the number of statements do not count, and a Deny that
// is new does. Each request has what its statement asks for; each value that any
// condition compares with is then tried in it, one at a time, and so are another
// value, and none.

// LostTrust says who could assume a role under the trust policy before and can
// no longer, or no longer in some circumstances, under the one after: the
// principals, with the external id that they gave and the circumstance. A
// principal that is gone (AROA…, AIDA…) loses nothing. A policy before that
// cannot be read trusted nobody; one after that cannot be read trusts nobody.
func LostTrust(before, after []byte) []string {
	if bytes.Equal(before, after) {
		return nil
	}
	old, err := compileCanonical(before)
	if err != nil {
		return nil
	}
	now, err := compileCanonical(after)
	if err != nil {
		now = &Policy{}
	}
	pool := append(old.circumstances(), now.circumstances()...)
	pool = pool[:min(len(pool), maxCircumstances)]
	denies := now.newDenies(old)
	var lost []string
	for i := range old.statements {
		s := &old.statements[i]
		if s.deny || s.principals == nil || !denies && now.has(s) {
			continue
		}
		for _, who := range s.principals.examples() {
			lost = append(lost, who.loses(s, old, now, pool)...)
			for _, one := range who.denied(old, now) {
				lost = append(lost, one.loses(s, old, now, pool)...)
			}
		}
	}
	slices.Sort(lost)
	return slices.Compact(lost)
}

// compileCanonical compiles the canonical form, in which lists are sorted.
func compileCanonical(doc []byte) (*Policy, error) {
	c, err := Canonical(doc)
	if err != nil {
		return nil, err
	}
	return Compile([]byte(c))
}

// example is a principal that a statement means, and how the statement says it.
type example struct {
	Principal
	shown string
	open  bool // stands for many: an account, or everybody
}

// maxCircumstances keeps a document of nothing but conditions from taking long.
const maxCircumstances = 500

// stranger is an account that nobody has.
const stranger = "000000000000"

func (l *principals) examples() []example {
	var all []example
	if l.anyone || l.not {
		all = append(all, example{Principal{ARN: accountRoot(stranger)}, "*", true})
	}
	if l.not {
		return all
	}
	for _, arn := range l.aws {
		if p, err := PrincipalOf(arn); err == nil {
			all = append(all, example{p, arn, p.kind() == "root"})
		}
	}
	for _, name := range l.services {
		all = append(all, example{Principal{Service: name}, name, false})
	}
	for _, name := range l.federated {
		all = append(all, example{Principal{Federated: name}, name, false})
	}
	return all
}

// denied are those of the principals that the example stands for whom a new Deny
// names: somebody of a trusted account, a session of a trusted role.
func (e example) denied(old, now *Policy) []example {
	var all []example
	for i := range now.statements {
		s := &now.statements[i]
		if !s.deny || s.principals == nil || s.principals.not || old.has(s) {
			continue
		}
		for _, arn := range s.principals.aws {
			p, err := PrincipalOf(arn)
			switch {
			case err != nil || p == e.Principal:
			case e.shown == "*" || e.kind() == "root" && p.Account() == e.Account():
				all = append(all, example{p, arn, p.kind() == "root"})
			case e.kind() == "role" && e.Session == "" && p.Session != "" && p.Account() == e.Account() && nameOf(p.ARN) == nameOf(e.ARN):
				all = append(all, example{Principal{ARN: e.ARN, Session: p.Session}, arn, false})
			}
		}
	}
	return all
}

// nameOf is the name that ends an ARN, behind its path.
func nameOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// actions are what a principal of its sort may ask of a role.
func (e example) actions() []string {
	first := []string{"sts:assumerole"}
	if e.Federated != "" {
		first = []string{"sts:assumerolewithsaml", "sts:assumerolewithwebidentity"}
	}
	return append(first, "sts:tagsession", "sts:setsourceidentity", "sts:setcontext")
}

// loses tells what a principal could do under a statement of old and cannot now.
// Where no request is found that old allows, what is not there word for word is
// lost.
func (e example) loses(s *statement, old, now *Policy, pool []circumstance) []string {
	tried := false
	for _, action := range e.actions() {
		if s.hasAction(&query{action: action}) == No {
			continue
		}
		contexts, apart := s.met(pool)
		for n, base := range contexts {
			base = e.past(old.statements, action, base, pool, s)
			for i := -1; i < len(pool); i++ {
				c, context := circumstance{}, base
				if i >= 0 {
					c, context = pool[i], pool[i].in(base)
				}
				r := e.request(action, context)
				if r == nil || !Trust(old, r).Allowed() {
					continue
				}
				tried = true
				if !Trust(now, r).Allowed() {
					return []string{e.describe(action, context, apart[n], c)}
				}
			}
		}
	}
	if !tried && !now.has(s) {
		return []string{e.shown}
	}
	return nil
}

// past makes of a context one that the Deny statements do not mean, as far as the
// pool can, without touching what s asks for.
func (e example) past(all []statement, action string, base map[string][]string, pool []circumstance, s *statement) map[string][]string {
	for i := range all {
		if !all[i].deny || !all[i].means(e.request(action, base)) {
			continue
		}
		for _, c := range pool {
			next := c.in(base)
			asked := slices.ContainsFunc(s.conditions, func(own condition) bool { return own.key == c.key })
			if !asked && !all[i].means(e.request(action, next)) {
				base = next
				break
			}
		}
	}
	return base
}

func (s *statement) means(r *Request) bool {
	if r == nil {
		return false
	}
	q := r.query()
	m, _ := s.match(&q)
	return m != No
}

// request is what the principal asks. Where a condition names who of many it is,
// it is that one; where it names somebody that it cannot be, there is none.
func (e example) request(action string, context map[string][]string) *Request {
	r := &Request{Action: action, Principal: e.Principal, Context: context}
	if e.ARN == "" {
		return r
	}
	for _, key := range []string{"aws:principalaccount", "aws:principalarn", "aws:principaltype", "aws:userid"} {
		v, said := context[key]
		switch {
		case !said:
			continue
		case len(v) != 1: // who signs in has them all
			return nil
		case key == "aws:principaltype" || key == "aws:userid":
			continue
		case !e.open && v[0] != e.says(key):
			return nil
		}
		p, err := PrincipalOf(v[0])
		if err != nil && e.shown != "*" && key == "aws:principalarn" {
			p, err = PrincipalOf(strings.TrimSuffix(e.ARN, "root") + "role/" + v[0])
			r.Context = circumstance{key, []string{p.ARN}}.in(context)
		}
		switch {
		case e.shown != "*" && p.Account() != e.Account():
			return nil
		case err == nil && e.open:
			r.Principal = p
		}
	}
	return r
}

// describe names the principal, the external id it gives, and the circumstances
// that matter.
func (e example) describe(action string, context map[string][]string, matter ...circumstance) string {
	s := e.shown
	if id := context["sts:externalid"]; len(id) == 1 {
		s += fmt.Sprintf(" with external id %q", id[0])
	}
	for i, c := range matter {
		switch {
		case c.key == "" || c.key == "sts:externalid" || i == 0 && c.key == matter[1].key:
		case len(c.values) == 0:
			s += " without " + c.key
		default:
			s += fmt.Sprintf(" where %s is %q", c.key, c.values[0])
		}
	}
	if action != "sts:assumerole" && e.Federated == "" {
		s += ", " + action
	}
	return s
}

// newDenies says that a statement denies that does not stand in old.
func (p *Policy) newDenies(old *Policy) bool {
	return slices.ContainsFunc(p.statements, func(s statement) bool { return s.deny && !old.has(&s) })
}

// has says that the policy has the very statement, of whatever name; both are of
// canonical documents.
func (p *Policy) has(s *statement) bool {
	want := *s
	want.sid = ""
	return slices.ContainsFunc(p.statements, func(have statement) bool {
		have.sid = ""
		return reflect.DeepEqual(have, want)
	})
}
