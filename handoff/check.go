package handoff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// A line is done where the objects that it covers are live and no change of the
// plan touches them. What it covers is a Ref, or KIND/* for every object of a
// kind that the file names, or KIND/BEGINNING* for those whose names begin so.

// listed is how many changes a line of the checklist shows.
const listed = 5

// coverage is the patterns of a line: refs, and beginnings of refs.
type coverage struct {
	refs   map[string]bool
	begins []string
}

func covering(patterns []string) coverage {
	c := coverage{refs: map[string]bool{}}
	for _, p := range patterns {
		if begin, open := strings.CutSuffix(p, "*"); open {
			c.begins = append(c.begins, begin)
		} else {
			c.refs[p] = true
		}
	}
	return c
}

// names says that one of the patterns names the object.
func (c coverage) names(r resource.Ref) bool {
	s := r.String()
	return c.refs[s] || slices.ContainsFunc(c.begins, func(begin string) bool { return strings.HasPrefix(s, begin) })
}

// check is one line of a checklist.
func (in Input) check(c spec.Check) Line {
	l := Line{State: Done, Title: c.Title}
	waits, blocked, covers := true, true, covering(c.Covers)
	for i := range in.Plan.Changes {
		change := &in.Plan.Changes[i]
		if !covers.names(change.Ref) {
			continue
		}
		waits = waits && change.Waiting != ""
		blocked = blocked && change.Blocked != ""
		if len(l.Changes) < listed {
			l.Changes = append(l.Changes, deed(change))
		} else {
			l.More++
		}
	}
	switch {
	case len(l.Changes) > 0 && waits:
		l.State, l.Do = Waiting, "AWS is not ready"
	case len(l.Changes) > 0 && blocked:
		l.State, l.Do = Missing, "an apply cannot do it as things stand"
	case len(l.Changes) > 0:
		l.State, l.Do = Missing, "reconciler apply"
	default:
		if lacks := in.lacking(c.Covers); lacks != "" {
			l.State, l.Do = Missing, lacks
		}
	}
	return l
}

// lacking says of a pattern that no live object has it, "" where each has one.
func (in Input) lacking(patterns []string) string {
	live := map[string]bool{} // whether it counts where a pattern names no one object
	strangers := in.strangers()
	for o := range in.Live.All() {
		if o.Facts[resource.FactAbsent] == "" {
			live[o.Ref.String()] = in.counts(o) && !strangers[o.Ref]
		}
	}
	for _, p := range patterns {
		begin, open := strings.CutSuffix(p, "*")
		_, found := live[p]
		for ref, counts := range live {
			if found = found || open && counts && strings.HasPrefix(ref, begin); found {
				break
			}
		}
		switch {
		case !found && open:
			return "the payer file asks for none of " + p
		case !found:
			return "the payer file does not ask for " + p
		}
	}
	return ""
}

// counts says that a live object is one that somebody has made: AWS's own and
// the management account, which is always there, are none.
func (in Input) counts(o resource.Object) bool {
	return o.Facts[resource.FactSystem] == "" && (o.Ref.Kind != "account" || o.ID() != in.Payer.AccountID)
}

// strangers are live objects that the file does not name.
func (in Input) strangers() map[resource.Ref]bool {
	all := map[resource.Ref]bool{}
	for _, r := range in.Plan.Unmanaged {
		all[r] = true
	}
	for _, l := range in.Plan.Left {
		all[l.Ref] = true
	}
	return all
}

// deed says what an apply would do to an object, or why it would not.
func deed(c *planner.Change) string {
	s := fmt.Sprintf("%s %s", c.Op, c.Ref)
	switch {
	case c.Blocked != "":
		return s + " (blocked: " + c.Blocked + ")"
	case c.Waiting != "":
		return s + " (waiting: " + c.Waiting + ")"
	}
	var fields []string
	for _, f := range c.Fields {
		fields = append(fields, f.Name)
	}
	if len(fields) > 0 {
		s += ": " + strings.Join(fields, ", ")
	}
	return s
}
