// Package notify tells people what the daemon saw: a pass that failed, one
// that works again, what was changed, and what is blocked.
//
// Call [New] with the targets, [Notifier.Send] for each event and
// [Notifier.Close] at the end. [Tracker] says which events a pass is worth, so
// that a failure that stays is told once and not at every pass.
//
// A notification is never worth more than the work: Send does not block, a
// target that is away costs log lines and nothing else, and the URL of a
// target, which is a credential, is in no log line and no error.
package notify

import (
	"fmt"
	"slices"
	"time"
)

// The kinds of events.
const (
	Failure  = "failure"  // a pass failed
	Recovery = "recovery" // passes work again
	Changes  = "changes"  // AWS was changed
	Blocked  = "blocked"  // the plan has lines that are blocked, or a guard stops it
)

// Kinds gives the kinds of events, in the order of the documentation.
func Kinds() []string { return []string{Failure, Recovery, Changes, Blocked} }

// Event is something to tell. Its JSON form is what a target of the format
// JSON is sent, with formatVersion beside it.
type Event struct {
	Kind      string         `json:"kind"`
	Payer     string         `json:"payer"`
	AccountID string         `json:"accountId,omitempty"`
	Commit    string         `json:"commit,omitempty"`
	Title     string         `json:"title"`            // what happened, on one line, without the payer
	Text      string         `json:"text,omitempty"`   // more of it; may have lines
	Do        string         `json:"do,omitempty"`     // what to do about it
	Time      time.Time      `json:"time"`             // Send fills it in where it is zero
	Counts    map[string]int `json:"counts,omitempty"` // such as "create ou": 3
}

// Format is how a target wants to be told.
type Format string

// The formats.
const (
	Slack Format = "slack" // Slack's incoming webhooks, which Mattermost and others take too
	JSON  Format = "json"  // the event itself
)

// Target is where events go.
type Target struct {
	Name   string // for logs and metrics; "" becomes notify[0] and so on
	Format Format
	// URLFile holds the URL, alone. It is read at each send, so that the URL
	// can be changed while the daemon runs.
	URLFile string
	On      []string // the kinds that are sent; none: all
	Payers  []string // the payers that are told of, beside what is of no payer; none: all
}

// valid says what is wrong with a target, but for its file.
func (t Target) valid() error {
	switch {
	case t.Format != Slack && t.Format != JSON:
		return fmt.Errorf("%s: format %q: want %s or %s", t.Name, t.Format, Slack, JSON)
	case t.URLFile == "":
		return fmt.Errorf("%s: no file that holds the URL", t.Name)
	}
	for _, kind := range t.On {
		if !slices.Contains(Kinds(), kind) {
			return fmt.Errorf("%s: on %q: want some of %v", t.Name, kind, Kinds())
		}
	}
	return nil
}

// wants says whether a target is told of an event.
func (t Target) wants(e Event) bool {
	return (len(t.On) == 0 || slices.Contains(t.On, e.Kind)) &&
		(len(t.Payers) == 0 || e.Payer == "" || slices.Contains(t.Payers, e.Payer))
}
