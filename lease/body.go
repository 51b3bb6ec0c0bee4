package lease

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// body is a lease as it stands in the store.
type body struct {
	Holder     string    `json:"holder"`
	Who        string    `json:"who,omitempty"`
	Command    string    `json:"command,omitempty"`
	Since      time.Time `json:"since"`   // by the holder's clock, for people
	Renewed    time.Time `json:"renewed"` // likewise
	TTLSeconds int64     `json:"ttlSeconds"`
	Version    string    `json:"version,omitempty"`
	Token      string    `json:"token"`              // of one Acquire
	Serial     int       `json:"serial"`             // of the renewal: no two bodies are equal
	Released   bool      `json:"released,omitempty"` // nobody holds it
}

func (b body) encode() []byte {
	text, err := json.Marshal(b)
	if err != nil {
		panic("lease: encode: " + err.Error()) // a time beyond the year 9999
	}
	return append(text, '\n')
}

func (b body) ttl() time.Duration { return time.Duration(b.TTLSeconds) * time.Second }

// decode reads what a store keeps. What is not a lease in every point is not
// ours to overwrite.
func decode(text []byte) (body, error) {
	var b body
	if err := strict(text, &b); err != nil {
		return b, &ForeignError{What: "lease", Why: err}
	}
	switch {
	case b.Holder == "":
		return b, &ForeignError{What: "lease", Why: errors.New("it names no holder")}
	case b.TTLSeconds < 1 || b.TTLSeconds > int64(longest/time.Second):
		return b, &ForeignError{What: "lease", Why: fmt.Errorf("its time to live is %d seconds", b.TTLSeconds)}
	}
	return b, nil
}

// strict reads one JSON object. Fields that it does not know are those of a
// later version.
func strict(text []byte, v any) error {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return errors.New("it is no JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the JSON object")
	}
	return nil
}

// ForeignError is an object at the place of a lease or a pause that is none. It
// is never overwritten.
type ForeignError struct {
	What string // lease or pause
	Why  error
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("what lies at the place of the %s is none: %v", e.What, e.Why)
}

func (e *ForeignError) Unwrap() error { return e.Why }

// Hint is what the user may do about it.
func (e *ForeignError) Hint() string {
	return "name another key under `lease` in the payer file, or look at the object and remove it if nobody needs it"
}

// HeldError says that somebody else has the lock.
type HeldError struct {
	Holder  string
	Who     string
	Command string
	Since   time.Time
	Expires time.Time     // when it may be taken over unless it is renewed, by the store's clock; zero: not known, or never
	Left    time.Duration // the same, from now; negative: not known, or never
}

func (e *HeldError) Error() string {
	var b strings.Builder
	b.WriteString("somebody else is writing: held by ")
	if e.Holder == "" {
		b.WriteString("another process")
	}
	b.WriteString(e.Holder)
	for _, part := range []string{e.Command, e.Who} {
		if part != "" {
			b.WriteString(", " + part)
		}
	}
	if !e.Since.IsZero() {
		b.WriteString(", since " + e.Since.UTC().Format(time.RFC3339))
	}
	if !e.Expires.IsZero() {
		b.WriteString(", until " + e.Expires.UTC().Format(time.RFC3339) + " unless renewed")
	}
	return b.String()
}

// held says who has a lease.
func (b body) held(o Object, age time.Duration) *HeldError {
	e := &HeldError{Holder: b.Holder, Who: b.Who, Command: b.Command, Since: b.Since, Left: -1}
	if age >= 0 {
		e.Left = max(0, b.ttl()+margin-age)
		if !o.Now.IsZero() {
			e.Expires = o.Now.Add(e.Left)
		}
	}
	return e
}
