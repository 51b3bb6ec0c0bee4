package reconcile

import (
	"context"
	"errors"
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
	old, err := readCSVs(p)
	if err != nil {
		return nil, err
	}
	p.Run.KnownIDs = old.knownIDs(p)
	s, err := o.Open(ctx, p)
	if err != nil {
		return nil, err
	}
	have, err := read(ctx, s, p, o.Kinds)
	if err != nil {
		return nil, err
	}
	if err := halfRead(p, have); err != nil {
		return nil, err
	}
	planned := &Planned{Payer: p, session: s, kinds: o.Kinds}
	if err := planned.diff(ctx, have); err != nil {
		return nil, err
	}
	org, ok := planned.Live.Get(spec.OrganizationRef)
	planned.ClaimsRoot = ok && org.Owner == ""
	planned.Files, err = previewCSVs(planned, old)
	return planned, err
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

// halfRead refuses a read that shows fewer than half of the accounts that the
// CSVs name: it is far more likely that the read is wrong than that they are gone.
func halfRead(p *spec.Payer, have *resource.State) error {
	there := map[string]bool{}
	for a := range have.Kind("account") {
		there[a.ID()] = true
	}
	found := 0
	for _, id := range p.Run.KnownIDs {
		if there[id] {
			found++
		}
	}
	if known := len(p.Run.KnownIDs); 2*found < known {
		return fmt.Errorf("AWS shows %d of the %d accounts that the CSVs of %s name: fewer than half, so this read is not trusted; "+
			"if the accounts are really gone, take their rows out of the CSVs", found, known, p.Name)
	}
	return nil
}

// errNoSession is for callers that apply a plan read back from a file.
var errNoSession = errors.New("apply: the plan has no session")
