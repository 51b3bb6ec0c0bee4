package planner

import "github.com/payer-reconciler/reconciler/resource"

// Options are everything that Diff must know beside the two states: plain data.
type Options struct {
	Payer string // the name in our mark
	Kinds map[string]Rules
	Order []string // kind names in the order of the report
	// Hold are the changes that must not be made, by the object, each with the
	// reason that a person reads; a plan shows them as blocked. What another
	// reason blocks keeps that one. A resume is not held: AWS has it under way.
	Hold    map[resource.Ref]string
	Prune   bool
	PruneAt string // file:line of safety.prune, the why of what it deletes
	// Limits of the payer file's safety section.
	MaxRemovals, MaxMoves, MaxAccountCreates Limit
	Rates                                    map[string]float64 // operation -> calls per second, sustained
}

// Rules are what Diff must know of one kind; reconcile fills them from the kind.
type Rules struct {
	Fixed       map[string]string // attribute -> reason; "{before}" is the live value
	CanUpdate   bool
	CanDelete   bool
	Marked      bool
	Confirms    bool // what hangs on an object to delete is read first, where no mark is
	UseExisting bool
	Prunes      bool
	Place       string // the attribute whose change is a move
	Counted     bool   // its creations count against MaxAccountCreates
	// Calls are write operations by create, update, delete, and by
	// update.ATTRIBUTE those that only a difference there costs.
	Calls map[string][]string
}

// Limit is a number or a percentage, with the line that lifts it.
type Limit struct {
	Number  int
	Percent bool
	Lift    string
	Base    int // of MaxMoves in percent: the live member accounts; else computed by Diff from the live objects of the kind
}

// Diff compares what the payer file wants with what AWS has.
//
// Its error is for what no plan can be made of: a ring of needs, with its
// members named, or a payer that was emptied while objects of ours live.
func Diff(want, have *resource.State, o Options) (*Plan, error) { return diff(want, have, o) }
