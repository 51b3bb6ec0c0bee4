package reconcile

import (
	"context"
	"fmt"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/live"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Options are what a pass needs beside its payer.
type Options struct {
	Kinds []*kind.Kind
	// Open enters the payer. Its error ends the pass.
	Open func(ctx context.Context, p *spec.Payer) (*cloud.Session, error)
	// Committed gives the bytes that the commit checked out has of a file, which
	// is named from the repository's root, and nil where it has none. Outside
	// git it is nil.
	Committed func(p *spec.Payer, path string) ([]byte, error)
}

// Planned is a payer that was read and compared.
type Planned struct {
	Payer *spec.Payer
	Plan  *planner.Plan
	Live  *resource.State
	Files []File
	// ClaimsRoot says that the organization is there and its root does not bear
	// our mark yet: an apply sets it before anything else.
	ClaimsRoot bool

	session *cloud.Session
	kinds   []*kind.Kind
}

// Plan reads the payer and says what an apply would do. It writes nothing. Any
// read that fails is its error: nothing is planned from half an organization.
func Plan(ctx context.Context, p *spec.Payer, o Options) (*Planned, error) {
	in, err := open(ctx, p, o)
	if err != nil {
		return nil, err
	}
	planned := &Planned{Payer: p, session: in.session, kinds: o.Kinds}
	if err := planned.diff(ctx, in.have); err != nil {
		return nil, err
	}
	org, ok := planned.Live.Get(spec.OrganizationRef)
	planned.ClaimsRoot = ok && org.Owner == ""
	planned.Files = previewCSVs(planned, in.old)
	return planned, nil
}

// diff compares, reads the marks of those objects whose mark decides, and
// compares again.
func (p *Planned) diff(ctx context.Context, have *resource.State) error {
	const rounds = 4 // a mark that was read can make others matter; never many
	for range rounds {
		plan, err := p.compare(have)
		if err != nil {
			return err
		}
		p.Live, p.Plan = have, plan
		if len(plan.Unsure) == 0 {
			return nil
		}
		if have, err = live.Confirm(ctx, p.session, p.kinds, have, plan.Unsure); err != nil {
			return err
		}
	}
	return fmt.Errorf("the marks of %d objects stay unread, %s among them; plan again", len(p.Plan.Unsure), p.Plan.Unsure[0])
}

// desired gathers what the kinds want, and every mistake that they find.
func desired(kinds []*kind.Kind, p *spec.Payer, have *resource.State) (*resource.State, error) {
	want := &resource.State{}
	var all *multierror.Error
	for _, k := range kinds {
		objects, err := k.Desired(p, have)
		if err != nil {
			all = multierror.Append(all, err)
		}
		for _, o := range objects {
			if err := want.Add(o); err != nil {
				all = multierror.Append(all, err)
			}
		}
	}
	return want, all.ErrorOrNil()
}
