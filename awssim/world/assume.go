package world

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// NewSession is what AssumeRole is asked for.
type NewSession struct {
	RoleArn, Name, ExternalID string
	Duration                  time.Duration // zero: an hour
	Policy                    string        // narrows the session, "" where it does not
	PolicyArns                []string      // managed policies that do so
	Serial, Code              string        // of an MFA device
}

// AssumeRole gives temporary credentials where the role exists, is known
// everywhere by now, and its trust policy lets the caller in.
func (w *World) AssumeRole(c Caller, in NewSession) (*Credentials, error) {
	no := refuse("AccessDenied", "User: %s is not authorized to perform: sts:AssumeRole on resource: %s", c.Arn, in.RoleArn)
	account, name, ok := splitRoleArn(in.RoleArn)
	if !ok {
		return nil, refuse("ValidationError", "%s is invalid", in.RoleArn)
	}
	a := w.accounts[account]
	if a == nil || a.state == Closed || a.iam == nil {
		return nil, no
	}
	r, ok := exactly(a.iam.roles, name)
	if !ok || r.arn(account, RoleKind) != in.RoleArn || !w.settled(&r.entity) {
		return nil, no
	}
	mfa, err := w.mfaOf(c, in)
	if err != nil {
		return nil, err
	}
	if !w.trusts(r, c, in, mfa) {
		return nil, no
	}
	d, err := in.length(c, r)
	if err != nil {
		return nil, err
	}
	s := &session{account: account, role: r.name, name: in.Name, user: r.id, expires: w.now.Add(d), mfa: mfa}
	if err := w.narrow(s, in); err != nil {
		return nil, err
	}
	return w.newSession(s), nil
}

