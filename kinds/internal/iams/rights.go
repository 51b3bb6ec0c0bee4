package iams

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// What the tool itself works by only ever gets more rights, unless the pass
// allows itself more: of what it loses it may not be able to give itself any back.

// KeepRights blocks what would take rights from a principal that the tool works
// by, for the reason why. w is what the file says of its policies, denying are
// the attributes of policies that deny something.
func KeepRights(o *resource.Object, have resource.Object, w spec.Policies, denying map[string]bool, why string) {
	if have.Outputs["id"] == "" || o.Facts[resource.FactBlocked] != "" {
		return
	}
	named := says(w)
	for _, key := range slices.Sorted(maps.Keys(o.Attrs)) {
		if less := loses(key, have.Attrs, o.Attrs[key], named, denying); less != "" {
			o.Facts[resource.FactBlocked] = fmt.Sprintf("it %s, and %s%s", less, why, self.Lift)
			return
		}
	}
}

// loses says what a principal with these attributes loses by one that is wanted.
func loses(key string, have resource.Attrs, want resource.Text, named, denying map[string]bool) string {
	before, there := have[key]
	switch arn, managed := strings.CutPrefix(key, Managed); {
	case key == Boundary && !want.IsNone() && !(there && want.Equal(before)):
		return "would be bound by " + want.String()
	case managed && want.IsNone() && there:
		return "would lose " + arn
	case managed && !want.IsNone() && !there && (denying[key] || quarantine(arn)):
		return "would get " + arn + ", which denies something"
	}
	policy, inline := strings.CutPrefix(key, Inline)
	switch {
	case !inline || want.IsNone() && !there || there && want.Equal(before):
		return ""
	case want.IsNone() && !named[key]:
		return "would lose its policy " + policy
	}
	after := ""
	if !want.IsNone() {
		after = want.String()
	}
	if less := iampolicy.Narrower([]byte(before.Value()), []byte(after)); len(less) > 0 {
		return "has a policy " + policy + " that " + strings.Join(less, " and ")
	}
	return ""
}

// says are the attributes of embedded policies that the file itself speaks of.
func says(w spec.Policies) map[string]bool {
	named := map[string]bool{}
	for _, p := range w.Inline {
		named[Inline+p.Name] = true
	}
	return named
}

// quarantine says that a policy of AWS's own takes rights away.
func quarantine(arn string) bool {
	_, name, aws := strings.Cut(arn, ":iam::aws:policy/")
	return aws && (name == "AWSDenyAll" || strings.HasPrefix(name, "AWSCompromisedKeyQuarantine"))
}

// Denying are the attributes of those policies of the file that deny something.
func Denying(p *spec.Payer, read *resource.State) map[string]bool {
	denying := map[string]bool{}
	for _, w := range p.IAMPolicies {
		document := w.Document.Resolve(read.Output).String()
		if len(iampolicy.Narrower(nil, []byte(document))) == 0 {
			continue
		}
		denying[Managed+w.Ref().String()] = true
		if arn, ok := read.Output(w.Ref(), "arn"); ok {
			denying[Managed+arn] = true
		}
	}
	return denying
}

// OwnPolicies are the ARNs of the managed policies that the tool needs, each with
// the reason: something that it works by has the policy, is bound by it, or is in
// a group that has it.
func OwnPolicies(keep self.Set, read *resource.State) map[string]string {
	own := map[string]string{}
	for o := range read.Kind("role") {
		held(own, o, keep.OwnRole(o.Outputs["name"]))
	}
	for o := range read.Kind("user") {
		held(own, o, keep.OwnUser(o.Outputs["name"]))
	}
	for o := range read.Kind("group") {
		_, why := ownMember(keep, o)
		held(own, o, why)
	}
	return own
}

// held notes what a principal has, where there is a reason to.
func held(own map[string]string, o resource.Object, why string) {
	if why == "" {
		return
	}
	for key, v := range o.Attrs {
		if arn, managed := strings.CutPrefix(key, Managed); managed {
			own[arn] = why
		}
		if key == Boundary {
			own[v.Value()] = why
		}
	}
}

// ownMember is the member of a group that the tool works by, and why.
func ownMember(keep self.Set, group resource.Object) (name, why string) {
	for key := range group.Attrs {
		if user, member := strings.CutPrefix(key, Member); member {
			if why := keep.OwnUser(user); why != "" {
				return user, why
			}
		}
	}
	return "", ""
}

// KeepGroup blocks what would take rights from a user that the tool works by and
// that is in the group.
func KeepGroup(o *resource.Object, have resource.Object, keep self.Set, w spec.Policies, denying map[string]bool) {
	user, why := ownMember(keep, have)
	if user == "" {
		return
	}
	why = "of its member " + user + ": " + why
	if v, named := o.Attrs[Member+user]; named && v.IsNone() {
		o.Facts[resource.FactBlocked] = "it would lose its member, and " + why + self.Lift
	}
	KeepRights(o, have, w, denying, why)
}
