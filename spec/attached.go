package spec

import (
	"regexp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// holder is what has policies: a role, a group, a user.
type holder struct {
	what     string // with its article
	inline   int    // characters of its inline policies in sum
	attached int    // managed policies
	member   bool   // it is in member accounts
}

// lists are the keys that say which policies a holder has.
type lists struct {
	inline    file.V[file.Map[file.InlinePolicy]]
	managed   file.List[string]
	absent    file.List[string]
	exclusive file.V[bool]
}

// exact says that a holder keeps to its lists, of which it must set one.
func (b *builder) exact(h holder, exclusive file.V[bool], lists string, set ...file.At) {
	if exclusive.Value && !slices.ContainsFunc(set, file.At.Set) {
		b.add(exclusive.At, "holds for the lists that %s sets, and it sets none: %s; an empty list says that there is nothing else", h.what, lists)
	}
}

// attached reads what is embedded in and attached to a holder.
func (b *builder) attached(h holder, f lists) Policies {
	p := Policies{ExactInline: f.exclusive.Value && f.inline.Set(), ExactManaged: f.exclusive.Value && f.managed.Set()}
	sum := 0
	for _, e := range f.inline.Value {
		i, least, ok := b.inlinePolicy(h, e)
		if sum += least; ok {
			p.Inline = append(p.Inline, i)
		}
	}
	if sum > h.inline {
		b.add(f.inline.At, "the policies embedded in %s have %s characters in sum; a policy of iamPolicies takes more", h.what, of(sum, h.inline))
	}
	first := map[string]stands{}
	p.Managed = b.managedList(h, f.managed, false, first)
	if limit := b.p.Limits.attached(h.attached); len(p.Managed) > limit {
		b.add(f.managed.At, "%s policies attached to %s", of(len(p.Managed), limit), h.what)
	}
	p.Managed = append(p.Managed, b.managedList(h, f.absent, true, first)...)
	return p
}

// attached gives how many managed policies one role, user or group may have.
func (l Limits) attached(aws int) int {
	if l.ManagedPolicies > 0 {
		return l.ManagedPolicies
	}
	return aws
}

// Trust gives how many characters the trust policy of a role may have.
func (l Limits) Trust() int {
	if l.TrustCharacters > 0 {
		return l.TrustCharacters
	}
	return iampolicy.IAMLimits().Trust
}

func (b *builder) inlinePolicy(h holder, e file.Entry[file.InlinePolicy]) (p InlinePolicy, least int, ok bool) {
	_, policy, _, _ := iamKinds()
	policy.what = "an inline policy"
	named := b.iamName(policy, e.Key.At, e.Key.Value)
	p = InlinePolicy{Pos: pos(e.Key.At), Name: e.Key.Value}
	switch v := e.Value; {
	case !b.fits(v.At):
		return p, 0, false
	case v.Value.Absent.Set():
		p.Document = resource.None()
		return p, 0, named
	default:
		d, ok := b.document(written{at: v.At, what: "an inline policy", kind: iampolicy.IdentityPolicy,
			file: v.Value.Policy.Value.File, doc: v.Value.Policy.Value.Document})
		p.Document, p.Source = d.text, d.source
		return p, d.least, ok && named
	}
}

// stands is where a managed policy is named, and in which list.
type stands struct {
	line   int
	absent bool
}

// managedList reads a list of managed policies, in which each stands once; first
// has what other lists of the holder name.
func (b *builder) managedList(h holder, list file.List[string], absent bool, first map[string]stands) []ManagedPolicy {
	var all []ManagedPolicy
	for _, v := range list.Value {
		if !b.fits(v.At) {
			continue
		}
		arn, ok := b.managed(v.At, v.Value, h.member)
		if !ok {
			continue
		}
		before, twice := first[arn.String()]
		switch {
		case twice && before.absent != absent:
			b.add(v.At, "%q must be attached by line %d and absent here", strictyaml.Shown(v.Value), before.line)
			continue
		case twice:
			b.add(v.At, "%q stands here twice, first on line %d", strictyaml.Shown(v.Value), before.line)
			continue
		}
		first[arn.String()] = stands{v.Line, absent}
		all = append(all, ManagedPolicy{Pos: pos(v.At), ARN: arn, Absent: absent})
	}
	return all
}

var managedARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy(/[A-Za-z0-9.,+@=_-]+)*/([A-Za-z0-9+=,.@_-]{1,128})$`)

// managed reads a managed policy: an ARN, the name of an entry of iamPolicies,
// or a reference to one.
func (b *builder) managed(at file.At, s string, member bool) (resource.Text, bool) {
	if _, ok := b.things["iamPolicy"][s]; ok || iamName.MatchString(s) {
		return b.managedName(at, s, member)
	}
	before := len(b.list) + b.more
	t := b.text(at, s, "")
	if len(b.list)+b.more != before {
		return t, false
	}
	arn, known := t.Known()
	if !known {
		return t, b.managedReference(at, t, member)
	}
	g := managedARN.FindStringSubmatch(arn)
	switch {
	case g == nil:
		b.add(at, "want the ARN of a managed policy, such as arn:%s:iam::aws:policy/ReadOnlyAccess, or a name in iamPolicies; have %q", b.p.Partition(), strictyaml.Shown(arn))
		return t, false
	case b.abroad(at, arn):
		return t, false
	case g[1] == "aws":
		return t, true
	case member && g[1] == b.p.AccountID:
		b.add(at, "the policy is in the payer: a role in a member takes AWS's own policies, or those of its account")
		return t, false
	case !member && accountID.MatchString(b.p.AccountID) && g[1] != b.p.AccountID:
		b.add(at, "the policy is in account %s, the payer is %s", g[1], b.p.AccountID)
		return t, false
	}
	if p, ok := b.things["iamPolicy"][g[3]]; ok && !member {
		return resource.Output(p.ref, "arn"), true // so that it is made before
	}
	return t, true
}

// abroad tells of an ARN of another partition than the payer's.
func (b *builder) abroad(at file.At, arn string) bool {
	partition, _, _ := strings.Cut(strings.TrimPrefix(arn, "arn:"), ":")
	if partition == b.p.Partition() {
		return false
	}
	b.add(at, "the ARN is of the partition %s, and the payer is in %s: AWS refuses it", partition, b.p.Partition())
	return true
}

func (b *builder) managedName(at file.At, s string, member bool) (resource.Text, bool) {
	p, ok := b.things["iamPolicy"][s]
	switch {
	case !ok && b.full():
		b.add(at, "no policy %q in iamPolicies", strictyaml.Shown(s))
	case !ok:
		b.add(at, "no policy %q in iamPolicies%s; a policy of AWS is named by its ARN, arn:%s:iam::aws:policy/…", strictyaml.Shown(s), strictyaml.Meant(s, b.named("iamPolicy")), b.p.Partition())
	case member:
		b.add(at, "%q of iamPolicies is in the payer: a role in a member takes AWS's own policies, by their ARN", strictyaml.Shown(s))
		ok = false
	}
	return resource.Output(p.ref, "arn"), ok
}

// managedReference checks an ARN that is not known yet.
func (b *builder) managedReference(at file.At, t resource.Text, member bool) bool {
	for _, r := range t.Refs() {
		switch {
		case r.Kind == "iam-policy" && member:
			b.add(at, "%s is in the payer: a role in a member takes AWS's own policies", strictyaml.Shown(r.String()))
			return false
		case r.Kind == "iam-policy" && t.Equal(resource.Output(r, "arn")):
			return true
		}
	}
	if s := t.String(); len(s) < 4 || s[:4] != "arn:" {
		b.add(at, "%q is not the ARN of a managed policy", strictyaml.Shown(s))
		return false
	}
	return true
}

// boundary reads a permissions boundary; nil where nothing is said.
func (b *builder) boundary(v file.V[file.Tag], member bool) *resource.Text {
	switch {
	case !b.fits(v.At):
		return nil
	case v.Value.Null:
		none := resource.None()
		return &none
	}
	t, _ := b.managed(v.At, v.Value.Text, member)
	return &t
}
