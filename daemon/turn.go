package daemon

import (
	"math/rand/v2"
	"time"
)

// turn is when a payer's next pass is, and why. Its methods are the whole rule
// of scheduling; they read no clock.
type turn struct {
	due     time.Time // of the next pass
	why     string    // what asked for it; "" is the timer
	running bool
	again   bool // something asked for a pass while one ran: one more follows
	fails   int  // passes in a row that failed
}

// The waits of a payer whose passes fail: the first, doubled with every failure
// up to the longest.
const (
	firstWait   = 15 * time.Second
	longestWait = 30 * time.Minute
)

// ask wants a pass as soon as it can be. What comes while a pass runs is
// absorbed into one more, whatever asks and how often.
func (t *turn) ask(now time.Time, why string) {
	if t.running {
		t.again = true
		t.why = why
		return
	}
	if t.why == "" || t.due.After(now) {
		t.due, t.why = now, why
	}
}

// urgent says that somebody asked for the pass, other than the timer.
func (t *turn) urgent() bool { return t.why != "" }

// ready says that a pass may start.
func (t *turn) ready(now time.Time) bool { return !t.running && !t.due.After(now) }

// start notes that the pass starts, and gives what asked for it.
func (t *turn) start() (why string) {
	why, t.why = t.why, ""
	t.running, t.again = true, false
	if why == "" {
		why = "timer"
	}
	return why
}

// end notes how the pass ended. wait is when it wants to look again, at the
// latest; 0 leaves it to the interval.
func (t *turn) end(now time.Time, failed bool, interval, wait time.Duration) {
	t.running = false
	if failed {
		t.fails++
	} else {
		t.fails = 0
	}
	switch {
	case t.again:
		t.due = now
		return
	case failed:
		t.due = now.Add(jitter(backoff(t.fails)))
	case wait > 0 && wait < interval:
		t.due = now.Add(wait)
	default:
		t.due = now.Add(jitter(interval))
	}
	t.why = ""
}

// backoff is the wait behind so many failures in a row.
func backoff(fails int) time.Duration {
	const doublings = 8 // behind it the longest wait is reached
	return min(firstWait<<min(max(fails-1, 0), doublings), longestWait)
}

// jitter spreads a wait by a tenth to both sides, so that fifty payers, or two
// daemons, do not ask at once for ever.
func jitter(d time.Duration) time.Duration {
	spread := int64(d / 5)
	if spread <= 0 {
		return d
	}
	return d - time.Duration(spread/2) + time.Duration(rand.Int64N(spread+1))
}
