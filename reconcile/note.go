package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/words"
)

// maxNote is how long a note may be: the longest value of a tag.
const maxNote = 256

// notes finds out what an apply of the plan is to note: before it begins, where
// it would change something for a commit that wants anything new, and after a
// clean end, where the commit noted as applied wants something else.
func (p *Planned) notes(was earlier) {
	p.notable, p.known, p.wasOpen = true, was.known, was.open
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

// noteEnd notes that the commit was applied, but for the objects that it names:
// what is blocked, waits or failed must act later, and what is done is done. Where
// these are too many for a tag, the commit stays one that was begun.
func (p *Planned) noteEnd(ctx context.Context, r *executor.Result) error {
	if !p.notable || ctx.Err() != nil || r.Ended != "" {
		return nil // a later pass finds nothing to do, and notes that
	}
	open, fits := p.open(r)
	if !fits || (open != "" || len(p.held) > 0) && !p.known && !p.o.Heal && !p.First {
		return nil // what was held for want of knowledge stays so until an operator applies
	}
	facts := maps.Clone(p.clean)
	if open != p.wasOpen {
		if facts == nil {
			facts = map[string]string{}
		}
		facts[resource.FactOpen] = open
	}
	return p.note(ctx, r.Live, facts)
}

// open lists the objects that the apply leaves to be changed, as a tag holds
// them; fits is false where they are too many. Missing accounts are not among
// them, since these are never taken for drift, nor is drift that is held.
func (p *Planned) open(r *executor.Result) (list string, fits bool) {
	var marks []string
	for i, o := range r.Outcomes {
		c := &p.Plan.Changes[i]
		if _, drift := p.held[c.Ref]; o == executor.Done || drift || c.Op == planner.Create && c.Ref.Kind == "account" {
			continue
		}
		marks = append(marks, markOf(c.Ref))
	}
	slices.Sort(marks)
	list = strings.Join(slices.Compact(marks), " ")
	return list, len(list) <= maxNote
}

// markOf is a Ref in few letters. Two that share one are an object too many that
// acts, one time in four thousand million.
func markOf(r resource.Ref) string {
	sum := sha256.Sum256([]byte(r.String()))
	return hex.EncodeToString(sum[:4])
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
			return fmt.Errorf("note that %s is applied: %w", words.Commit(p.Payer.Run.Commit), err)
		}
	}
	return nil
}
