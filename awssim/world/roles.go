package world

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// session is what AssumeRole gave.
type session struct {
	account, role, name, token, user string
	expires                          time.Time
	policies                         []string // that narrow the session
	arns                             []string // managed ones that do so
	mfa                              bool
}

// Caller is who a request comes from.
type Caller struct {
	Account, Arn, UserID string
	Role                 bool // a session of a role
	user                 string
	session              *session
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
	userKey   = "AKIASIM1" // of a user that IAM made
	temporary = "ASIASIM0"
)

type keyOwner struct{ account, user string }

// chained is how long the session of a role lasts that was assumed from the
// session of a role, whatever the role's MaxSessionDuration says.
const chained = time.Hour

// administrator is the policy that the role of a made account has.
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

func secretOf(what string) string {
	sum := sha256.Sum256([]byte("secret of " + what))
	return base64.StdEncoding.EncodeToString(sum[:])[:40]
}

// Key is the permanent access key of an account.
func Key(account string) (id, secret string) { return permanent + account, secretOf(account) }

// sandboxUser is whom the permanent key of an account belongs to. IAM does not
// list it; it may do everything.
func sandboxUser(account string) string { return "arn:aws:iam::" + account + ":user/sandbox" }

func sandboxID(account string) string { return "AIDA" + letters(upper, 17, hash(account, "user")) }

// AddRole puts a role into an account, or replaces it, with AWS's policy
// AdministratorAccess. Without trusted, anyone may assume it; trusted holds
// account ids or ARNs, which need not exist.
func (w *World) AddRole(account, name, externalID string, trusted ...string) {
	ids := w.iam(account)
	ids.roles = put(drop(ids.roles, name), w.plainRole(account, name, externalID, trusted))
}

// plainRole is a role without a story: its id follows from its name.
func (w *World) plainRole(account, name, externalID string, trusted []string) *role {
	r := &role{trust: w.plainTrust(externalID, trusted), session: shortestSession}
	r.name, r.path, r.created, r.attached = w.same(name), "/", w.now, onlyAdministrator
	r.id = kindWords[RoleKind].prefix + letters(upper, 17, hash(account, name))
	return r
}

// onlyAdministrator is shared by ten thousand roles: lists of attached
// policies are copied before they are changed.
var onlyAdministrator = []string{administrator}

// plainTrust lets somebody in, with an external id where one is given.
func (w *World) plainTrust(externalID string, trusted []string) *document {
	who := make([]string, len(trusted))
	for i, t := range trusted {
		if who[i] = t; accountDigits.MatchString(t) {
			who[i] = accountRoot(t)
		}
	}
	if len(who) == 0 {
		who = []string{"*"}
	}
	statement := map[string]any{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"AWS": who}}
	if len(who) == 1 {
		statement["Principal"] = map[string]any{"AWS": who[0]}
	}
	if externalID != "" {
		statement["Condition"] = map[string]any{"StringEquals": map[string]string{"sts:ExternalId": externalID}}
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	if err == nil {
		var d *document
		if d, err = w.known(string(text)); err == nil {
			return d
		}
	}
	panic("world: trust of a role: " + err.Error()) // strings alone are in it
}

// WhoIs tells who an access key belongs to. A key that this world did not make
// is the all-powerful user of the account fallback.
func (w *World) WhoIs(key, token, fallback string) (Caller, error) {
	invalid := refuse("InvalidClientTokenId", "The security token included in the request is invalid.")
	switch {
	case strings.HasPrefix(key, temporary):
		s := w.sessions[key]
		switch {
		case s == nil || s.token != token || w.roleID(s.account, s.role) != s.user:
			return Caller{}, invalid
		case !w.now.Before(s.expires):
			return Caller{}, refuse("ExpiredToken", "The security token included in the request is expired.")
		}
		return Caller{Account: s.account, Arn: sessionArn(s.account, s.role, s.name), UserID: s.user + ":" + s.name, Role: true, session: s}, nil
	case strings.HasPrefix(key, userKey):
		k, ok := w.keys[key]
		if !ok {
			return Caller{}, invalid
		}
		u, err := w.user(k.account, k.user)
		if err != nil {
			return Caller{}, invalid
		}
		return Caller{Account: k.account, Arn: u.arn(k.account, UserKind), UserID: u.id, user: u.name}, nil
	}
	account := fallback
	if id, ok := strings.CutPrefix(key, permanent); ok && len(id) == 12 {
		account = id
	}
	return Caller{Account: account, Arn: sandboxUser(account), UserID: sandboxID(account)}, nil
}

func sessionArn(account, role, name string) string {
	return "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + name
}

// roleID is the id of a role, "" where there is none of that name.
func (w *World) roleID(account, name string) string {
	if a := w.accounts[account]; a != nil && a.iam != nil {
		if r, ok := exactly(a.iam.roles, name); ok {
			return r.id
		}
	}
	return ""
}

// AccountOfKey tells the account of a key that this world made.
func (w *World) AccountOfKey(key, fallback string) string {
	if s := w.sessions[key]; s != nil {
		return s.account
	}
	if k, ok := w.keys[key]; ok {
		return k.account
	}
	if id, ok := strings.CutPrefix(key, permanent); ok && len(id) == 12 {
		return id
	}
	return fallback
}

func (w *World) newSession(s *session) *Credentials {
	for k, s := range w.sessions {
		if w.now.After(s.expires.Add(24 * time.Hour)) {
			delete(w.sessions, k)
		}
	}
	n := w.next()
	seed := hash(s.account, s.role, s.name) + n
	key := temporary + letters(upper, 12, seed)
	sum := sha256.Sum256(fmt.Append(nil, "session ", seed))
	secret := base64.StdEncoding.EncodeToString(sum[:])
	s.token = "SIM" + letters(upper, 200, seed+1)
	w.sessions[key] = s
	return &Credentials{
		AccessKeyID: key, Secret: secret[:40], Token: s.token, Expires: s.expires,
		RoleID: s.user + ":" + s.name, Arn: sessionArn(s.account, s.role, s.name),
	}
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
