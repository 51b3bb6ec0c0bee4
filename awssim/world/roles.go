package world

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// role is an IAM role that can be assumed. An empty trusted list trusts all.
type role struct {
	name, externalID string
	trusted          []string // account ids or ARNs
}

// session is what AssumeRole gave.
type session struct {
	account, role, name, token, user string
	expires                          time.Time
}

// Caller is who a request comes from.
type Caller struct {
	Account, Arn, UserID string
	Role                 bool // a session of a role
}

// Credentials are what AssumeRole answers.
type Credentials struct {
	AccessKeyID, Secret, Token string
	Expires                    time.Time
	RoleID, Arn                string
}

// Keys that this world makes are told by their first letters.
const (
	permanent = "AKIASIM0" // and the account id
	temporary = "ASIASIM0"
)

// maxSession is the MaxSessionDuration that AWS gives a new role. Roles
// assumed from a role last no longer, whatever they say.
const maxSession = time.Hour

// Key is the permanent access key of an account.
func Key(account string) (id, secret string) {
	sum := sha256.Sum256([]byte("secret of " + account))
	return permanent + account, base64.StdEncoding.EncodeToString(sum[:])[:40]
}

// AddRole puts a role into an account, or replaces it. Without trusted, anyone
// may assume it; trusted holds account ids or ARNs.
func (w *World) AddRole(account, name, externalID string, trusted ...string) {
	a := w.account(account)
	a.roles = slices.DeleteFunc(a.roles, func(r role) bool { return r.name == name })
	a.roles = append(a.roles, role{name, externalID, trusted})
}

// WhoIs tells who an access key belongs to. A key that this world did not make
// is a user of the account fallback.
func (w *World) WhoIs(key, token, fallback string) (Caller, error) {
	if strings.HasPrefix(key, temporary) {
		s := w.sessions[key]
		switch {
		case s == nil || s.token != token:
			return Caller{}, refuse("InvalidClientTokenId", "The security token included in the request is invalid.")
		case !w.now.Before(s.expires):
			return Caller{}, refuse("ExpiredToken", "The security token included in the request is expired.")
		}
		arn := "arn:aws:sts::" + s.account + ":assumed-role/" + s.role + "/" + s.name
		return Caller{Account: s.account, Arn: arn, UserID: s.user + ":" + s.name, Role: true}, nil
	}
	account := fallback
	if id, ok := strings.CutPrefix(key, permanent); ok && len(id) == 12 {
		account = id
	}
	user := "AIDA" + letters(upper, 17, hash(account, "user"))
	return Caller{Account: account, Arn: "arn:aws:iam::" + account + ":user/sandbox", UserID: user}, nil
}

// AccountOfKey tells the account of a key that this world made.
func (w *World) AccountOfKey(key, fallback string) string {
	if s := w.sessions[key]; s != nil {
		return s.account
	}
	if id, ok := strings.CutPrefix(key, permanent); ok && len(id) == 12 {
		return id
	}
	return fallback
}

// AssumeRole gives temporary credentials where the role exists, trusts the
// caller and gets the external id that it asks for.
func (w *World) AssumeRole(c Caller, roleArn, name, externalID string, d time.Duration) (*Credentials, error) {
	no := refuse("AccessDenied", "User: %s is not authorized to perform: sts:AssumeRole on resource: %s", c.Arn, roleArn)
	account, path, ok := splitRoleArn(roleArn)
	if !ok {
		return nil, refuse("ValidationError", "%s is invalid", roleArn)
	}
	a := w.accounts[account]
	if a == nil || a.state == Closed {
		return nil, no
	}
	i := slices.IndexFunc(a.roles, func(r role) bool { return r.name == path })
	if i < 0 || !a.roles[i].trusts(c, w) || a.roles[i].externalID != "" && a.roles[i].externalID != externalID {
		return nil, no
	}
	if d > maxSession && c.Role {
		return nil, refuse("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	if d > maxSession {
		return nil, refuse("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if d == 0 {
		d = maxSession
	}
	return w.newSession(account, path, name, d), nil
}

func (w *World) newSession(account, role, name string, d time.Duration) *Credentials {
	for k, s := range w.sessions {
		if w.now.After(s.expires.Add(24 * time.Hour)) {
			delete(w.sessions, k)
		}
	}
	n := w.next()
	seed := hash(account, role, name) + n
	key := temporary + letters(upper, 12, seed)
	sum := sha256.Sum256(fmt.Append(nil, "session ", seed))
	secret := base64.StdEncoding.EncodeToString(sum[:])
	s := &session{account: account, role: role, name: name, expires: w.now.Add(d), token: "SIM" + letters(upper, 200, seed+1)}
	s.user = "AROA" + letters(upper, 17, hash(account, role))
	w.sessions[key] = s
	return &Credentials{
		AccessKeyID: key, Secret: secret[:40], Token: s.token, Expires: s.expires,
		RoleID: s.user + ":" + name, Arn: "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + name,
	}
}

// trusts tells whether the caller stands in the trust of a role: by its
// account, by its ARN, or by the ARN of the role whose session it is.
func (r role) trusts(c Caller, w *World) bool {
	if len(r.trusted) == 0 {
		return true
	}
	for _, t := range r.trusted {
		if t == c.Account || t == "arn:aws:iam::"+c.Account+":root" || t == c.Arn {
			return true
		}
		if c.Role && strings.HasPrefix(t, "arn:aws:iam::") {
			who, name, ok := splitRoleArn(t)
			if ok && strings.HasPrefix(c.Arn, "arn:aws:sts::"+who+":assumed-role/"+name+"/") {
				return true
			}
		}
	}
	return false
}

// splitRoleArn takes the account and the name out of a role's ARN; a path
// before the name is dropped, as IAM does in session ARNs.
func splitRoleArn(arn string) (account, name string, ok bool) {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[2] != "iam" || len(p[4]) != 12 {
		return "", "", false
	}
	rest, ok := strings.CutPrefix(p[5], "role/")
	name = rest[strings.LastIndex(rest, "/")+1:]
	return p[4], name, ok && name != ""
}
