package main

import (
	"iter"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// unmanagedNotices tell what the file held before and holds no more, so that AWS
// may have it otherwise from the merge on, and lists that were exclusive.
func unmanagedNotices(was *spec.Payer, p *pass) []report.Notice {
	var out []report.Notice
	open := opened(was, p.payer)
	if len(open) > 0 {
		out = append(out, warning(report.Unmanaged, "a merge takes exclusive from %s: what somebody adds there in AWS stays", words.Some(open, shownGuards)))
	}
	if p.planned == nil {
		return out
	}
	gone, err := p.planned.LetGo(was)
	if err != nil {
		return append(out, warning(report.Unmanaged, "what the files held before cannot be compared: %v", err))
	}
	if names := letGo(gone); len(names) > 0 {
		out = append(out, warning(report.Unmanaged, "a merge lets go of %s: AWS keeps that as it is, and what somebody changes there is neither told nor put back", words.Some(names, shownGuards)))
	}
	return out
}

// letGo names what is let go, those together of which the same is; tags and
// descriptions, which seldom hold anything, come last.
func letGo(all []reconcile.LetGo) []string {
	type sort struct{ kind, fields string }
	refs := map[sort][]string{}
	var order, light []sort
	for _, l := range all {
		s := sort{l.Ref.Kind, strings.Join(l.Fields, ", ")}
		if refs[s] = append(refs[s], l.Ref.String()); len(refs[s]) > 1 {
			continue
		}
		if len(l.Fields) == 0 || slices.ContainsFunc(l.Fields, func(f string) bool { return !strings.HasPrefix(f, "tags.") && f != "description" }) {
			order = append(order, s)
		} else {
			light = append(light, s)
		}
	}
	var names []string
	for _, s := range append(order, light...) {
		name := refs[s][0]
		if more := len(refs[s]) - 1; more > 0 {
			name += " and " + words.Comma(more) + " more like it"
		}
		if s.fields != "" {
			name += " (" + s.fields + ")"
		}
		names = append(names, name)
	}
	return names
}

// opened are the holders of policies, and the groups, whose lists were exclusive.
func opened(was, is *spec.Payer) []string {
	before := map[string][3]bool{}
	for ref, exact := range exacts(was) {
		before[ref] = exact
	}
	var out []string
	for ref, now := range exacts(is) {
		for i, exact := range before[ref] {
			if exact && !now[i] {
				out = append(out, ref)
				break
			}
		}
	}
	return out
}

// exacts says of roles, users and groups which lists are exclusive: embedded and
// attached policies, and members.
func exacts(p *spec.Payer) iter.Seq2[string, [3]bool] {
	return func(yield func(string, [3]bool) bool) {
		of := func(h spec.Policies, members bool) [3]bool { return [3]bool{h.ExactInline, h.ExactManaged, members} }
		for i := range p.Roles {
			if r := &p.Roles[i]; !yield(r.Ref().String(), of(r.Policies, false)) {
				return
			}
		}
		for i := range p.Users {
			if u := &p.Users[i]; !yield(u.Ref().String(), of(u.Policies, false)) {
				return
			}
		}
		for i := range p.Groups {
			if g := &p.Groups[i]; !yield(g.Ref().String(), of(g.Policies, g.ExactMembers)) {
				return
			}
		}
		for i := range p.MemberRoles {
			if m := &p.MemberRoles[i]; !m.Gone && !yield("memberRoles "+m.Name, of(m.Policies, false)) {
				return
			}
		}
	}
}
