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
	o.Memory.noteAll(have)
	if err := halfRead(p, have); err != nil {
		return nil, err
	}
	return &opened{p, s, have, old}, nil
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
		return &HalfReadError{Payer: p.Name, Found: found, Known: known}
	}
	return nil
}

// HalfReadError is the error of a read that shows fewer than half of the
// accounts that the CSVs of a payer name.
type HalfReadError struct {
	Payer        string
	Found, Known int
}

// Error gives both numbers, and the way out where the accounts are really gone.
func (e *HalfReadError) Error() string {
	return fmt.Sprintf("AWS shows %d of the %d accounts that the CSVs of %s name, on disk or at HEAD: fewer than half, so this read is not trusted; "+
		"if the accounts are really gone, take their rows out of the CSVs, and commit that", e.Found, e.Known, e.Payer)
}
