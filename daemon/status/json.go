package status

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// WriteJSON writes the form, indented.
func WriteJSON(w io.Writer, s Status) error {
	b, err := json.MarshalIndent(s.utc(), "", "  ")
	if err != nil {
		return fmt.Errorf("encode status: %w", err)
	}
	if _, err := w.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	return nil
}

// maxForm bounds what is read of a form: thousands of payers fit.
const maxForm = 32 << 20

// Read reads the form that another process wrote. Fields that it does not know
// are a newer daemon's, and are passed over; a form that is none, or of another
// major version, is an error.
func Read(r io.Reader) (Status, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxForm+1))
	if err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	if len(b) > maxForm {
		return Status{}, fmt.Errorf("read status: more than %d MB", maxForm>>20)
	}
	var s Status
	if err := json.Unmarshal(b, &s); err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	if !strings.HasPrefix(s.FormatVersion, "1.") {
		return Status{}, fmt.Errorf("read status: formatVersion %q is none that this version knows (1.x)", s.FormatVersion)
	}
	return s, nil
}

// userInfo is what stands before the host in a URL.
var userInfo = regexp.MustCompile(`(://)[^/\s]*@`)

// noCredentials takes user and password out of every URL in a text.
func noCredentials(text string) string { return userInfo.ReplaceAllString(text, "$1") }

// utc puts every time into UTC and drops what is below a millisecond: the form
// reads alike wherever the daemon runs.
func (s Status) utc() Status {
	even(&s.StartedAt, &s.Now, &s.Git.FetchedAt, &s.Config.LoadedAt)
	payers := make([]Payer, len(s.Payers))
	for i := range s.Payers {
		p := s.Payers[i].clone()
		even(&p.Since, &p.LastCleanAt, &p.NextAt)
		if p.LastPass != nil {
			even(&p.LastPass.StartedAt)
		}
		if p.Running != nil {
			even(&p.Running.Since)
		}
		if p.Lease != nil {
			even(&p.Lease.Expires)
		}
		if p.Pause != nil {
			even(&p.Pause.Since, &p.Pause.Until)
		}
		payers[i] = p
	}
	s.Payers = payers
	return s
}

func even(times ...*time.Time) {
	for _, t := range times {
		*t = t.UTC().Truncate(time.Millisecond)
	}
}
