package world

import (
	"regexp"
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
	if err := w.trusts(account, r, c, in, mfa); err != nil {
		return nil, err
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

// trusts holds the caller against the trust policy of a role, and, where
// policies are enforced, against its own.
func (w *World) trusts(account string, r *role, c Caller, in NewSession, mfa bool) error {
	context := map[string][]string{"sts:rolesessionname": {in.Name}, "sts:externalid": nil, "aws:multifactorauthpresent": nil}
	if in.ExternalID != "" {
		context["sts:externalid"] = []string{in.ExternalID}
	}
	if c.Role || in.Serial != "" {
		context["aws:multifactorauthpresent"] = []string{strconv.FormatBool(mfa)}
	}
	trust := r.trust.compiled()
	if shown := w.shownTrust(r); shown != r.trust.text {
		trust = compile(shown)
	}
	return w.Authorize(c, Need{Action: "sts:AssumeRole", Resource: in.RoleArn, Context: context, policy: trust, account: account, exclusive: true})
}
