package planfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// What decides whether a saved plan is still good, once the files are equal:
//
//   - each change that is not held must be in the fresh plan, do the same, and
//     begin and end with the same object: attributes, place, outputs, mark;
//   - what such a change refers to and leaves alone must be as it was;
//   - none of them may need, in the fresh plan, a change that the saved one has
//     not got: its order would be broken;
//   - the fresh plan breaks no limit;
//   - the CSVs are as they were, and get as many rows more and fewer.
//
// Anything else that moved is nobody's business here: what a fresh plan would
// do about it is not done, see [Payer.Covers].

// Compare holds the plan against one made afresh of the same files. It gives a
// [*StaleError] that names each thing that moved.
func (p *Payer) Compare(plan *planner.Plan, live *resource.State, claimsRoot bool) error {
	stale := &StaleError{Payer: p.Name}
	if p.ClaimsRoot != claimsRoot {
		m := Moved{Where: "organization", Text: "bears no mark any more, as it did"}
		if p.ClaimsRoot {
			m.Text, m.Done = "bears our mark by now", true
		}
		stale.add(m)
	}
	fresh := make(map[resource.Ref]*planner.Change, len(plan.Changes))
	for i := range plan.Changes {
		fresh[plan.Changes[i].Ref] = &plan.Changes[i]
	}
	for i := range p.Plan.Changes {
		c := &p.Plan.Changes[i]
		if c.Held() {
			continue
		}
		stale.Of++
		if now := fresh[c.Ref]; now != nil {
			stale.change(c, now)
			continue
		}
		_, there := live.Get(c.Ref)
		done := there != (c.Op == planner.Delete)
		if done {
			stale.Done++
		}
		stale.add(Moved{Where: c.Ref.String(), Text: vanished(c, there), Done: done})
	}
	stale.refers(p.Refers, live)
	stale.needs(p, plan)
	for _, g := range plan.Guards {
		stale.add(Moved{Where: "safety." + g.Name, Text: fmt.Sprintf("a plan made now breaks it: %d planned, %s allowed", g.Planned, g.Limit)})
	}
	return stale.orNil()
}

// Covers says that a change of a plan made afresh is one that was saved, and
// was not held then.
func (p *Payer) Covers() func(*planner.Change) bool {
	ours := make(map[resource.Ref]planner.Op, len(p.Plan.Changes))
	for i := range p.Plan.Changes {
		if c := &p.Plan.Changes[i]; !c.Held() {
			ours[c.Ref] = c.Op
		}
	}
	return func(c *planner.Change) bool { return ours[c.Ref] == c.Op }
}

// CompareCSVs holds the CSVs against those that the plan was made with.
func (p *Payer) CompareCSVs(now []CSV) error {
	stale := &StaleError{Payer: p.Name}
	var was, is []Source
	for _, c := range p.CSVs {
		was = append(was, c.Source)
	}
	for _, c := range now {
		is = append(is, c.Source)
	}
	byPath := func(a, b Source) int { return strings.Compare(a.Path, b.Path) }
	slices.SortFunc(was, byPath)
	slices.SortFunc(is, byPath)
	stale.files(was, is)
	for _, c := range p.CSVs {
		i := slices.IndexFunc(now, func(n CSV) bool { return n.Path == c.Path })
		if i >= 0 && now[i].SHA256 == c.SHA256 && (now[i].Add != c.Add || now[i].Remove != c.Remove) {
			stale.add(Moved{Where: c.Path, Text: fmt.Sprintf("gets %d rows more and %d fewer now, and got %d and %d when the plan was made",
				now[i].Add, now[i].Remove, c.Add, c.Remove)})
		}
	}
	return stale.orNil()
}

// vanished says why a change is not planned any more.
func vanished(c *planner.Change, there bool) string {
	switch {
	case c.Op == planner.Delete && !there:
		return "was to be deleted, and is gone by now"
	case c.Op == planner.Create && there:
		return "was to be created, and is there by now"
	case c.Op == planner.Create:
		return "was to be created, and nothing wants it now"
	case !there:
		return fmt.Sprintf("was there to %s, and is gone", c.Op)
	}
	return fmt.Sprintf("there is nothing to %s any more", c.Op)
}

// change compares one change.
func (e *StaleError) change(was, is *planner.Change) {
	where := was.Ref.String()
	switch {
	case was.Op == planner.Create && is.Op == planner.Resume:
		e.Begun++
		e.add(Moved{Where: where, Text: "was to be created, and AWS is creating it by now"})
		return
	case was.Op == planner.Create && is.Op == planner.Update && was.Have == nil:
		e.Begun++
		e.add(Moved{Where: where, Text: "was to be created, and is there by now, not yet as the file wants it"})
		return
	case was.Op != is.Op:
		e.add(Moved{Where: where, Text: fmt.Sprintf("the change was %s, and is %s now", was.Op, is.Op)})
		return
	case is.Blocked != "":
		e.add(Moved{Where: where, Text: "is blocked now: " + is.Blocked})
	case is.Waiting != "":
		e.add(Moved{Where: where, Text: "waits now: " + is.Waiting})
	case is.Lifted != "" && is.Lifted != was.Lifted:
		e.add(Moved{Where: where, Text: "--allow-self lifts more by now: " + is.Lifted})
	}
	before := len(e.Moved)
	e.object(where, was.Have, is.Have)
	e.wish(where, was.Want, is.Want)
	if len(e.Moved) == before && (was.Move != is.Move || !slices.EqualFunc(was.Fields, is.Fields, sameField)) {
		e.add(Moved{Where: where, Text: "other fields are to be changed now"})
	}
}

