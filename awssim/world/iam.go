package world

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Kind is what an identity of IAM is.
type Kind uint8

// The kinds of identities.
const (
	RoleKind Kind = iota
	UserKind
	GroupKind
)

// kindWords are what IAM calls a kind, the first letters of its ids, and what
// its inline policies may hold in sum, white space not counted. Source: "IAM
// and AWS STS quotas" of the IAM user guide, as are all numbers below.
var kindWords = [...]struct {
	name, prefix string
	inline       int
}{
	RoleKind:  {"role", "AROA", 10240},
	UserKind:  {"user", "AIDA", 2048},
	GroupKind: {"group", "AGPA", 5120},
}

const (
	maxRoles        = 1000
	maxUsers        = 5000
	maxGroups       = 300
	maxPolicies     = 1500
	maxAttached     = 10 // managed policies of one role, user or group
	maxVersions     = 5
	maxUserGroups   = 10
	maxAccessKeys   = 2
	maxMFADevices   = 8
	maxTrustSize    = 2048
	maxManagedSize  = 6144
	shortestSession = 3600
)

// identities are the IAM of one account, each list in the order of its names.
type identities struct {
	roles    []*role
	users    []*user
	groups   []*group
	policies []*managedPolicy
}

// entity is what roles, users and groups have in common.
type entity struct {
	name, path, id string
	created        time.Time
	fresh          bool // it is not known everywhere before its time has come
	inline         []inlinePolicy
	attached       []string // ARNs, in the order they came
	boundary       string
	tags           []Tag
}

type inlinePolicy struct {
	name string
	doc  *document
}

// role is an IAM role.
type role struct {
	entity
	trust   *document
	bound   []boundPrincipal
	desc    string
	session int32  // the longest session, in seconds
	service string // whose service-linked role it is
}

// boundPrincipal is a principal of a trust policy as IAM keeps it: another one
// that is made later under the same name is not meant.
type boundPrincipal struct{ arn, id string }

type user struct {
	entity
	keys  []accessKey
	login *login
	mfa   []mfaDevice

	ssh, certificates, credentials []credential
}

type accessKey struct {
	id      string
	created time.Time
}

type login struct {
	created time.Time
	reset   bool
}

type mfaDevice struct {
	serial  string
	created time.Time
}

type group struct {
	entity
	members []*user
}

func (e *entity) key() string   { return strings.ToLower(e.name) }
func (e *entity) base() *entity { return e }

// based is a role, a user or a group.
type based interface {
	key() string
	base() *entity
}

// seek finds a name in a sorted list, without regard to the case of letters.
func seek[T interface{ key() string }](list []T, name string) (int, bool) {
	return slices.BinarySearchFunc(list, strings.ToLower(name), func(x T, k string) int { return strings.Compare(x.key(), k) })
}

// put adds to a sorted list what is not in it.
func put[T interface{ key() string }](list []T, x T) []T {
	i, _ := seek(list, x.key())
	return slices.Insert(list, i, x)
}

// drop takes a name out of a sorted list.
func drop[T interface{ key() string }](list []T, name string) []T {
	if i, ok := seek(list, name); ok {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// exactly finds a name in a sorted list, letter by letter.
func exactly[T based](list []T, name string) (x T, ok bool) {
	i, ok := seek(list, name)
	if !ok || list[i].base().name != name {
		return x, false
	}
	return list[i], true
}

// iam is the IAM of an account.
func (w *World) iam(id string) *identities {
	a := w.account(id)
	if a.iam == nil {
		a.iam = &identities{}
	}
	return a.iam
}

func noEntity(format string, args ...any) *Error { return refuse("NoSuchEntity", format, args...) }

func limitExceeded(format string, args ...any) *Error {
	return refuse("LimitExceeded", format, args...)
}

func taken(kind, name string) *Error {
	return refuse("EntityAlreadyExists", "%s with name %s already exists.", strings.ToUpper(kind[:1])+kind[1:], name)
}

// entity finds a role, a user or a group.
func (w *World) entity(who string, k Kind, name string) (*entity, error) {
	var x based
	var ok bool
	in := w.iam(who)
	switch k {
	case RoleKind:
		x, ok = exactly(in.roles, name)
	case UserKind:
		x, ok = exactly(in.users, name)
	case GroupKind:
		x, ok = exactly(in.groups, name)
	}
	if !ok {
		return nil, noEntity("The %s with name %s cannot be found.", kindWords[k].name, name)
	}
	return x.base(), nil
}

func (w *World) role(who, name string) (*role, error) {
	r, ok := exactly(w.iam(who).roles, name)
	if !ok {
		return nil, noEntity("The role with name %s cannot be found.", name)
	}
	return r, nil
}

// own is a role that its account may change.
func (w *World) ownRole(who, name string) (*role, error) {
	r, err := w.role(who, name)
	if err != nil {
		return nil, err
	}
	if r.service != "" {
		return nil, refuse("UnmodifiableEntity", "Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", name)
	}
	return r, nil
}

func (w *World) user(who, name string) (*user, error) {
	u, ok := exactly(w.iam(who).users, name)
	if !ok {
		return nil, noEntity("The user with name %s cannot be found.", name)
	}
	return u, nil
}

func (w *World) group(who, name string) (*group, error) {
	g, ok := exactly(w.iam(who).groups, name)
	if !ok {
		return nil, noEntity("The group with name %s cannot be found.", name)
	}
	return g, nil
}

// changeable refuses what only AWS may change.
func (w *World) changeable(who string, k Kind, name string) (*entity, error) {
	if k == RoleKind {
		r, err := w.ownRole(who, name)
		if err != nil {
			return nil, err
		}
		return &r.entity, nil
	}
	return w.entity(who, k, name)
}

// newEntity is a new role, user or group.
func (w *World) newEntity(who string, k Kind, path, name string) entity {
	if path == "" {
		path = "/"
	}
	id := kindWords[k].prefix + letters(upper, 17, hash(who, kindWords[k].name, name)+w.next())
	return entity{name: w.same(name), path: w.same(path), id: id, created: w.now, fresh: true}
}

// arn is the ARN of a role, user or group.
func (e *entity) arn(who string, k Kind) string {
	return "arn:aws:iam::" + who + ":" + kindWords[k].name + e.path + e.name
}

// settled tells whether all of AWS knows what was made.
func (w *World) settled(e *entity) bool {
	return !e.fresh || !w.now.Before(e.created.Add(w.cfg.RoleSettle))
}

// encoded is how IAM gives documents: every character but letters, digits and
// a few signs with a percent sign.
func encoded(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// NamedPage asks for the entries after a name, at most Max of them.
type NamedPage struct {
	After string
	Max   int
}

// pageAfter returns entries of a list in the order of its keys, and the key to go
// on after: "" at the end.
func pageAfter[T any](list []T, key func(T) string, p NamedPage, keep func(T) bool) ([]T, string) {
	out := []T{}
	for _, x := range list {
		if key(x) <= p.After && p.After != "" || keep != nil && !keep(x) {
			continue
		}
		if len(out) == p.Max {
			return out, key(out[len(out)-1])
		}
		out = append(out, x)
	}
	return out, ""
}

// under tells whether a path begins with a prefix.
func (e *entity) under(prefix string) bool { return strings.HasPrefix(e.path, prefix) }
