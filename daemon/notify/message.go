package notify

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// formatVersion is that of the JSON a target of the format JSON is sent. Its
// first figure grows when a field goes or changes its meaning.
const formatVersion = "1.0"

// message is what a target is sent at once: the last of some events, and what
// the others were.
type message struct {
	FormatVersion string `json:"formatVersion"`
	Event
	More   *more `json:"more,omitempty"`   // what came before the event and is not told of its own
	Missed int   `json:"missed,omitempty"` // events before these that could not be sent
}

// more sums events up.
type more struct {
	Events int            `json:"events"`
	Kinds  map[string]int `json:"kinds"`
	Payers []string       `json:"payers"`
	Since  time.Time      `json:"since"`
}

// newMessage folds events, of which there is at least one, into a message.
func newMessage(events []Event, missed int) message {
	last := len(events) - 1
	m := message{FormatVersion: formatVersion, Event: events[last], Missed: missed}
	if last == 0 {
		return m
	}
	m.More = &more{Events: last, Kinds: map[string]int{}, Since: events[0].Time}
	payers := map[string]bool{}
	for _, e := range events[:last] {
		m.More.Kinds[e.Kind]++
		payers[e.Payer] = true
	}
	m.More.Payers = slices.Sorted(maps.Keys(payers))
	return m
}

// body gives a message in a target's format.
func (f Format) body(m message) []byte {
	if f == Slack {
		return encode(slackOf(m))
	}
	return encode(m)
}

// encode makes JSON of values that have nothing in them that JSON lacks.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
