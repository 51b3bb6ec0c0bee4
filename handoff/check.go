package handoff

import (
	"fmt"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// A line is done where the objects that it covers are live and no change of the
// plan touches them. What it covers is a Ref, or KIND/* for every object of a
// kind, or KIND/BEGINNING* for those whose names begin so.

// listed is how many changes a line of the checklist shows.
const listed = 5

// covers says that one of the patterns names the object.
func covers(patterns []string, r resource.Ref) bool {
	for _, p := range patterns {
		if begin, open := strings.CutSuffix(p, "*"); open && strings.HasPrefix(r.String(), begin) || p == r.String() {
			return true
		}
	}
	return false
}

// check is one line of a checklist.
func (in Input) check(c spec.Check) Line {
	l := Line{State: Done, Title: c.Title}
	waits, blocked := true, true
	for i := range in.Plan.Changes {
		change := &in.Plan.Changes[i]
		if !covers(c.Covers, change.Ref) {
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
			l.State, l.Do = Missing, "the payer file does not ask for "+lacks
		}
	}
	return l
}

// lacking names a pattern that no live object has, "" where there is none.
func (in Input) lacking(patterns []string) string {
	for _, p := range patterns {
		found := false
		for o := range in.Live.All() {
			if o.Facts[resource.FactAbsent] == "" && covers([]string{p}, o.Ref) {
				found = true
				break
			}
		}
		if !found {
			return p
		}
	}
	return ""
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
