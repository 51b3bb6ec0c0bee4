package status

import (
	"fmt"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

// needsSomebody says that a payer will not be well by itself.
func needsSomebody(p *Payer) bool {
	switch p.State {
	case OK, Standby, "":
		return p.Error != "" || p.Pause != nil || p.Summary != nil && p.Summary.Drift > 0
	}
	return true
}

// details writes what is the matter with a payer, and what to do about it.
func (t *text) details(p *Payer) {
	if !needsSomebody(p) {
		return
	}
	title := t.paint(bold, clean(p.Name)) + ": " + t.paint(colours[p.State], state(p))
	if !p.Since.IsZero() && p.State != OK {
		title += " since " + moment(p.Since) + " (" + ago(t.o.Now, p.Since) + ")"
	}
	t.b.WriteString("\n" + title + "\n")
	for _, l := range t.matter(p) {
		t.b.WriteString("  " + clean(l) + "\n")
	}
	for _, l := range advice(p) {
		t.b.WriteString("  -> " + l + "\n")
	}
}

// errorLines bounds what is shown of an error; the journal and the JSON form have
// the whole of it.
const errorLines = 12

// matter is what is wrong, a line each, not yet clean.
func (t *text) matter(p *Payer) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if p.Pause != nil {
		add("%s", pause(t.o.Now, p.Pause))
		if p.Pause.Reason != "" {
			add("reason: %s", p.Pause.Reason)
		}
	}
	if p.Error != "" {
		errors := strings.Split(strings.TrimSpace(p.Error), "\n")
		lines = append(lines, errors[:min(len(errors), errorLines)]...)
		if more := len(errors) - errorLines; more > 0 {
			add("… and %s more", words.Count(more, "line", "lines"))
		}
	}
	if p.Failures > 1 {
		again := ""
		if !p.NextAt.IsZero() {
			again = ", tried again " + in(t.o.Now, p.NextAt)
		}
		add("failed %d times in a row%s", p.Failures, again)
	}
	for _, g := range p.Guards {
		add("guard: %s", g)
	}
	lines = append(lines, p.Blocked...)
	if s := p.Summary; s != nil {
		if more := s.Blocked - len(p.Blocked); more > 0 && len(p.Blocked) > 0 {
			add("… and %s more blocked", words.Count(more, "line", "lines"))
		}
		if s.Drift > 0 {
			add("%s in AWS changed without a commit", words.Count(s.Drift, "object", "objects"))
		}
	}
	return lines
}

// pause says who paused a payer, since when and until when.
func pause(now time.Time, p *Pause) string {
	s := "paused"
	if p.By != "" {
		s += " by " + p.By
	}
	if p.From == "file" {
		s += " in the payer file"
	}
	if !p.Since.IsZero() {
		s += " " + ago(now, p.Since)
	}
	if p.Until.IsZero() {
		return s + ", until it is resumed"
	}
	return s + ", until " + moment(p.Until) + " (" + in(now, p.Until) + ")"
}

// advice is what a person does next, a line each, ready to be shown.
func advice(p *Payer) []string {
	file := word(p.File)
	if p.File == "" {
		file = "PATH"
	}
	var do []string
	switch {
	case p.Pause != nil && p.Pause.From == "file":
		do = append(do, "to go on, remove `paused` from "+file+" on the branch")
	case p.Pause != nil:
		do = append(do, "to go on: reconciler resume "+word(p.Name))
	}
	switch p.State {
	case Failed:
		if !strings.Contains(p.Error, "hint: ") { // else the error says it
			do = append(do, "what stands in the way: reconciler preflight "+file)
		}
	case Broken:
		do = append(do, "mend the file on the branch; reconciler validate "+file+" lists every mistake")
	case FirstApply:
		do = append(do, "once, as an operator: reconciler apply "+file+" (or set firstApply: auto in the daemon's config)")
	case Guarded:
		do = append(do, "look: reconciler plan "+file+"; to let it happen, raise the limit that it names in the file")
	case Blocked:
		do = append(do, "each line says what stands in the way; all of them: reconciler plan "+file)
	}
	if p.Summary != nil && p.Summary.Drift > 0 {
		do = append(do, "what differs: reconciler plan "+file)
	}
	return do
}
