package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// Drift is what somebody changed in AWS behind our back. Where the payer file
// says that it is reported only, a pass must tell it from what a commit wants:
//
//   - the organization bears the commit that was applied last, and which objects
//     that apply left to be changed: blocked ones, such as wait, such as failed;
//   - what that commit wants of an object and what is wanted now are held against
//     each other, both by AWS as it is now. Where they are alike, nobody has
//     asked for a change since, and one that the plan shows is drift: held;
//   - the policies of one type in the list of one node are one wish: who edits
//     the list has said what all of it must be;
//   - a deletion is held too where the object was not wanted then either, unless
//     prune was switched on since;
//   - a commit whose apply did not come to a clean end is noted beside, and what
//     it wants counts too: else a commit that takes it back would be drift;
//   - where that commit is not known, all that differs is held;
//   - a wanted account that is missing is always made: nobody takes an account
//     away to end an outage, and an apply may wait for days for a quota.
//
// An operator's apply puts drift back, and notes its commit anew.

// reports says whether drift of anything of the payer is reported only.
func reports(p *spec.Payer) bool {
	return p.Drift == spec.DriftReport ||
		slices.ContainsFunc(p.Policies, func(w spec.Policy) bool { return w.Drift == spec.DriftReport })
}

// earlier is what the passes before this one have applied.
type earlier struct {
	commit string   // of the last clean apply; "" where none is noted
	open   string   // the objects that its apply left to be changed, as markOf names them
	begun  []string // commits that were applied since, and not to a noted end
	known  bool     // then begins with what commit wants
	then   []wishes
}

// wishes are what one commit wants.
type wishes struct {
	prune bool
	want  *resource.State
	now   *resource.State // what is wanted now
	lists map[string]bool // the nodes whose list of policies of a type is another one now
}

// hold compares once more with the drift held back, where there is any, and
// finds out what an apply is to note.
func (p *Planned) hold(ctx context.Context) error {
	if !reports(p.Payer) {
		return nil
	}
	notes := p.o.CommitExact && p.Payer.Run.Commit != ""
	was, err := p.earlier(ctx, notes)
	if err != nil {
		return err
	}
	if notes {
		p.notes(was)
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

// earlier finds out what the commits that were applied want, where anything
// hangs on that.
func (p *Planned) earlier(ctx context.Context, notes bool) (was earlier, err error) {
	org, _ := p.Live.Get(spec.OrganizationRef)
	was.commit, was.begun = org.Facts[resource.FactApplied], strings.Fields(org.Facts[resource.FactApplying])
	was.open = org.Facts[resource.FactOpen]
	if was.commit == "" || p.o.Before == nil || !notes && (p.o.Heal || len(p.Plan.Changes) == 0) {
		return was, nil
	}
	for i, commit := range append([]string{was.commit}, was.begun...) {
		then, known, err := p.asOf(ctx, commit)
		switch {
		case err != nil:
			return was, err
		case known:
			was.then = append(was.then, then)
		case i == 0:
			return was, nil
		}
	}
	was.known = true
	return was, nil
}

// asOf finds out what a commit wants by AWS as it is now; known is false where
// nobody can say that any more.
func (p *Planned) asOf(ctx context.Context, commit string) (then wishes, known bool, err error) {
	if p.o.CommitExact && commit == p.Payer.Run.Commit {
		return wishes{prune: p.Payer.Safety.Prune, want: p.want, now: p.want}, true, nil
	}
	payer, err := p.o.Before(ctx, commit)
	switch {
	case errors.Is(err, ErrNoCommit):
		return then, false, nil
	case err != nil:
		return then, false, fmt.Errorf("read the payer as of %s, which was applied before: %w", words.Commit(commit), err)
	case payer.AccountID != p.Payer.AccountID:
		return then, false, nil
	}
	was := *payer
	was.Run = p.Payer.Run
	want, err := desired(p.kinds, &was, p.Live)
	if err != nil { // what it wanted cannot be had any more
		return then, false, nil
	}
	return wishes{prune: was.Safety.Prune, want: want, now: p.want, lists: changedLists(want, p.want)}, true, nil
}

// drift gives the changes that are to be held, each with the reason.
func (p *Planned) drift(was earlier) map[resource.Ref]string {
	reason := "drift, reported only: changed behind our back; reconciler apply puts it back"
	if !was.known {
		reason = "drift, reported only: which commit was applied last is not known, so nobody can tell a change behind our back " +
			"from one that the file asks for; an operator's reconciler apply is needed once"
	}
	changes := map[resource.Ref]*planner.Change{}
	for i := range p.Plan.Changes {
		changes[p.Plan.Changes[i].Ref] = &p.Plan.Changes[i]
	}
	held := map[resource.Ref]string{}
	for i := range p.Plan.Changes {
		c := &p.Plan.Changes[i]
		if c.Held() || c.Op == planner.Resume || p.Payer.DriftOf(c.Ref) != spec.DriftReport {
			continue
		}
		drifts := c.Op != planner.Create || c.Ref.Kind != "account"
		drifts = drifts && (!was.known || !slices.Contains(strings.Fields(was.open), markOf(c.Ref)))
		for _, then := range was.then {
			drifts = drifts && then.drifts(c, changes)
		}
		if drifts {
			held[c.Ref] = reason
		}
	}
	return held
}

// drifts says whether what is wanted of an object is what was wanted then, so
// that nobody asked for the change since. changes are all of the plan.
func (w wishes) drifts(c *planner.Change, changes map[resource.Ref]*planner.Change) bool {
	then, wanted := w.want.Get(c.Ref)
	switch {
	case c.Have != nil && w.lists[c.Have.Facts[resource.FactNode]], c.Want != nil && w.lists[c.Want.Facts[resource.FactNode]]:
		return false
	case c.Want != nil:
		return wanted && alike(then, *c.Want)
	case wanted && then.Facts[resource.FactAbsent] == "":
		return false // the file let it go since
	case c.Have.Facts[resource.FactExact] != "":
		// What is not named yet is in no list that says what must not be there.
		node := c.Have.Facts[resource.FactNode]
		return !w.fresh(c.Have.Facts[resource.FactPolicy]) && !w.fresh(node[:max(0, strings.LastIndexByte(node, ' '))])
	}
	if lead, err := resource.ParseRef(c.Have.Facts[resource.FactFollows]); err == nil {
		by, planned := changes[lead]
		return !planned || by.Op != planner.Delete || w.drifts(by, changes)
	}
	return w.prune
}

// fresh says that a Ref is wanted now and was not then.
func (w wishes) fresh(ref string) bool {
	r, err := resource.ParseRef(ref)
	if err != nil {
		return false
	}
	_, then := w.want.Get(r)
	_, now := w.now.Get(r)
	return now && !then
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