// length is how long a session lasts.
func (in NewSession) length(c Caller, r *role) (time.Duration, error) {
	switch most := time.Duration(r.session) * time.Second; {
	case in.Duration > chained && c.Role:
		return 0, refuse("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	case in.Duration > most:
		return 0, refuse("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	case in.Duration == 0:
		return time.Hour, nil
	}
	return in.Duration, nil
}

// narrow puts the session's own policies in place.
func (w *World) narrow(s *session, in NewSession) error {
	if in.Policy != "" {
		doc, err := w.identityDocument(in.Policy)
		if err != nil {
			return err
		}
		s.policies = []string{doc.text}
	}
	for _, arn := range in.PolicyArns {
		if w.policyAt(s.account, arn) == nil {
			return malformed("Policy %s does not exist or is not attachable.", arn)
		}
		s.arns = append(s.arns, arn)
	}
	return nil
}

var mfaCode = regexp.MustCompile(`^\d{6}$`)

// mfaOf tells whether the caller signs in with a device: a user with one of
// its own, the all-powerful one with any of its account. The code is not
// looked at.
func (w *World) mfaOf(c Caller, in NewSession) (bool, error) {
	if in.Serial == "" && in.Code == "" {
		return c.session != nil && c.session.mfa, nil
	}
	failed := refuse("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")
	if c.Role || !mfaCode.MatchString(in.Code) {
		return false, failed
	}
	if c.user == "" {
		if !strings.HasPrefix(in.Serial, "arn:aws:iam::"+c.Account+":mfa/") {
			return false, failed
		}
		return true, nil
	}
	if u, err := w.user(c.Account, c.user); err != nil || u.device(in.Serial) < 0 {
		return false, failed
	}
	return true, nil
}

// trusts holds the caller against the trust policy of a role: a Deny that
// fits, or no Allow that does, keeps it out.
func (w *World) trusts(r *role, c Caller, in NewSession, mfa bool) bool {
	context := map[string][]string{
		"sts:rolesessionname":       {in.Name},
		"aws:principalaccount":      {c.Account},
		"aws:principalarn":          {w.principalArn(c)},
		"aws:userid":                {c.UserID},
		"sts:durationseconds":       {strconv.Itoa(int(in.Duration / time.Second))},
		"aws:principaltype":         {"User"},
		"aws:viaawsservice":         {"false"},
		"aws:securetransport":       {"true"},
		"aws:principalisawsservice": {"false"},
	}
	if in.ExternalID != "" {
		context["sts:externalid"] = []string{in.ExternalID}
	}
	if c.Role || in.Serial != "" {
		context["aws:multifactorauthpresent"] = []string{strconv.FormatBool(mfa)}
	}
	allowed := false
	for _, s := range statements(&r.trust.root) {
		if !actionFits(s, "sts:AssumeRole") || !w.namesCaller(s, r, c) || !conditionsFit(s.get("Condition"), context) {
			continue
		}
		if s.get("Effect").text == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

// principalArn is the ARN of the user, or of the role whose session it is.
func (w *World) principalArn(c Caller) string {
	if c.session == nil {
		return c.Arn
	}
	if r, err := w.role(c.Account, c.session.role); err == nil {
		return r.arn(c.Account, RoleKind)
	}
	return c.Arn
}

func actionFits(s *value, action string) bool {
	list, negate := s.get("Action"), false
	if list == nil {
		list, negate = s.get("NotAction"), true
	}
	texts, _ := list.texts()
	return negate != slices.ContainsFunc(texts, func(t *value) bool {
		return like(strings.ToLower(t.text), strings.ToLower(action))
	})
}

// namesCaller tells whether a statement's Principal is the caller. A role or
// user that was made anew under an old name is another one.
func (w *World) namesCaller(s *value, r *role, c Caller) bool {
	p, negate := s.get("Principal"), false
	if p == nil {
		p, negate = s.get("NotPrincipal"), true
	}
	if p.text == "*" {
		return !negate
	}
	aws := p.get("AWS")
	if aws == nil {
		return negate
	}
	texts, _ := aws.texts()
	self := w.principalArn(c)
	id, _, _ := strings.Cut(c.UserID, ":")
	return negate != slices.ContainsFunc(texts, func(t *value) bool {
		for _, b := range r.bound {
			if b.arn == t.text && b.id != id {
				return false
			}
		}
		return t.text == "*" || t.text == accountRoot(c.Account) || t.text == self || t.text == c.Arn
	})
}

// conditionsFit holds the blocks of a Condition against what is known of the
// request: all must fit. What this world does not know, does not.
func conditionsFit(c *value, context map[string][]string) bool {
	if c == nil {
		return true
	}
	for i, op := range c.names {
		block := &c.items[i]
		for j, key := range block.names {
			if !conditionFits(op, context[strings.ToLower(key)], block.items[j].scalars()) {
				return false
			}
		}
	}
	return true
}

func (v *value) scalars() []string {
	if v.isText {
		return []string{v.text}
	}
	if v.scalar != nil {
		return []string{string(v.scalar)}
	}
	var out []string
	for i := range v.items {
		out = append(out, v.items[i].scalars()...)
	}
	return out
}

func conditionFits(op string, have, want []string) bool {
	op, optional := strings.CutSuffix(op, "IfExists")
	if op == "Null" {
		return slices.Contains(want, strconv.FormatBool(len(have) == 0))
	}
	_, negate := map[string]bool{"StringNotEquals": true, "StringNotLike": true, "ArnNotEquals": true, "ArnNotLike": true, "StringNotEqualsIgnoreCase": true}[op]
	if len(have) == 0 {
		return optional || negate
	}
	match := func(a, b string) bool { return a == b }
	switch op {
	case "StringEquals", "StringNotEquals", "NumericEquals":
	case "Bool", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase":
		match = strings.EqualFold
	case "StringLike", "StringNotLike", "ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals":
		match = func(a, b string) bool { return like(b, a) }
	default:
		return false
	}
	return negate != slices.ContainsFunc(have, func(h string) bool {
		return slices.ContainsFunc(want, func(x string) bool { return match(h, x) })
	})
}
