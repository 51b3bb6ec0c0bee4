package status

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
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
	fmt.Fprintf(&t.b, "reconciler %s, mode %s, up %s\n", clean(s.Version), clean(s.Mode), span(t.o.Now.Sub(s.StartedAt)))
	line := "git " + clean(s.Git.URL)
	if s.Git.Branch != "" {
		line += " " + clean(s.Git.Branch)
	}
	if s.Git.Commit != "" {
		line += " at " + short(s.Git.Commit)
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
		t.wrong("git", "commit "+short(s.Git.Unverified)+" is newer, and none of git.verify.keys signed it: it is not applied", "")
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

// column is one of the table. Those with a rank may be left out where the terminal
// is narrow, the highest first.
type column struct {
	title string
	rank  int
	value func(*Payer) string
}

func (t *text) columns() []column {
	now := t.o.Now
	return []column{
		{"PAYER", 0, func(p *Payer) string { return clean(p.Name) }},
		{"STATE", 0, state},
		{"COMMIT", 3, func(p *Payer) string { return dash(short(p.Commit)) }},
		{"LAST CLEAN", 0, func(p *Payer) string { return ago(now, p.LastCleanAt) }},
		{"NEXT", 2, func(p *Payer) string { return next(now, p) }},
		{"CHANGES", 1, changes},
		{"ACCOUNTS", 0, accounts},
		{"NOTE", 0, func(p *Payer) string { return note(now, p) }},
	}
}

// noteMin is the room that a narrow terminal makes for notes.
const noteMin = 20

// table writes a line for each payer.
func (t *text) table() {
	payers := t.status.Payers
	if len(payers) == 0 {
		t.b.WriteString("No payers.\n")
		return
	}
	cols := t.columns()
	rows := t.rows(cols)
	for rank := 3; rank > 0 && t.o.Width > 0; rank-- {
		if left, note := room(rows, t.o.Width); left >= min(note, noteMin) {
			break
		}
		i := slices.IndexFunc(cols, func(c column) bool { return c.rank == rank })
		cols = slices.Delete(cols, i, i+1)
		rows = t.rows(cols)
	}
	last := len(cols) - 1
	for i, row := range rows {
		if left, _ := room(rows, t.o.Width); t.o.Width > 0 {
			row[last] = cut(row[last], max(left, 1))
		}
		line := strings.TrimRight(t.line(row, widths(rows)), " ")
		if i > 0 {
			line = strings.Replace(line, "  "+row[1], "  "+t.paint(colours[payers[i-1].State], row[1]), 1)
		}
		t.b.WriteString(line + "\n")
	}
}

// nameMax bounds a payer's name where the terminal bounds a line.
const nameMax = 32

func (t *text) rows(cols []column) [][]string {
	rows := make([][]string, 1, 1+len(t.status.Payers))
	for _, c := range cols {
		rows[0] = append(rows[0], c.title)
	}
	for i := range t.status.Payers {
		var row []string
		for _, c := range cols {
			row = append(row, c.value(&t.status.Payers[i]))
		}
		if t.o.Width > 0 {
			row[0] = cut(row[0], nameMax)
		}
		rows = append(rows, row)
	}
	return rows
}

// line sets cells in columns, two spaces apart.
func (t *text) line(row []string, wide []int) string {
	var b strings.Builder
	for i, c := range row {
		b.WriteString(c + strings.Repeat(" ", max(0, wide[i]-cells(c))+2))
	}
	return b.String()
}

func widths(rows [][]string) []int {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			wide[i] = max(wide[i], cells(c))
		}
	}
	return wide
}

// room gives the places that are left for the last column, and those it wants.
func room(rows [][]string, width int) (left, wants int) {
	wide := widths(rows)
	last := len(wide) - 1
	left = width
	for _, n := range wide[:last] {
		left -= n + 2
	}
	return left, wide[last]
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func state(p *Payer) string {
	if p.State == "" {
		return "new"
	}
	return clean(p.State)
}

func next(now time.Time, p *Payer) string {
	if p.Running != nil {
		return "running"
	}
	return in(now, p.NextAt)
}

// changes writes what the last plan would do in the signs of the plan.
func changes(p *Payer) string {
	s := p.Summary
	if s == nil {
		return "-"
	}
	var parts []string
	for _, part := range []struct {
		sign string
		n    int
	}{{"+", s.Create}, {"~", s.Update}, {"-", s.Delete}, {"@", s.Adopt}, {">", s.Resume}, {"!", s.Blocked}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprint(part.sign, part.n))
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, " ")
}

// accounts writes how many accounts of the pools are ready, of those wanted.
func accounts(p *Payer) string {
	if len(p.Pools) == 0 {
		return "-"
	}
	ready, wanted := 0, 0
	for _, pool := range p.Pools {
		ready += pool.Ready
		wanted += pool.Wanted
	}
	return fmt.Sprintf("%d/%d", ready, wanted)
}

// note says in a few words what is special about a payer.
func note(now time.Time, p *Payer) string {
	var parts []string
	if r := p.Running; r != nil {
		s := clean(r.Phase)
		if r.Total > 0 {
			s += fmt.Sprintf(" %d of %d", r.Done, r.Total)
		}
		parts = append(parts, s+" for "+span(now.Sub(r.Since)))
	}
	if why := reason(p); why != "" {
		parts = append(parts, clean(why))
	}
	if p.Summary != nil && p.Summary.Drift > 0 {
		parts = append(parts, fmt.Sprintf("drift %d", p.Summary.Drift))
	}
	if p.Summary != nil && p.Summary.Waiting > 0 {
		parts = append(parts, fmt.Sprintf("%d waiting", p.Summary.Waiting))
	}
	return strings.Join(parts, "; ")
}

// reason says why a payer is in its state.
func reason(p *Payer) string {
	switch {
	case p.Pause != nil && p.Pause.By != "":
		return "by " + p.Pause.By + ": " + p.Pause.Reason
	case p.Pause != nil:
		return p.Pause.Reason
	case p.Error != "":
		line, _, _ := strings.Cut(strings.TrimSpace(p.Error), "\n")
		return line
	}
	switch p.State {
	case Standby:
		if p.Lease != nil && p.Lease.Holder != "" {
			return p.Lease.Holder + " writes"
		}
		return "another daemon writes"
	case FirstApply:
		return "waits for an operator's first apply"
	case Guarded:
		return strings.Join(p.Guards, ", ")
	case Blocked:
		if len(p.Blocked) > 0 {
			return p.Blocked[0]
		}
	}
	return ""
}