func sameField(a, b planner.Field) bool {
	return a.Name == b.Name && a.Before.Equal(b.Before) && a.After.Equal(b.After)
}

// object compares what was live with what is.
func (e *StaleError) object(where string, was, is *resource.Object) {
	switch {
	case was == nil && is == nil:
		return
	case was == nil:
		e.add(Moved{Where: where, Text: "was not there, and is now"})
		return
	case is == nil:
		e.add(Moved{Where: where, Text: "is gone"})
		return
	}
	before := len(e.Moved)
	e.field(where, "id", was.ID(), is.ID())
	e.attrs(where, was.Attrs, is.Attrs)
	e.place(where, was, is)
	if len(e.Moved) == before { // else they are what follows from that
		for _, name := range union(was.Outputs, is.Outputs) {
			e.field(where, name, was.Outputs[name], is.Outputs[name])
		}
	}
	if was.OwnerRead && is.OwnerRead {
		e.field(where, "its mark", was.Owner, is.Owner)
	}
	e.field(where, "what AWS has under way", was.Pending, is.Pending)
}

// wish compares what was wanted with what is. The files are equal, so that only
// what depends on AWS can differ.
func (e *StaleError) wish(where string, was, is *resource.Object) {
	if was == nil || is == nil {
		if was != is {
			e.add(Moved{Where: where, Text: "another end is wanted now"})
		}
		return
	}
	e.attrs(where, was.Attrs, is.Attrs)
	e.attrs(where, was.Inputs, is.Inputs)
	e.place(where, was, is)
	if diff := differing(was.After, is.After); diff != "" {
		e.add(Moved{Where: where, Text: "comes after other things now: " + diff})
	}
}

func (e *StaleError) place(where string, was, is *resource.Object) {
	e.field(where, "the account that it is in", was.At.Account.String(), is.At.Account.String())
	e.field(where, "region", was.At.Region, is.At.Region)
}

func (e *StaleError) attrs(where string, was, is resource.Attrs) {
	for _, name := range union(was, is) {
		w, wasThere := was[name]
		i, isThere := is[name]
		switch {
		case wasThere && isThere && !w.Equal(i):
			if w.IsNone() != i.IsNone() {
				e.add(Moved{Where: where, Field: name, Text: "is another now"})
				continue
			}
			e.field(where, name, w.String(), i.String())
		case wasThere && !isThere && !w.IsNone():
			e.add(Moved{Where: where, Field: name, Text: "is gone"})
		case !wasThere && isThere && !i.IsNone():
			e.add(Moved{Where: where, Field: name, Text: "was not there, and is now"})
		}
	}
}

func (e *StaleError) field(where, name, was, is string) {
	if was != is {
		e.add(Moved{Where: where, Field: name, Was: was, Is: is})
	}
}

// refers compares what the changes refer to.
func (e *StaleError) refers(was []resource.Object, live *resource.State) {
	for i := range was {
		o, there := live.Get(was[i].Ref)
		if !there {
			e.add(Moved{Where: was[i].Ref.String(), Text: "is gone"})
			continue
		}
		w := was[i]
		w.Attrs, o.Attrs = alsoIn(w.Attrs, o.Attrs), alsoIn(o.Attrs, w.Attrs)
		e.object(w.Ref.String(), &w, &o)
	}
}

// alsoIn leaves out the tags that the other side has not got: of an object that
// stays as it is, they may not have been read.
func alsoIn(a, other resource.Attrs) resource.Attrs {
	both := maps.Clone(a)
	maps.DeleteFunc(both, func(name string, _ resource.Text) bool {
		_, there := other[name]
		return strings.HasPrefix(name, "tags.") && !there
	})
	return both
}

// needs looks for changes that must come before ours and are not ours.
func (e *StaleError) needs(p *Payer, plan *planner.Plan) {
	ours := p.Covers()
	saved := map[resource.Ref]bool{}
	for i := range p.Plan.Changes {
		saved[p.Plan.Changes[i].Ref] = !p.Plan.Changes[i].Held()
	}
	told := map[resource.Ref]bool{} // once, and not beside how it moved
	for _, m := range e.Moved {
		if r, err := resource.ParseRef(m.Where); err == nil && !m.Done {
			told[r] = true
		}
	}
	looked := map[*int]bool{} // many changes share one list
	for i := range plan.Changes {
		c := &plan.Changes[i]
		if !ours(c) || len(c.Needs) == 0 || looked[&c.Needs[0]] {
			continue
		}
		looked[&c.Needs[0]] = true
		for _, n := range c.Needs {
			if need := &plan.Changes[n]; !need.Held() && !saved[need.Ref] && !told[need.Ref] {
				told[need.Ref] = true
				e.add(Moved{Where: need.Ref.String(), Text: fmt.Sprintf("moved: %s now needs its %s first", c.Ref, need.Op)})
			}
		}
	}
}

// union gives the names of both maps, sorted.
func union[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// differing names what only one of two sets has.
func differing(a, b []resource.Ref) string {
	if len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b)) {
		return ""
	}
	in := map[resource.Ref]int{}
	for _, r := range a {
		in[r] |= 1
	}
	for _, r := range b {
		in[r] |= 2
	}
	var names []string
	for r, sides := range in {
		if sides != 3 {
			names = append(names, r.String())
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
