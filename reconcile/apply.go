package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/inventory"
	"github.com/payer-reconciler/reconciler/resource"
)

// Applied is what an apply did.
type Applied struct {
	Result *executor.Result
	Files  []File // written, or with the reason why not
	// Late are done changes that AWS's lists do not show yet; CheckErr is why
	// that could not be read.
	Late     []resource.Ref
	CheckErr error
}

// ApplyOptions say how a plan is applied.
type ApplyOptions struct {
	// Options.Checkpoint is Apply's own.
	executor.Options
	// Every is the least time between two looks at the CSVs while the apply
	// runs; 0 is a minute. Those of which a byte differs by then are written.
	Every time.Duration
	// Written is told of the CSVs that were written while the apply runs, and of
	// those that could not be. That does not stop the apply; it waits for
	// Written. What is written at the end is told in Applied. It may be nil.
	Written func([]File)
}

// Apply runs the plan, then writes the CSVs of what is there by then, also
// where some changes failed. The error holds the causes only. A plan with a
// guard, or of a file whose own tests fail, does not apply: the caller has shown it
// and stopped.
func (p *Planned) Apply(ctx context.Context, o ApplyOptions) (*Applied, error) {
	if len(p.Plan.Guards) > 0 {
		return nil, &GuardError{Guards: p.Plan.Guards}
	}
	if p.Refused != nil {
		return nil, p.Refused
	}
	for _, f := range p.Files {
		if err := inventory.Sweep(p.Payer.Root, f.CSV.Path); err != nil {
			return nil, err
		}
		if !f.Changed || f.Err != nil {
			continue
		}
		if err := inventory.Writable(p.Payer.Root, f.CSV.Path); err != nil {
			return nil, err // before an account is made that no list would name
		}
	}
	if err := p.claim(ctx); err != nil {
		return nil, err
	}
	if err := p.noteBegin(ctx); err != nil {
		return nil, err
	}
	pages := p.pages()
	o.Observe = p.forgetting(o.Observe)
	o.Checkpoint, o.CheckpointEvery = func(live *resource.State) { pages.checkpoint(live, o.Written) }, o.Every
	result, err := executor.Run(ctx, p.session, p.kinds, p.Plan, p.Live, o.Options)
	if result == nil {
		return nil, err
	}
	applied := &Applied{Result: result}
	var all *multierror.Error
	if err != nil {
		all = multierror.Append(all, err)
	}
	applied.Files, err = pages.finish(result.Live)
	if err != nil {
		all = multierror.Append(all, err)
	}
	if applied.Late, err = p.settle(ctx, result); err != nil {
		applied.CheckErr = fmt.Errorf("read AWS again after the apply: %w", err)
		all = multierror.Append(all, applied.CheckErr)
	}
	if applied.CheckErr == nil {
		if err := p.noteEnd(ctx, result); err != nil {
			all = multierror.Append(all, err)
		}
	}
	return applied, all.ErrorOrNil()
}

// forgetting drops each object that a change is of from the memory.
func (p *Planned) forgetting(next func(executor.Event)) func(executor.Event) {
	return func(e executor.Event) {
		if e.Change.Have != nil {
			p.o.Memory.forget(*e.Change.Have)
		}
		if o, there := e.Live.Get(e.Change.Ref); there {
			p.o.Memory.forget(o)
		}
		if next != nil {
			next(e)
		}
	}
}

// claim puts our mark on the organization before the first write.
func (p *Planned) claim(ctx context.Context) error {
	for _, k := range p.kinds {
		if k.Claim == nil {
			continue
		}
		if err := k.Claim(ctx, p.session, p.Live); err != nil {
			return err
		}
	}
	return nil
}
