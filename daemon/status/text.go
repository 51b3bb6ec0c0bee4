package status

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

// TextOptions are how text is shown.
type TextOptions struct {
	Now   time.Time // that "3 min ago" is counted from; zero: the status' own
	Width int       // of the terminal; 0 where nothing bounds a line
	Color bool      // with ANSI colours
}

// WriteText writes what a person wants to know: a few lines of the daemon, a table
// of the payers, and what is the matter with those that need somebody.
func WriteText(w io.Writer, s Status, o TextOptions) error {
	if o.Now.IsZero() {
		o.Now = s.Now
	}
	t := &text{status: &s, o: o}
	t.head()
	t.table()
	for i := range s.Payers {
		t.details(&s.Payers[i])
	}
	if _, err := io.WriteString(w, t.b.String()); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	return nil
}

// text is one status on its way to a terminal.
type text struct {
	b      strings.Builder
	status *Status
	o      TextOptions
}

// ANSI colours.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
)

func (t *text) paint(colour, s string) string {
	if !t.o.Color || colour == "" {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// colours of the states that are not mere waiting.
var colours = map[string]string{OK: green, Failed: red, Broken: red, Guarded: yellow, Blocked: yellow, Paused: yellow, FirstApply: yellow}

// head says which daemon speaks, and what is the matter with its repository and
// its config.
func (t *text) head() {
	s := t.status
	fmt.Fprintf(&t.b, "reconciler %s, mode %s, up %s\n", clean(s.Version), clean(s.Mode), words.Age(t.o.Now.Sub(s.StartedAt)))
	line := "git " + clean(s.Git.URL)
	if s.Git.Branch != "" {
		line += " " + clean(s.Git.Branch)
	}
	if s.Git.Commit != "" {
		line += " at " + clean(words.Commit(s.Git.Commit))
	}
	if !s.Git.FetchedAt.IsZero() {
		line += ", fetched " + ago(t.o.Now, s.Git.FetchedAt)
	}
	if s.Git.URL != "" {
		t.b.WriteString(line + "\n")
	}
	if s.Git.Error != "" {
		t.wrong("git", s.Git.Error, "")
	}
	if s.Git.Unverified != "" {
		t.wrong("git", "commit "+clean(words.Commit(s.Git.Unverified))+" is newer, and none of git.verify.keys signed it: it is not applied", "")
	}
	for _, m := range s.Git.Mistakes {
		t.wrong("git", m, "")
	}
	if s.Config.Error != "" {
		also := "what was loaded before stays in force"
		if !s.Config.LoadedAt.IsZero() {
			also = "what was loaded " + ago(t.o.Now, s.Config.LoadedAt) + " stays in force"
		}
		t.wrong("config", s.Config.Error, also)
	}
	t.b.WriteByte('\n')
}

// wrong says what is the matter with a thing, and what follows from it.
func (t *text) wrong(of, what, also string) {
	for _, l := range strings.Split(strings.TrimSpace(what), "\n") {
		t.b.WriteString(t.paint(red, of+": "+clean(l)) + "\n")
	}
	if also != "" {
		fmt.Fprintf(&t.b, "%s: %s\n", of, also)
	}
}
