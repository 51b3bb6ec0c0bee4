package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/forecast"
	"github.com/payer-reconciler/reconciler/impact"
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

	// Before gives the payer as of a commit, and ErrNoCommit where the history
	// has no such commit; any other error ends the pass. It is what makes drift
	// reported where the payer says so. Nil: drift is put back.
	Before func(ctx context.Context, commit string) (*spec.Payer, error)
	// Heal puts drift back whatever the payer says, for that is what an operator
	// who applies asks for.
	Heal bool
	// CommitExact says that the payer is read from Run.Commit as it stands
	// there, so that a clean apply may be noted under the name of the commit.
	CommitExact bool
	// Memory is what earlier passes over this payer know; nil: nothing is kept.
	Memory *Memory
}

// ErrNoCommit is Options.Before's word that the history has no such commit, as
// after it was written anew.
var ErrNoCommit = errors.New("no such commit")

// Planned is a payer that was read and compared.
type Planned struct {
	Payer *spec.Payer
	Plan  *planner.Plan
	Live  *resource.State
	Files []File
	// ClaimsRoot says that the organization is there and its root does not bear
	// our mark yet: an apply sets it before anything else.
	ClaimsRoot bool
	// First says that no apply of ours has been here: the organization is to be
	// made, or ClaimsRoot.
	First bool
	// Impact is what the policies and the moves of the plan newly deny and allow;
	// nil where it has none. Tests are the file's own, and Refused is why the plan may not
	// be applied because of them, nil where it may.
	Impact  *impact.Result
	Tests   []explain.Tested
	Refused error
	// Elsewhere are the edited policies that also hang where the file does not
	// put them.
	Elsewhere []Elsewhere
	// Forecast is how long AWS will take for the plan, by day where a day is not
	// enough, and the room of the quotas that it draws on.
	Forecast forecast.Forecast

	o       Options
	session *cloud.Session
	kinds   []*kind.Kind
	want    *resource.State
	reaches []target                // where edited policies hang outside of the file
	held    map[resource.Ref]string // drift that is reported only
	shut    map[resource.Ref]string // what would shut us or a vendor out, or would be denied
	begin   map[string]string       // what an apply is to note before its first change
	clean   map[string]string       // what it is to note at its end
	notable bool                    // it notes at all
	known   bool                    // what was applied last is known
	wasOpen string                  // what FactOpen says now
}

// Session is the payer as it was entered, for further reads.
func (p *Planned) Session() *cloud.Session { return p.session }

// Drifted counts the objects that somebody changed in AWS and that are
// reported only.
func (p *Planned) Drifted() int {
	n := 0
	for i := range p.Plan.Changes {
		if c := &p.Plan.Changes[i]; c.Blocked != "" && c.Blocked == p.held[c.Ref] {
			n++
		}
	}
	return n
}

// Differences counts what differs between the file and AWS and could be made
// equal: the changes that are not held, and the drift that is reported only.
func (p *Planned) Differences() int {
	n := p.Drifted()
	for i := range p.Plan.Changes {
		if !p.Plan.Changes[i].Held() {
			n++
		}
	}
	return n
}

// Plan reads the payer and says what an apply would do. It writes nothing. Any
// read that fails is its error: nothing is planned from half an organization.
// The payer given is not changed: the one of the plan is a copy, whose Run has
// what this pass found out.
func Plan(ctx context.Context, p *spec.Payer, o Options) (*Planned, error) {
	in, err := open(ctx, p, o)
	if err != nil {
		return nil, err
	}
	planned := &Planned{Payer: in.payer, o: o, session: in.session, kinds: o.Kinds}
	if err := planned.diff(ctx, in.have); err != nil {
		return nil, err
	}
	org, ok := planned.Live.Get(spec.OrganizationRef)
	planned.ClaimsRoot = ok && org.Owner == ""
	planned.First = !ok || planned.ClaimsRoot
	if err := planned.hold(ctx); err != nil {
		return nil, err
	}
	if err := planned.reveal(ctx); err != nil {
		return nil, err
	}
	if err := planned.reach(ctx); err != nil {
		return nil, err
	}
	if err := planned.protect(); err != nil {
		return nil, err
	}
	if err := planned.effects(); err != nil {
		return nil, err
	}
	planned.forecast()
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
		var ask []resource.Ref
		have, ask = p.recall(have, plan)
		if have, err = live.Confirm(ctx, p.session, p.kinds, have, ask); err != nil {
			return err
		}
		for _, r := range ask {
			o, _ := have.Get(r)
			p.o.Memory.note(o)
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
		want.Grow(len(objects))
		for _, o := range objects {
			if err := want.Add(o); err != nil {
				all = multierror.Append(all, err)
			}
		}
	}
	return want, all.ErrorOrNil()
}
