package iampolicy

import (
	"slices"
	"strings"
)

// Through is how an Allow of a resource's policy came to mean the principal; what
// more the principal needs hangs on it.
type Through byte

const (
	ThroughNobody    Through = iota // not at all, or the document does not say
	ThroughAccount                  // its account is named: the account must permit it too
	ThroughAnyone                   // everybody is meant
	ThroughRole                     // the role of the session is named
	ThroughPrincipal                // it is named itself: user, session, service or provider
)

// Match says whether a statement of the policy speaks of the request, whatever
// its effect. A statement with a Principal must mean who asks.
func (p *Policy) Match(i int, r *Request) Match {
	q := r.query()
	m, _ := p.statements[i].match(&q)
	return m
}

// MatchWho is Match without the action and the resource: whether the statement
// means who asks, under its conditions.
func (p *Policy) MatchWho(i int, r *Request) Match {
	q := r.query()
	s := &p.statements[i]
	if s.principals != nil && s.principals.through(q.Principal) == ThroughNobody {
		return No
	}
	return s.conditionsHold(&q)
}

// Denies reports whether a statement is a Deny.
func (p *Policy) Denies(i int) bool { return p.statements[i].deny }

func (s *statement) match(q *query) (Match, Through) {
	how := ThroughNobody
	if s.principals != nil {
		if how = s.principals.through(q.Principal); how == ThroughNobody {
			return No, how
		}
	}
	m := s.hasAction(q)
	if m != No {
		m = min(m, s.hasResource(q))
	}
	if m != No {
		m = min(m, s.conditionsHold(q))
	}
	return m, how
}

// HangsOn names the references, as they stand between ${{ and }}, on which it
// hangs whether a statement speaks of the request; none where it does not hang on
// any. It is for policies of [CompileOpen].
func (p *Policy) HangsOn(i int, r *Request) []string {
	q := r.query()
	if m, _ := p.statements[i].match(&q); m != Maybe {
		return nil
	}
	slices.Sort(q.hangs)
	return slices.Compact(q.hangs)
}

func (s *statement) conditionsHold(q *query) Match {
	m := Yes
	for i := range s.conditions {
		if m = min(m, s.conditions[i].holds(q)); m == No {
			break
		}
	}
	return m
}

func (s *statement) hasAction(q *query) Match {
	found := No
	for _, p := range s.actions {
		if glob(p, q.action) {
			found = Yes
			break
		}
	}
	for i := range s.openActions {
		if found == Yes {
			break
		}
		if pattern, _ := s.openActions[i].in(q); glob(pattern, q.action) {
			s.openActions[i].hangOn(q)
			found = Maybe
		}
	}
	if s.notAction {
		return Yes - found
	}
	return found
}

func (s *statement) hasResource(q *query) Match {
	if s.anyResource {
		return Yes
	}
	found := No
	n := len(q.hangs)
	for i := range s.resources {
		pattern, known := s.resources[i].in(q)
		switch {
		case known == Yes:
			known = yes(globResource(pattern, q.resource))
		case known == Maybe && !glob(pattern, q.resource):
			known = No // whatever it turns out to be
		case known == Maybe:
			s.resources[i].hangOn(q)
		}
		if found = max(found, known); found == Yes {
			break
		}
	}
	if found != Maybe {
		q.hangs = q.hangs[:n]
	}
	if s.notResource {
		return Yes - found
	}
	return found
}

// through says how the principals mean p.
func (l *principals) through(p Principal) Through {
	if !l.not {
		return l.named(p)
	}
	if l.spares(p) {
		return ThroughNobody
	}
	return ThroughAnyone
}

func (l *principals) named(p Principal) Through {
	has := func(list []string, s string) bool { return s != "" && slices.Contains(list, s) }
	switch {
	case has(l.services, p.Service), has(l.federated, p.Federated), has(l.aws, p.Session), has(l.aws, p.ID):
		return ThroughPrincipal
	case has(l.aws, p.ARN) && p.kind() == "role":
		return ThroughRole
	case has(l.aws, p.ARN) && p.kind() != "root":
		return ThroughPrincipal
	case l.anyone:
		return ThroughAnyone
	case slices.ContainsFunc(l.aws, func(who string) bool { return isRootOf(who, p.Account()) }):
		return ThroughAccount
	}
	return ThroughNobody
}

// spares says that NotPrincipal leaves p alone: everything that p is stands in
// it, the account, the role and the session.
func (l *principals) spares(p Principal) bool {
	switch {
	case l.anyone:
		return true
	case p.Service != "":
		return slices.Contains(l.services, p.Service)
	case p.Federated != "":
		return slices.Contains(l.federated, p.Federated)
	case p.ARN == "" || !slices.ContainsFunc(l.aws, func(who string) bool { return isRootOf(who, p.Account()) }):
		return false
	case p.kind() == "root":
		return true
	}
	return slices.Contains(l.aws, p.ARN) && (p.Session == "" || slices.Contains(l.aws, p.Session))
}

// isRootOf says that an ARN is the root of an account, in whatever partition.
func isRootOf(arn, account string) bool {
	rest, ok := strings.CutSuffix(arn, ":root")
	return ok && account != "" && strings.HasPrefix(arn, "arn:") && strings.HasSuffix(rest, ":iam::"+account)
}
