package iampolicy

// Access is all that decides about a principal and a resource.
type Access struct {
	SCPs     []Level   // of the principal's account; none where none bind it
	RCPs     []Level   // of the resource's account; none where none bind it
	Identity []*Policy // of the principal and its groups
	Boundary *Policy   // of the principal; nil: none
	Session  []*Policy // given when the session began; none: all that the role may
	Resource *Policy   // of the resource, or the trust policy of a role; nil: none
	// Account owns the resource; "" is the principal's own.
	Account string
	// Exclusive says that the policy of the resource must allow its own account
	// too, as the trust policy of a role and the policy of a key must.
	Exclusive bool
}

// Decide says whether the request is allowed, and what decided.
func (a *Access) Decide(r *Request) Decision {
	q := r.query()
	who := r.Principal
	all := make([]Decision, 0, 6)
	if len(a.SCPs) > 0 && who.Account() != "" {
		all = append(all, chain(a.SCPs, &q).at(StageSCP))
	}
	if len(a.RCPs) > 0 {
		all = append(all, chain(a.RCPs, &q).at(StageRCP))
	}
	res := Decision{Statement: -1}
	if a.Resource != nil {
		res = evaluate([]*Policy{a.Resource}, &q, true)
	}
	res = res.at(StageResource)
	if who.Account() == "" {
		return both(append(all, res)...)
	}
	id := Decision{Effect: Allow, Statement: -1, Stage: StageRoot}
	if who.kind() != "root" {
		id = evaluate(a.Identity, &q, false).at(StageIdentity)
	}
	limits := a.limits(&q)

	same := a.Account == "" || a.Account == who.Account()
	direct := same && res.Effect == Allow && res.Through != ThroughAccount
	switch {
	case direct && res.Through == ThroughPrincipal:
		all = append(denials(all, id), denials(nil, limits...)...)
		all = append(all, res)
	case direct:
		all = append(denials(all, id), append(limits, res)...)
	case same && !a.Exclusive:
		if id.Effect == ImplicitDeny && res.Effect == ImplicitDeny && res.Unsure {
			id = res
		}
		all = append(denials(all, res), append(limits, id)...)
	default:
		all = append(append(all, res), append(limits, id)...)
	}
	return both(all...)
}

// limits are what cuts down the principal's own policies.
func (a *Access) limits(q *query) []Decision {
	var l []Decision
	if a.Boundary != nil {
		l = append(l, evaluate([]*Policy{a.Boundary}, q, false).at(StageBoundary))
	}
	if len(a.Session) > 0 {
		l = append(l, evaluate(a.Session, q, false).at(StageSession))
	}
	return l
}

// denials adds to all what denies explicitly.
func denials(all []Decision, more ...Decision) []Decision {
	for _, d := range more {
		if d.Effect == ExplicitDeny {
			all = append(all, d)
		}
	}
	return all
}
