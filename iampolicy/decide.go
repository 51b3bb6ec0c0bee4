package iampolicy

import (
	"fmt"
	"strings"
)

// Effect is the outcome of an evaluation.
type Effect byte

const (
	ImplicitDeny Effect = iota // nothing allows
	Allow                      // something allows and nothing denies
	ExplicitDeny               // a Deny statement matches
)

// Decision is an outcome and what decided. The zero Decision is an implicit deny
// of nobody's.
type Decision struct {
	Effect Effect
	// Unsure says that a condition key that is not known could turn the outcome
	// into Allow. The Policy and Statement are then those that hang on it.
	Unsure bool
	// Stage is which sort of policy decided: "service control policies",
	// "permissions boundary" and so on; "" from [Evaluate] itself.
	Stage string
	// Level is which node of a [Chain] decided.
	Level string
	// Policy holds the statement that decided, by its index from 0. Of an implicit
	// deny the statement is -1, and the policy nil unless it was the only one.
	Policy    *Policy
	Statement int
	// Through is how an Allow of a resource's policy means the principal.
	Through Through
}

// Allowed reports whether the request is allowed for sure.
func (d Decision) Allowed() bool { return d.Effect == Allow }

// Sid is that of the statement that decided; "" where it has none.
func (d Decision) Sid() string {
	if d.Policy == nil || d.Statement < 0 || d.Statement >= d.Policy.Len() {
		return ""
	}
	return d.Policy.Sid(d.Statement)
}

// String says what decided, in one line.
func (d Decision) String() string {
	var b strings.Builder
	switch {
	case d.Effect == Allow:
		b.WriteString("allowed")
	case d.Unsure:
		b.WriteString("denied perhaps")
	case d.Effect == ExplicitDeny:
		b.WriteString("denied")
	default:
		b.WriteString("not allowed")
	}
	if d.Policy != nil && d.Statement >= 0 {
		fmt.Fprintf(&b, " by statement %d", d.Statement+1)
		if sid := d.Sid(); sid != "" {
			fmt.Fprintf(&b, " (%s)", sid)
		}
	}
	if d.Policy != nil && d.Policy.Name != "" {
		b.WriteString(" of " + d.Policy.Name)
	}
	if d.Stage != "" {
		b.WriteString(", " + d.Stage)
	}
	if d.Level != "" {
		b.WriteString(" of " + d.Level)
	}
	return b.String()
}

// Evaluate holds a request against policies that stand side by side: one that
// denies beats all, else one that allows is enough.
func Evaluate(policies []*Policy, r *Request) Decision {
	q := r.query()
	return evaluate(policies, &q, false)
}

// evaluate is Evaluate; of a resource's policy only statements with a Principal
// count.
func evaluate(policies []*Policy, q *query, resource bool) Decision {
	var allow, maybeAllow, maybeDeny Decision
	for _, p := range policies {
		for i := range p.statements {
			s := &p.statements[i]
			if resource && s.principals == nil || !s.deny && allow.enough(resource) {
				continue
			}
			m, how := s.match(q)
			here := Decision{Effect: Allow, Policy: p, Statement: i, Through: how}
			switch {
			case m == No:
			case m == Yes && s.deny:
				return Decision{Effect: ExplicitDeny, Policy: p, Statement: i}
			case s.deny && maybeDeny.Policy == nil:
				maybeDeny = Decision{Effect: ExplicitDeny, Unsure: true, Policy: p, Statement: i}
			case s.deny:
			case m == Yes && (allow.Effect != Allow || how > allow.Through):
				allow = here
			case m == Maybe && (maybeAllow.Policy == nil || how > maybeAllow.Through):
				maybeAllow = Decision{Unsure: true, Policy: p, Statement: i, Through: how}
			}
		}
	}
	none := Decision{Statement: -1}
	if len(policies) == 1 {
		none.Policy = policies[0]
	}
	switch {
	case maybeDeny.Policy != nil && (allow.Policy != nil || maybeAllow.Policy != nil):
		return maybeDeny
	case allow.Policy != nil:
		return allow
	case maybeAllow.Policy != nil:
		return maybeAllow
	}
	return none
}

// enough says that no further Allow can say more.
func (d Decision) enough(resource bool) bool {
	return d.Effect == Allow && (!resource || d.Through == ThroughPrincipal)
}

// both gives what decides where all of several must allow: an explicit deny
// before an implicit one, what is sure before what is not, the first of those
// that are alike; and the last where all allow.
func both(all ...Decision) Decision {
	rank := func(d Decision) int {
		switch {
		case d.Effect == ExplicitDeny && !d.Unsure:
			return 3
		case d.Effect == ImplicitDeny && !d.Unsure:
			return 2
		case d.Effect != Allow:
			return 1
		}
		return 0
	}
	worst := all[len(all)-1]
	for i := len(all) - 1; i >= 0; i-- {
		if rank(all[i]) > 0 && rank(all[i]) >= rank(worst) {
			worst = all[i]
		}
	}
	return worst
}

// The stages of a decision.
const (
	StageSCP      = "service control policies"
	StageRCP      = "resource control policies"
	StageResource = "policy of the resource"
	StageTrust    = "trust policy"
	StageIdentity = "identity policies"
	StageBoundary = "permissions boundary"
	StageSession  = "session policies"
	StageRoot     = "root of its account"
)

func (d Decision) at(stage string) Decision {
	d.Stage = stage
	return d
}

// Trust holds a request to assume a role against its trust policy alone. Without
// an action it is sts:AssumeRole; the resource does not count.
func Trust(p *Policy, r *Request) Decision {
	q := r.query()
	if q.action == "" {
		q.action = "sts:assumerole"
	}
	return evaluate([]*Policy{p}, &q, true).at(StageTrust)
}

// Level is one node of the way from the root of an organization to an account,
// with the policies of one type that are attached to it.
type Level struct {
	Name     string
	Policies []*Policy
}

// Chain holds a request against the SCPs, or the RCPs, of all levels from the
// root to the account: each must allow, and none may deny. They bind neither the
// management account nor service-linked roles: do not ask for those.
func Chain(levels []Level, r *Request) Decision {
	q := r.query()
	return chain(levels, &q)
}

func chain(levels []Level, q *query) Decision {
	worst := Decision{Statement: -1}
	for i := range levels {
		d := evaluate(levels[i].Policies, q, false)
		d.Level = levels[i].Name
		if i == 0 || d.Effect == Allow && worst.Effect == Allow {
			worst = d
		} else if d.Effect != Allow {
			worst = both(worst, d)
		}
		if worst.Effect == ExplicitDeny && !worst.Unsure {
			break
		}
	}
	return worst
}
