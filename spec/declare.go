package spec

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// thing is what a reference or a list finds by its name.
type thing struct {
	ref  resource.Ref
	line int
}

// things are the objects of the payer that others may refer to, by the kind
// that a reference says and by name.
type things map[string]map[string]thing

// iamKind is how the names of one kind of IAM look.
type iamKind struct {
	kind string // in a reference
	what string // for messages
	most int
	ref  func(name string) resource.Ref
}

// iamKinds are the kinds of IAM that have names.
func iamKinds() (role, policy, group, user iamKind) {
	l := iampolicy.IAMLimits()
	return iamKind{"role", "a role", l.RoleName, RoleRef}, iamKind{"iamPolicy", "an IAM policy", l.PolicyName, IAMPolicyRef},
		iamKind{"group", "a group", l.GroupName, GroupRef}, iamKind{"user", "a user", l.UserName, UserRef}
}

var iamName = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]+$`)

// name checks the name of something in IAM. It says whether it is right.
func (b *builder) iamName(k iamKind, at file.At, s string) bool {
	lower := strings.ToLower(s)
	switch {
	case s == "":
		b.add(at, "the name is empty")
	case len(s) > k.most && iamName.MatchString(s):
		b.add(at, "the name of %s has %s characters", k.what, of(len(s), k.most))
	case !iamName.MatchString(s):
		b.add(at, "want the name of %s: 1 to %d letters, digits or +=,.@_-; have %q", k.what, k.most, strictyaml.Shown(s))
	case k.kind == "role" && (strings.HasPrefix(lower, "awsservicerolefor") || strings.HasPrefix(lower, "awsreservedsso_")):
		b.add(at, "%s is a name that AWS keeps for its own roles", strictyaml.Shown(s))
	default:
		return true
	}
	return false
}

// declareThings notes the names of all that references find, before anything
// is read that may refer to it.
func (b *builder) declareThings() {
	role, policy, group, user := iamKinds()
	for _, v := range b.f.Roles.Value {
		b.declareIAM(role, v.Value.Name)
	}
	for _, v := range b.f.IAMPolicies.Value {
		b.declareIAM(policy, v.Value.Name)
	}
	for _, v := range b.f.Groups.Value {
		b.declareIAM(group, v.Value.Name)
	}
	for _, v := range b.f.Users.Value {
		b.declareIAM(user, v.Value.Name)
	}
	for _, v := range b.f.Buckets.Value {
		b.declareBucket(v.Value.Name)
	}
	for _, v := range b.f.MemberRoles.Value {
		if v.Value.In.Value.Payer.Value {
			b.declareIAM(role, v.Value.Name)
		} else if s := b.plain(v.Value.Name, ""); b.fits(v.Value.Name.At) && !b.iamName(role, v.Value.Name.At, s) {
			b.spoil(v.Value.Name.At)
		}
	}
}

// declareIAM notes a name that is right. IAM takes two names that differ in
// letter case only for one.
func (b *builder) declareIAM(k iamKind, v file.V[string]) {
	s := b.plain(v, "")
	if !b.fits(v.At) || !b.iamName(k, v.At, s) {
		return
	}
	if first, twice := b.folded[k.kind+" "+strings.ToLower(s)]; twice {
		b.add(v.At, "%s %q is there already, on line %d (letter case does not count)", strings.TrimPrefix(strings.TrimPrefix(k.what, "an "), "a "), strictyaml.Shown(s), first)
		return
	}
	b.folded[k.kind+" "+strings.ToLower(s)] = v.Line
	b.declare(k.kind, s, thing{k.ref(s), v.Line})
}

func (b *builder) declare(kind, name string, t thing) {
	if b.things[kind] == nil {
		b.things[kind] = map[string]thing{}
	}
	b.things[kind][name] = t
}

// named lists the names of one kind, sorted.
func (b *builder) named(kind string) []string { return slices.Sorted(maps.Keys(b.things[kind])) }
