package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// maxNote is how long a note may be: the longest value of a tag.
const maxNote = 256

// notes finds out what an apply of the plan is to note: before it begins, where
// it would change something for a commit that wants anything new, and after a
// clean end, where the commit noted as applied wants something else.
func (p *Planned) notes(was earlier) {
	commit := p.Payer.Run.Commit
	alike := func(then wishes) bool { return alikeAll(then.want, p.want) }
	same := was.commit == commit || was.known && alike(was.then[0])
	if same && len(was.begun) == 0 {
		return
	}
	p.clean = map[string]string{resource.FactApplied: commit}
	if len(was.begun) > 0 {
		p.clean[resource.FactApplying] = ""
	}
	if was.commit == "" || same || slices.Contains(was.begun, commit) || slices.ContainsFunc(was.then, alike) {
		return
	}
	begun := append(slices.Clone(was.begun), commit)
	for len(strings.Join(begun, " ")) > maxNote {
		begun = begun[1:]
	}
	p.begin = map[string]string{resource.FactApplying: strings.Join(begun, " ")}
}

// noteBegin notes, before the first change, that the commit is being applied.
func (p *Planned) noteBegin(ctx context.Context) error {
	if p.begin == nil || !slices.ContainsFunc(p.Plan.Changes, func(c planner.Change) bool { return !c.Held() }) {
		return nil
	}
	p.clean[resource.FactApplying] = ""
	return p.note(ctx, p.Live, p.begin)
}

// noteClean notes that the commit was applied. What the plan blocked is no
// obstacle to an operator, who has seen it; a daemon's pass with anything held
// is not clean.
func (p *Planned) noteClean(ctx context.Context, r *executor.Result) error {
	if ctx.Err() != nil {
		return nil // a later pass finds nothing to do, and notes that
	}
	for i, o := range r.Outcomes {
		if seen := p.Plan.Changes[i].Blocked != "" && p.o.Heal; o != executor.Done && !seen {
			return nil
		}
	}
	return p.note(ctx, r.Live, p.clean)
}

func (p *Planned) note(ctx context.Context, have *resource.State, facts map[string]string) error {
	if len(facts) == 0 {
		return nil
	}
	for _, k := range p.kinds {
		if k.Note == nil {
			continue
		}
		if err := k.Note(ctx, p.session, have, facts); err != nil {
			return fmt.Errorf("note that %s is applied: %w", short(p.Payer.Run.Commit), err)
		}
	}
	return nil
}
