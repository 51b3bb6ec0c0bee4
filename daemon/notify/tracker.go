package notify

import (
	"slices"
	"time"
)

// Result is what a pass over one payer came to.
type Result struct {
	Payer, AccountID, Commit string
	Time                     time.Time // when the pass ended
	Failed                   bool
	Cause                    string // of the failure
	// File is the payer file where the Cause is its mistakes and no pass failed;
	// Stays is the commit that stays in force for the payer then.
	File, Stays string
	Blocked     []string       // the lines of the plan that are blocked, as text
	Guards      []string       // the guards that stop it, each with the place that lifts it
	Changes     map[string]int // what was done in AWS, such as "create ou": 3
	Accounts    int            // accounts that became ready
}

const (
	again       = 6 * time.Hour // a failure that stays is told again after this
	causesKnown = 32            // causes of one outage that are told apart
	otherCauses = "\x00"        // stands for all that come after these
)

// Tracker says which events the passes over one payer are worth. A failure is
// told once for each cause and again while it stays, every six hours; that
// passes work again, once; what is blocked, when that is not what it was; and
// changes, whenever there were some. Its zero value is ready. It belongs to one
// goroutine, and knows no time but that of the results.
type Tracker struct {
	since   time.Time            // the first failure of the outage; zero: there is none
	passes  int                  // that failed since then
	told    map[string]time.Time // when each cause was told
	blocked []string             // what was blocked in the last pass that could say it, without ages
}

// Events takes in the result of a pass and gives what is worth telling, in
// the order in which it should be sent.
func (t *Tracker) Events(r Result) []Event {
	var events []Event
	if !r.Failed && !t.since.IsZero() {
		events = append(events, t.recovered(r))
	}
	if e := changed(r); e.Title != "" {
		events = append(events, e)
	}
	if r.Failed {
		return append(events, t.failed(r)...)
	}
	now := marks(r)
	if !slices.Equal(now, t.blocked) {
		t.blocked = now
		events = append(events, blocked(r))
	}
	return events
}

// failed gives the event of a failure that is news.
func (t *Tracker) failed(r Result) []Event {
	if t.since.IsZero() {
		t.since, t.passes, t.told = r.Time, 0, map[string]time.Time{}
	}
	if r.File == "" {
		t.passes++
	}
	cause := essence(r.Cause)
	if _, known := t.told[cause]; !known && len(t.told) >= causesKnown {
		cause = otherCauses
	}
	if last, known := t.told[cause]; known && r.Time.Sub(last) < again {
		return nil
	}
	t.told[cause] = r.Time
	return []Event{failure(r, r.Time.Sub(t.since), t.passes)}
}

// recovered ends an outage.
func (t *Tracker) recovered(r Result) Event {
	e := recovery(r, r.Time.Sub(t.since), t.passes)
	t.since, t.passes, t.told = time.Time{}, 0, nil
	return e
}
