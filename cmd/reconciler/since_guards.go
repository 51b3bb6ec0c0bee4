package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// A payer file says what AWS has to be, and also what holds the tool itself: who
// may write, from where, how much at once, and what is put back. Such keys change
// nothing in AWS, so a plan is empty where a merge loosens them, and they may stand
// in Defaults that no payer file shows. Whoever reviews the change is told, of each
// payer, what holds less by it. What holds more is no news.

// tellGuards adds to the passes what a merge changes in how their payers are
// guarded, and says which are paused.
func (c *cli) tellGuards(s *scope, passes []*pass) {
	for _, p := range passes {
		before := len(p.notices)
		was := s.was[p.payer.Name]
		if was != nil {
			p.notices = append(p.notices, testNotices(was, p.payer, p.known())...)
		}
		p.notices = append(p.notices, pauseNotices(was, p.payer, p.at)...)
		if was != nil {
			p.notices = append(p.notices, guardNotices(was, p)...)
		}
		if c.format != "text" { // the report may have gone to a file
			for _, n := range p.notices[before:] {
				c.say("%s: %s: %s", n.Level, p.payer.Name, n.Text)
			}
		}
	}
}

// wasOf gives what a payer was before: of that name, else of that account.
func (s *side) wasOf(p *spec.Payer) *spec.Payer {
	if was := s.payers[p.Name]; was != nil {
		return was
	}
	for _, was := range s.payers {
		if was.AccountID == p.AccountID {
			return was
		}
	}
	return nil
}

// guardNotices tell what else holds less by a merge.
func guardNotices(was *spec.Payer, p *pass) []report.Notice {
	is := p.payer
	return slices.Concat(driftNotices(was, is), safetyNotices(was, is), leaseNotices(was, is), accessNotices(was, is), unmanagedNotices(was, p))
}

// known is what AWS has given the objects of a payer that was read.
func (p *pass) known() explain.Known {
	if p.planned == nil {
		return nil
	}
	return p.planned.Live.Output
}

func warning(name, format string, args ...any) report.Notice {
	return report.Notice{Name: name, Level: report.Warning, Text: fmt.Sprintf(format, args...)}
}

