package self

import (
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/spec"
)

// Lift ends each reason that a kind gives for what a [Set] forbids.
const Lift = "; --allow-self lifts this"

// Set is what one payer must keep. The zero Set protects nothing.
type Set struct {
	account   string // the payer's; "" where nobody said
	partition string
	org       string
	here      []principal // in the payer, the caller first
	members   []memberRole
	names     []string // of protected roles of any member
	on        bool
}

// principal is a protected user, role or root of the payer.
type principal struct {
	arn   string // of IAM
	whole bool   // the path of the ARN is known
	user  bool
	own   bool // the tool itself works by it
	name  string
	why   string
}

// memberRole is a protected role of some members.
type memberRole struct {
	name   string
	emails map[string]bool // in lower case; nil: those in ous
	ous    []string        // paths; "" is the root
	why    string
}

// Of finds what the payer must keep. It is empty where the pass allows itself
// everything.
func Of(p *spec.Payer) Set {
	if p.Run.AllowSelf {
		return Set{}
	}
	return Strict(p)
}

// Strict is [Of], also where the pass allows itself everything: what AWS has is
// read the same whatever the pass may do, and the pass then lifts what it reads.
func Strict(p *spec.Payer) Set {
	s := Set{account: p.AccountID, partition: "aws", on: true}
	s.arn(p.Run.Caller, "reconciler runs as it")
	if p.Access != nil {
		s.arn(p.Access.RoleARN, "access.roleArn names it")
	}
	for _, r := range p.Roles {
		s.declared(false, r.Name, r.Path, r.Handoff)
	}
	for _, u := range p.Users {
		s.declared(true, u.Name, u.Path, u.Handoff)
	}
	for _, m := range p.MemberRoles {
		if m.Payer {
			s.declared(false, m.Name, m.Path, m.Handoff)
		}
		if m.Handoff {
			s.members = append(s.members, selected(m))
			s.names = append(s.names, m.Name)
		}
	}
	for a := range p.AllAccounts() {
		for _, name := range []string{a.MemberRole, a.RoleName} {
			if name != "" && !slices.Contains(s.names, name) {
				s.names = append(s.names, name)
			}
		}
	}
	return s
}

// In says which organization the payer is the management account of, where that
// is known: conditions on aws:PrincipalOrgID are then looked at.
func (s Set) In(organizationID string) Set {
	s.org = organizationID
	return s
}

// arn protects a principal of the payer's own account. The session of a role is
// the role, whose path the session's ARN does not tell.
func (s *Set) arn(arn, why string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || s.account != "" && parts[4] != s.account {
		return
	}
	s.account, s.partition = parts[4], parts[1]
	kind, name, _ := strings.Cut(parts[5], "/")
	session := kind == "assumed-role"
	if session {
		name, _, _ = strings.Cut(name, "/")
		kind = "role"
	}
	what := kind
	if name != "" {
		what += "/" + name
	}
	s.add(principal{
		arn: "arn:" + parts[1] + ":iam::" + parts[4] + ":" + what, whole: !session,
		own: true, user: kind == "user", name: name[strings.LastIndexByte(name, '/')+1:], why: why,
	})
}

// declared protects what the file declares for a vendor, and tells the path of
// what is protected already.
func (s *Set) declared(user bool, name, path string, handoff bool) {
	kind := "role"
	if user {
		kind = "user"
	}
	if path == "" {
		path = "/"
	}
	p := principal{user: user, name: name, whole: true, why: HandedOver,
		arn: "arn:" + s.partition + ":iam::" + s.account + ":" + kind + path + name}
	for i := range s.here {
		if s.here[i].is(user, name) {
			s.here[i].arn, s.here[i].whole = p.arn, true
			return
		}
	}
	if handoff {
		s.add(p)
	}
}

// add keeps the first reason, and the ARN whose path is known.
func (s *Set) add(p principal) {
	for i := range s.here {
		if have := &s.here[i]; have.is(p.user, p.name) {
			if !have.whole {
				have.arn, have.whole = p.arn, p.whole
			}
			return
		}
	}
	s.here = append(s.here, p)
}

// is compares names as IAM does: without letter case.
func (p principal) is(user bool, name string) bool {
	return p.user == user && p.name != "" && strings.EqualFold(p.name, name)
}

func selected(m spec.MemberRole) memberRole {
	r := memberRole{name: m.Name, why: HandedOver}
	if m.StackSet != nil {
		r.ous = m.OUs
		return r
	}
	r.emails = make(map[string]bool, len(m.Accounts))
	for _, a := range m.Accounts {
		r.emails[strings.ToLower(a.Email)] = true
	}
	return r
}

// Role says why a role of the payer must stay; "" where it need not.
func (s Set) Role(name string) string { return s.why(false, name) }

// User says why a user of the payer must stay; "" where it need not.
func (s Set) User(name string) string { return s.why(true, name) }

// OwnRole says why the tool itself works by a role of the payer, "" where it does
// not: what it may do hangs on what the role holds.
func (s Set) OwnRole(name string) string { return s.own(false, name) }

// OwnUser says why the tool itself works by a user of the payer, "" where it does
// not.
func (s Set) OwnUser(name string) string { return s.own(true, name) }

func (s Set) own(user bool, name string) string {
	for _, p := range s.here {
		if p.own && p.is(user, name) {
			return p.why
		}
	}
	return ""
}

func (s Set) why(user bool, name string) string {
	for _, p := range s.here {
		if p.is(user, name) {
			return p.why
		}
	}
	return ""
}

// Member says why a role inside a member must stay; "" where it need not.
func (s Set) Member(account spec.Account, role string) string {
	switch {
	case !s.on || role == "":
		return ""
	case strings.EqualFold(account.MemberRole, role):
		return "reconciler enters the account by it"
	case strings.EqualFold(account.RoleName, role):
		return "the account was made with it"
	}
	for _, m := range s.members {
		if strings.EqualFold(m.name, role) && m.covers(account) {
			return m.why
		}
	}
	return ""
}

func (m memberRole) covers(a spec.Account) bool {
	if m.emails != nil {
		return m.emails[strings.ToLower(a.Email)]
	}
	for _, ou := range m.ous {
		if ou == "" || ou == a.OU || strings.HasPrefix(a.OU, ou+"/") {
			return true
		}
	}
	return false
}
