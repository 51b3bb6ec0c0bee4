package reconcile

import (
	"context"
	"maps"
	"time"

	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/live"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// looks is how often AWS is read again after an apply; between the looks pass
// 1, 2, 3 … s on the session's clock.
const looks = 6

// settle reads AWS again until it shows what the apply wrote, for its lists may
// lag: a plan made at once would else want to write it a second time. It gives
// the refs that AWS does not show yet; that is no failure.
func (p *Planned) settle(ctx context.Context, r *executor.Result) ([]resource.Ref, error) {
	done := map[resource.Ref]bool{}
	for i, o := range r.Outcomes {
		if o == executor.Done {
			done[p.Plan.Changes[i].Ref] = true
		}
	}
	var late []resource.Ref
	var err error
	for look := range looks {
		if len(done) == 0 || ctx.Err() != nil {
			return nil, nil
		}
		if look > 0 {
			if err := p.session.Sleep(ctx, time.Duration(look)*time.Second); err != nil {
				return late, nil // interrupted
			}
		}
		late, err = p.unseen(ctx, done)
		if err != nil && !outran(err) || err == nil && len(late) == 0 {
			return late, err
		}
	}
	return late, err
}

// unseen compares once more and gives those of the done refs that would be
// changed again.
func (p *Planned) unseen(ctx context.Context, done map[resource.Ref]bool) ([]resource.Ref, error) {
	have, err := live.Read(ctx, p.session, p.Payer, p.kinds)
	if err != nil {
		return nil, err
	}
	plan, err := p.compare(have)
	if err != nil {
		return nil, err
	}
	var ours []resource.Ref
	for _, r := range plan.Unsure {
		if done[r] {
			ours = append(ours, r)
		}
	}
	if len(ours) > 0 {
		if have, err = live.Confirm(ctx, p.session, p.kinds, have, ours); err != nil {
			return nil, err
		}
		if plan, err = p.compare(have); err != nil {
			return nil, err
		}
	}
	var late []resource.Ref
	for i := range plan.Changes {
		if done[plan.Changes[i].Ref] {
			late = append(late, plan.Changes[i].Ref)
		}
	}
	return late, nil
}

func (p *Planned) compare(have *resource.State) (*planner.Plan, error) {
	unprotect(p.Payer, have)
	want, err := desired(p.kinds, p.Payer, have)
	if err != nil {
		return nil, err
	}
	await(want, have, p.session.Rates())
	p.want = want
	o := plannerOptions(p.kinds, p.Payer, have, p.session.Rates())
	o.Hold = p.held
	if len(p.shut) > 0 {
		o.Hold = maps.Clone(p.shut)
		maps.Copy(o.Hold, p.held)
	}
	plan, err := planner.Diff(want, have, o)
	if err != nil {
		return nil, err
	}
	return plan, p.tellLifted(plan, have)
}
