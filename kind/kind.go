package kind

import (
	"context"
	"fmt"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is one kind of resource. Its functions keep no state between calls and
// may be called from several goroutines.
type Kind struct {
	Name string // the Kind of its Refs
	Doc  string // one line, for people

	// Requires lists the kinds that are read before this one: their live
	// objects are in the State that Live is given.
	Requires []*Kind

	// Fixed are attributes that AWS cannot change, each with the reason a
	// person reads; "{before}" in it stands for the live value.
	Fixed map[string]string

	// Lane bounds how many writes of the kind run at once in one payer. The
	// zero Lane leaves it to the pass's own parallelism.
	Lane Lane

	// Marked kinds bear our mark as tags, so that we know our own.
	Marked bool
	// UseExisting kinds are used as they are found: no adoption is asked for.
	UseExisting bool
	// Prunes says that safety.prune may delete an object of the kind.
	Prunes bool
	// Place is the attribute whose change is a move, "" where there is none.
	Place string
	// Calls gives the write operations of AWS that one change costs, for the
	// forecast, by the word of the change (create, update, delete), and by
	// update.ATTRIBUTE those that only a difference there costs.
	Calls map[string][]string

	// Desired lists what the payer file wants, in file order. It is pure; live
	// has what was read, so that values that are known need not wait.
	Desired func(p *spec.Payer, live *resource.State) ([]resource.Object, error)

	// Live reads what AWS has. It makes no write. An error means that nothing
	// is known, and ends the payer's pass. A nil Payer asks for everything.
	Live func(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error)

	// Confirm reads tags and owner of one live object afresh and gives the
	// object with Owner, OwnerRead and what else hangs on that (Facts, tags).
	// Nil where the kind cannot be marked and has nothing to add.
	Confirm func(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error)

	// Reach lists the ids of all that a live object is in force on, named by the
	// payer file or not: nodes and accounts. It is asked for an object whose
	// content a plan changes. Nil where an object is in force nowhere else than
	// where it is read.
	Reach func(ctx context.Context, s *cloud.Session, have resource.Object) ([]string, error)

	// Content reads what Live leaves out of an object that no file names, and that
	// matters to some plans: what a policy says, to one that takes it away. It is
	// asked for no others. Nil where Live reads everything.
	Content func(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error)

	// Create makes the object and gives its outputs. Every Text in want is
	// known. What was made already by a killed run is used, not made again.
	Create func(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error)

	// Update makes have equal to want. Nil: such a change is blocked.
	Update func(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error)

	// Delete removes the object. Nil: it is only reported.
	Delete func(ctx context.Context, s *cloud.Session, have resource.Object) error

	// Resume goes on with a request that AWS has under way.
	Resume func(ctx context.Context, s *cloud.Session, want resource.Object, token string) (map[string]string, error)

	// Claim puts the payer's mark where a second repository would see it, before
	// the first write of an apply, where there is anything yet that could bear
	// it. Nil: nothing to claim.
	Claim func(ctx context.Context, s *cloud.Session, live *resource.State) error

	// Note puts facts of the pass, such as FactApplied, beside the mark that Claim
	// sets, where Live finds them again. Nil: nowhere to note them.
	Note func(ctx context.Context, s *cloud.Session, live *resource.State, facts map[string]string) error
}

// Lane is a queue of writes with a width: so many at once in one payer. A
// pending request keeps its place. Kinds may share a lane by name.
type Lane struct {
	Name  string
	Width int
}

// Pending is the error of a write that AWS took on and has not finished: ask
// again, with Resume and the token, after Again on the session's clock.
type Pending struct {
	Token string
	Again time.Duration
}

// Error says that a request is under way.
func (p *Pending) Error() string { return "under way in AWS (" + p.Token + ")" }

// Waiting is the error of a write for which the payer is not ready, such as a
// quota that is full. It is no failure; a later pass tries again.
type Waiting struct {
	Reason string
	// All says that every other create of the kind would wait for the same, so
	// that none of them is tried in this pass.
	All bool
}

// Error gives the reason.
func (w *Waiting) Error() string { return "waiting: " + w.Reason }

// Check says what is wrong with a list of kinds: two of one name, one that
// lacks what every kind needs, a lane without a width, or a Requires that is not before it in the list.
func Check(kinds []*Kind) error {
	seen := map[*Kind]bool{}
	names := map[string]bool{}
	for _, k := range kinds {
		switch {
		case k.Name == "" || k.Doc == "" || k.Desired == nil || k.Live == nil || k.Create == nil:
			return fmt.Errorf("kind %q: it needs Name, Doc, Desired, Live and Create", k.Name)
		case k.Lane.Name != "" && k.Lane.Width < 1:
			return fmt.Errorf("kind %q: its lane %q has no width", k.Name, k.Lane.Name)
		case names[k.Name]:
			return fmt.Errorf("kind %q: there are two of it", k.Name)
		}
		for _, r := range k.Requires {
			if !seen[r] {
				return fmt.Errorf("kind %q: it requires %q, which does not stand before it", k.Name, r.Name)
			}
		}
		seen[k], names[k.Name] = true, true
	}
	return nil
}
