package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Drift is what somebody changed in AWS behind our back. Where the payer file
// says that it is reported only, a pass must tell it from what a commit wants:
//
//   - the organization bears the commit of the last clean apply;
//   - what that commit wants of an object and what is wanted now are held against
//     each other, both by AWS as it is now. Where they are alike, nobody has
//     asked for a change since, and one that the plan shows is drift: held;
//   - the policies of one type in the list of one node are one wish: who edits
//     the list has said what all of it must be;
//   - a deletion is held too where the object was not wanted then either, unless
//     prune was switched on since;
//   - where that commit is not known, all that differs is held. A wanted account
//     that is missing is made all the same: nobody takes an account away to end
//     an outage, and a first apply may wait for days for a quota.
//
// An operator's apply puts drift back, and notes its commit anew.

// reports says whether drift of anything of the payer is reported only.
func reports(p *spec.Payer) bool {
	return p.Drift == spec.DriftReport ||
		slices.ContainsFunc(p.Policies, func(w spec.Policy) bool { return w.Drift == spec.DriftReport })
}

// earlier is what the commit of the last clean apply wants.
type earlier struct {
	commit string // "" where none is noted
	known  bool   // want is what that commit wants
	prune  bool
	want   *resource.State
}

// hold compares once more with the drift held back, where there is any, and
// finds out whether a clean apply is to be noted.
func (p *Planned) hold(ctx context.Context) error {
	if !reports(p.Payer) {
		return nil
	}
	run := p.Payer.Run
	notes := p.o.CommitExact && run.Commit != ""
	was, err := p.earlier(ctx, notes)
	if err != nil {
		return err
	}
	if notes && was.commit != run.Commit && !(was.known && alikeAll(was.want, p.want)) {
		p.note = run.Commit
	}
	if p.o.Heal || p.o.Before == nil || p.First {
		return nil
	}
	if p.held = p.drift(was); len(p.held) == 0 {
		return nil
	}
	p.Plan, err = p.compare(p.Live)
	return err
}

// earlier finds out what the commit that was applied wants, where anything
// hangs on that.
func (p *Planned) earlier(ctx context.Context, notes bool) (earlier, error) {
	org, _ := p.Live.Get(spec.OrganizationRef)
	was := earlier{commit: org.Facts[resource.FactApplied]}
	same := p.o.CommitExact && was.commit == p.Payer.Run.Commit
	switch {
	case was.commit == "" || p.o.Before == nil:
		return was, nil
	case same:
		was.known, was.prune, was.want = true, p.Payer.Safety.Prune, p.want
		return was, nil
	case !notes && (p.o.Heal || len(p.Plan.Changes) == 0):
		return was, nil
	}
	payer, err := p.o.Before(ctx, was.commit)
	switch {
	case errors.Is(err, ErrNoCommit):
		return was, nil
	case err != nil:
		return was, fmt.Errorf("read the payer as of %s, which was applied last: %w", short(was.commit), err)
	case payer.AccountID != p.Payer.AccountID:
		return was, nil
	}
	then := *payer
	then.Run = p.Payer.Run
	if want, err := desired(p.kinds, &then, p.Live); err == nil { // else nobody can say any more what it wants
		was.known, was.prune, was.want = true, then.Safety.Prune, want
	}
	return was, nil
}

// drift gives the changes that are to be held, each with the reason.
func (p *Planned) drift(was earlier) map[resource.Ref]string {
	reason := "drift, reported only: changed behind our back since " + short(was.commit) + "; reconciler apply puts it back"
	if !was.known {
		reason = "drift, reported only: which commit was applied last is not known, so nobody can tell a change behind our back " +
			"from one that the file asks for; an operator's reconciler apply is needed once"
	}
	d := drifting{p: p, was: was, changes: map[resource.Ref]*planner.Change{}}
	for i := range p.Plan.Changes {
		d.changes[p.Plan.Changes[i].Ref] = &p.Plan.Changes[i]
	}
	if was.known {
		d.lists = changedLists(was.want, p.want)
	}
	held := map[resource.Ref]string{}
	for i := range p.Plan.Changes {
		c := &p.Plan.Changes[i]
		if !c.Held() && c.Op != planner.Resume && p.Payer.DriftOf(c.Ref) == spec.DriftReport && d.is(c) {
			held[c.Ref] = reason
		}
	}
	return held
}

// drifting tells drift from what was asked for.
type drifting struct {
	p       *Planned
	was     earlier
	changes map[resource.Ref]*planner.Change
	lists   map[string]bool // the nodes whose list of policies of a type is not what it was
}

// is says whether nobody asked for a change since the last clean apply.
func (d drifting) is(c *planner.Change) bool {
	if !d.was.known {
		return c.Op != planner.Create || c.Ref.Kind != "account"
	}
	then, wanted := d.was.want.Get(c.Ref)
	switch {
	case c.Have != nil && d.lists[c.Have.Facts[resource.FactNode]], c.Want != nil && d.lists[c.Want.Facts[resource.FactNode]]:
		return false
	case c.Want != nil:
		return wanted && alike(then, *c.Want)
	case wanted && then.Facts[resource.FactAbsent] == "":
		return false // the file let it go since
	}
	if lead, err := resource.ParseRef(c.Have.Facts[resource.FactFollows]); err == nil && c.Have.Facts[resource.FactExact] == "" {
		by, planned := d.changes[lead]
		return !planned || by.Op != planner.Delete || d.is(by)
	}
	pruned := c.Have.Facts[resource.FactExact] == ""
	return !pruned || d.was.prune
}

// changedLists gives the nodes, each with a policy type, whose lists differ.
func changedLists(then, now *resource.State) map[string]bool {
	changed := map[string]bool{}
	note := func(of, other *resource.State) {
		for o := range of.All() {
			if node := o.Facts[resource.FactNode]; node != "" {
				twin, there := other.Get(o.Ref)
				if !there || !alike(o, twin) {
					changed[node] = true
				}
			}
		}
	}
	note(then, now)
	note(now, then)
	return changed
}

// alikeAll says whether two commits want the same of everything.
func alikeAll(then, now *resource.State) bool {
	if then.Len() != now.Len() {
		return false
	}
	for o := range now.All() {
		if was, there := then.Get(o.Ref); !there || !alike(was, o) {
			return false
		}
	}
	return true
}

// alike says whether two wanted objects of one Ref ask for the same.
func alike(a, b resource.Object) bool {
	for _, fact := range []string{resource.FactAbsent, resource.FactAdopt} {
		if a.Facts[fact] != b.Facts[fact] {
			return false
		}
	}
	return a.At.Region == b.At.Region && a.At.Account.Equal(b.At.Account) && maps.EqualFunc(a.Attrs, b.Attrs, resource.Text.Equal)
}

// noteClean notes the commit of a clean apply where the pass found that to be
// needed. What the plan blocked is no obstacle to an operator, who has seen it;
// a daemon's pass with anything held is not clean.
func (p *Planned) noteClean(ctx context.Context, r *executor.Result) error {
	if p.note == "" {
		return nil
	}
	for i, o := range r.Outcomes {
		if seen := p.Plan.Changes[i].Blocked != "" && p.o.Heal; o != executor.Done && !seen {
			return nil
		}
	}
	for _, k := range p.kinds {
		if k.Note == nil {
			continue
		}
		if err := k.Note(ctx, p.session, r.Live, p.note); err != nil {
			return fmt.Errorf("note that %s was applied: %w", short(p.note), err)
		}
	}
	return nil
}

// short is a commit as people write it.
func short(commit string) string { return commit[:min(len(commit), 8)] }
