package spec

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// The patterns are those of the service model of IAM (pathType, policyPathType,
// roleDescriptionType).
var (
	iamPath       = regexp.MustCompile(`^/([\x21-\x7e]+/)?$`)
	iamPolicyPath = regexp.MustCompile(`^((/[A-Za-z0-9.,+@=_-]+)*)/$`)
	plainText     = regexp.MustCompile(`^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$`)
	latinText     = regexp.MustCompile(`^[\t\n\r\x20-\x7e\x{a1}-\x{ff}]*$`)
)

// roles reads the roles of the payer.
func (b *builder) roles() {
	for _, v := range b.f.Roles.Value {
		b.p.Roles = append(b.p.Roles, b.role(v.At, v.Value, false))
	}
}

// role reads one role, of the payer or of members.
func (b *builder) role(at file.At, f file.Role, member bool) Role {
	l := iampolicy.IAMLimits()
	r := Role{Pos: pos(at), Name: b.plain(f.Name, ""), Path: b.path(f.Path, iamPath), Handoff: f.Handoff.Value,
		Adopt: adoption(f.Adopt), TrustPos: pos(f.Trust.At)}
	if strings.HasPrefix(r.Path, "/aws-service-role/") || strings.HasPrefix(r.Path, "/aws-reserved/") {
		b.add(f.Path.At, "AWS keeps this path for its own roles")
	}
	r.Trust = b.trust(f.Trust)
	r.Description = b.description(f.Description, latinText)
	if v := f.MaxSessionDuration; b.fits(v.At) {
		if r.MaxSession = v.Value.Seconds; r.MaxSession < l.MinSession || r.MaxSession > l.MaxSession {
			b.add(v.At, "a session lasts 1h to 12h at most, not %s", seconds(r.MaxSession))
		}
	}
	r.Boundary = b.boundary(f.PermissionsBoundary, member)
	h := holder{what: "a role", inline: l.InlineRole, attached: l.AttachedRole, member: member}
	b.exact(h, f.Exclusive, "inlinePolicies or managedPolicies", f.InlinePolicies.At, f.ManagedPolicies.At)
	r.Policies = b.attached(h, lists{f.InlinePolicies, f.ManagedPolicies, f.Absent, f.Exclusive})
	r.Tags = b.iamTags(f.Tags, f.Handoff.Value)
	return r
}

// adoption reads adopt: true, or {own: …}.
func adoption(v file.V[file.Adopt]) Adopt {
	own := v.Value.Own
	return Adopt{Adopt: v.Set() && (v.Value.Yes.Value || own.Set()), Own: own.Value.Own.Value}
}

// path reads the path of something in IAM; / where there is none.
func (b *builder) path(v file.V[string], pattern *regexp.Regexp) string {
	if !b.fits(v.At) {
		return "/"
	}
	s := b.plain(v, "")
	switch most := iampolicy.IAMLimits().Path; {
	case !b.fits(v.At):
	case len(s) > most:
		b.add(v.At, "the path has %s characters", of(len(s), most))
	case !pattern.MatchString(s):
		b.add(v.At, "want a path with a slash at both ends, such as /vendors/; have %q", strictyaml.Shown(s))
	}
	return s
}

// description reads what something of IAM is for; nil where nothing is said.
func (b *builder) description(v file.V[string], pattern *regexp.Regexp) *resource.Text {
	if !b.fits(v.At) {
		return nil
	}
	t, least := b.textLeast(v.At, v.Value, "")
	most := iampolicy.IAMLimits().Description
	if least > most {
		b.add(v.At, "%s characters are too many", of(least, most))
	}
	literal := t.Resolve(func(resource.Ref, string) (string, bool) { return "", true })
	for _, r := range literal.Value() {
		if !pattern.MatchString(string(r)) {
			b.add(v.At, "AWS does not take the character %q here", r)
			break
		}
	}
	return &t
}

// iamTags reads the tags of something in IAM, where the letter case of a key
// does not make it another.
func (b *builder) iamTags(v file.V[file.Map[file.Tag]], handoff bool) map[string]*resource.Text {
	ours := ownTags
	if handoff {
		ours++ // that says so
	}
	tags := b.tags(v, "", ours)
	if len(v.Value) == 0 {
		return tags
	}
	first := map[string]string{}
	for key := range b.p.Tags {
		first[strings.ToLower(key)] = key
	}
	for _, e := range v.Value {
		key, lower := e.Key.Value, strings.ToLower(e.Key.Value)
		if other, ok := first[lower]; ok && other != key {
			b.add(e.Key.At, "the tags %q and %q are one to IAM: letter case does not count", strictyaml.Shown(other), strictyaml.Shown(key))
		}
		first[lower] = key
	}
	return tags
}

// seconds writes a length of time as a person would.
func seconds(n int) string {
	switch {
	case n != 0 && n%3600 == 0:
		return itoa(n/3600) + "h"
	case n != 0 && n%60 == 0:
		return itoa(n/60) + "m"
	}
	return itoa(n) + "s"
}

func runes(s string) int { return utf8.RuneCountInString(s) }
