package reconcile

import (
	"context"
	"fmt"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// opened is a payer that was entered and read, with its CSVs as they are.
type opened struct {
	payer   *spec.Payer
	session *cloud.Session
	have    *resource.State
	old     csvs
}

// open reads the payer's CSVs, enters it and reads what it has. A read that
// cannot be trusted is an error.
func open(ctx context.Context, of *spec.Payer, o Options) (*opened, error) {
	pass := *of
	p := &pass
	p.Run.KnownIDs, p.Run.Caller = nil, ""
	old, err := readCSVs(p)
	if err != nil {
		return nil, err
	}
	if p.Run.KnownIDs, err = knownIDs(p, old, o.Committed); err != nil {
		return nil, err
	}
	s, err := o.Open(ctx, p)
	if err != nil {
		return nil, err
	}
	p.Run.Caller, p.Run.Unmarked = s.Caller(), o.Memory.ofAccounts(p)
	have, err := read(ctx, s, p, o.Kinds)
	if err != nil {
		return nil, err
	}
	if err := halfRead(p, have, o.Memory.lastAccounts()); err != nil {
		return nil, err
	}
	o.Memory.noteAll(have)
	o.Memory.noteAccounts(have)
	return &opened{p, s, have, old}, nil
}

// halfRead refuses a read that shows fewer than half of the accounts that the
// CSVs name, or that this process read last: it is far more likely that the read
// is wrong than that they are gone.
func halfRead(p *spec.Payer, have *resource.State, last []string) error {
	there := map[string]bool{}
	for a := range have.Kind("account") {
		there[a.ID()] = true
	}
	for _, known := range []struct {
		ids  []string
		last bool
	}{{p.Run.KnownIDs, false}, {last, true}} {
		found := 0
		for _, id := range known.ids {
			if there[id] {
				found++
			}
		}
		if 2*found < len(known.ids) {
			return &HalfReadError{Payer: p.Name, Found: found, Known: len(known.ids), Last: known.last}
		}
	}
	return nil
}

// HalfReadError is the error of a read that shows fewer than half of the
// accounts that the CSVs of a payer name, or, where Last says so, that the same
// process read before.
type HalfReadError struct {
	Payer        string
	Found, Known int
	Last         bool
}

// Error gives both numbers, and the way out where the accounts are really gone.
func (e *HalfReadError) Error() string {
	where := fmt.Sprintf("that the CSVs of %s name, on disk or at HEAD", e.Payer)
	if e.Last {
		where = "that it showed in the pass before"
	}
	return fmt.Sprintf("AWS shows %d of the %d accounts %s: fewer than half, so this read is not trusted; %s", e.Found, e.Known, where, e.Hint())
}

// Hint is the way out where the accounts are really gone.
func (e *HalfReadError) Hint() string {
	if e.Last {
		return "if the accounts are really gone, restart the daemon, which forgets them"
	}
	return "if the accounts are really gone, take their rows out of the CSVs, and commit that"
}