// pauseNotices say that a payer is paused by its file, and whether a merge does
// that; was may be nil.
func pauseNotices(was, is *spec.Payer, now time.Time) []report.Notice {
	p := is.Paused
	if !p.At(now) {
		return nil
	}
	begins := "the payer is paused"
	switch {
	case was == nil:
	case !was.Paused.At(now):
		begins = "a merge pauses the payer"
	case !was.Paused.Until.IsZero() && (p.Until.IsZero() || p.Until.After(was.Paused.Until)):
		begins = "a merge keeps the payer paused, after " + instant(was.Paused.Until) + " too"
	}
	ends := "until the key is gone"
	if !p.Until.IsZero() {
		ends = "until " + instant(p.Until)
	}
	return []report.Notice{warning(report.Paused, "%s, by %s, %s: %s. A daemon only reports and apply refuses: nothing of this plan is done meanwhile, and nothing is put back",
		begins, p.Pos, ends, strconv.Quote(p.Reason))}
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// driftNotices tell what is only reported now where somebody changes it in AWS.
func driftNotices(was, is *spec.Payer) []report.Notice {
	all := func(p *spec.Payer) string { return p.DriftOf(spec.RootRef) }
	if all(was) != spec.DriftReport && all(is) == spec.DriftReport {
		return []report.Notice{warning(report.DriftReport, "a merge sets drift to report: what somebody changes in AWS is told, and no daemon puts it back")}
	}
	var names []string
	for i := range is.Policies {
		p := &is.Policies[i]
		if is.DriftOf(p.Ref()) == spec.DriftReport && driftBefore(was, p) != spec.DriftReport {
			names = append(names, p.Ref().String())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []report.Notice{warning(report.DriftReport, "a merge sets drift to report for %s: what somebody changes there in AWS is told, and no daemon puts it back", words.Some(names, shownGuards))}
}

// driftBefore is how drift of a policy was met, under the name that it had.
func driftBefore(was *spec.Payer, p *spec.Policy) string {
	names := []resource.Ref{p.Ref()}
	for _, old := range p.Previously {
		names = append(names, spec.PolicyRef(p.Type, old.Value))
	}
	for _, ref := range names {
		if slices.ContainsFunc(was.Policies, func(w spec.Policy) bool { return w.Ref() == ref }) {
			return was.DriftOf(ref)
		}
	}
	return was.DriftOf(spec.RootRef)
}

// safetyNotices tell which guards let more through.
func safetyNotices(was, is *spec.Payer) []report.Notice {
	var keys []string
	add := func(key, before, after string, at spec.Pos) {
		s := key + " from " + before + " to " + after
		if !at.IsZero() {
			s += " (" + at.String() + ")"
		}
		keys = append(keys, s)
	}
	b, a := was.Safety, is.Safety
	if !b.Prune && a.Prune {
		add("prune", "false", "true", a.PrunePos)
	}
	for _, g := range []struct {
		key           string
		before, after spec.Amount
	}{
		{"maxRemovals", b.MaxRemovals, a.MaxRemovals},
		{"maxMoves", b.MaxMoves, a.MaxMoves},
		{"maxAccountCreates", b.MaxAccountCreates, a.MaxAccountCreates},
		{"maxNewlyDenied", b.MaxNewlyDenied, a.MaxNewlyDenied},
	} {
		if more(g.before, g.after) {
			add(g.key, g.before.String(), g.after.String(), g.after.Pos)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return []report.Notice{warning(report.SafetyLoosened, "a merge loosens safety: %s", strings.Join(keys, ", "))}
}

// more says that one amount may let more through than another. Of a number and a
// percentage nobody knows which is more, but where one of them is all or nothing.
func more(before, after spec.Amount) bool {
	switch {
	case before.Percent == after.Percent:
		return after.Number > before.Number
	case after.Number == 0, before.Percent && before.Number >= 100:
		return false
	}
	return true
}

// leaseNotices tell that the lock is elsewhere, and a pause beside it with it.
func leaseNotices(was, is *spec.Payer) []report.Notice {
	b, a := was.Lease, is.Lease
	place := func(l *spec.Lease) string { return "s3://" + l.Bucket + "/" + l.Key }
	switch {
	case b == nil && a == nil, b != nil && a != nil && place(b) == place(a):
		return nil
	case b == nil:
		return []report.Notice{{Name: report.LeaseChanged, Level: report.Note, Text: fmt.Sprintf(
			"a merge has writers take the lease %s; it was a lock on each machine. A pause that a command has left there ends with that", place(a))}}
	case a == nil:
		return []report.Notice{warning(report.LeaseChanged,
			"a merge takes the lease %s away: writers on several machines see each other no more, and a pause beside it ends", place(b))}
	}
	return []report.Notice{warning(report.LeaseChanged,
		"a merge has writers take the lease %s; it was %s. Until all read the new file two may write at once, and a pause beside the old one ends", place(a), place(b))}
}

// accessNotices tell another way into the payer, or into its members. External
// ids are not named.
func accessNotices(was, is *spec.Payer) []report.Notice {
	var out []report.Notice
	by := func(p *spec.Payer) (way, id string) {
		if p.Access == nil {
			return "the credentials at hand", ""
		}
		return p.Access.RoleARN, p.Access.ExternalID
	}
	before, oldID := by(was)
	after, newID := by(is)
	if before != after {
		out = append(out, warning(report.AccessChanged, "a merge has the payer entered by %s; it was %s", after, before))
	}
	switch {
	case oldID == newID || oldID == "":
	case newID == "":
		out = append(out, warning(report.AccessChanged, "a merge has the payer entered without an external id; there was one"))
	default:
		out = append(out, warning(report.AccessChanged, "a merge has the payer entered with another external id"))
	}
	return append(out, memberAccess(was, is)...)
}

// memberAccess tells the accounts that are entered by another role.
func memberAccess(was, is *spec.Payer) []report.Notice {
	roles := map[resource.Ref]string{}
	for a := range was.AllAccounts() {
		roles[a.Ref()] = a.MemberRole
	}
	type change struct{ before, after string }
	counts := map[change]int{}
	var order []change
	for a := range is.AllAccounts() {
		before, known := roles[a.Ref()]
		c := change{before, a.MemberRole}
		if !known || before == a.MemberRole {
			continue
		}
		if counts[c]++; counts[c] == 1 {
			order = append(order, c)
		}
	}
	var out []report.Notice
	for i, c := range order {
		if i == shownGuards && len(order) > shownGuards+1 {
			return append(out, warning(report.AccessChanged, "a merge has accounts entered by %d more roles", len(order)-i))
		}
		out = append(out, warning(report.AccessChanged, "a merge has %s entered by the role %s; it was %s", words.Count(counts[c], "account", "accounts"), c.after, c.before))
	}
	return out
}

// shownGuards is how many things of one sort are named.
const shownGuards = 5
