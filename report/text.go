package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

// WriteText writes a plan for people. Alike changes of accounts of one pool are
// one line, unless o is Verbose.
func (r *Report) WriteText(w io.Writer, o TextOptions) error {
	var b strings.Builder
	r.preface(&b, o)
	for i := range r.Payers {
		if i > 0 {
			b.WriteByte('\n')
		}
		r.Payers[i].plan(&b, o)
	}
	if len(r.Payers) > 1 {
		b.WriteByte('\n')
		r.total(&b)
	}
	return flush(w, &b)
}

func flush(w io.Writer, b *strings.Builder) error {
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// plan writes the block of one payer.
func (p *Payer) plan(b *strings.Builder, o TextOptions) {
	p.head(b, o)
	noticeLines(b, "  ", p.Notices, o)
	write(b, p.entries(o), o)
	if p.Error != "" {
		errorLines(b, p.Error, o)
		if len(p.Changes) == 0 && len(p.Files) == 0 {
			return
		}
	}
	b.WriteString(p.sentence())
	if e := p.Estimate; e != nil && e.Seconds >= 60 {
		b.WriteString("AWS will take about " + words.Estimate(time.Duration(e.Seconds)*time.Second))
		if len(e.By) > 0 {
			b.WriteString(" (" + e.By[0].text() + ")")
		}
		b.WriteString(".\n")
	}
	for _, line := range p.Estimate.forecast() {
		b.WriteString(line + "\n")
	}
	p.testLines(b, o)
	if p.Snapshot != nil {
		b.WriteString(p.Snapshot.assumed())
	}
	if p.ClaimsRoot {
		b.WriteString("An apply first marks the organization's root as owned by " + Clean(p.Name) + ".\n")
	}
	for _, g := range p.Guards {
		b.WriteString(o.paint(red, g.text()) + "\n")
	}
	if len(p.Guards) > 0 {
		b.WriteString(o.paint(red, "This plan will not be applied.") + "\n")
	}
}

// head names the payer, its account and the commit.
func (p *Payer) head(b *strings.Builder, o TextOptions) {
	s := Clean(p.Name)
	if p.AccountID != "" {
		s += " (" + Clean(p.AccountID) + ")"
	}
	b.WriteString(o.paint(bold, s))
	if p.Commit != "" {
		b.WriteString(o.paint(dim, " at "+Clean(words.Commit(p.Commit))))
	}
	b.WriteByte('\n')
	if p.Snapshot != nil {
		b.WriteString(o.paint(dim, "  "+p.Snapshot.text()) + "\n")
	}
}

// errorLines writes an error, each of its lines below the first one indented.
func errorLines(b *strings.Builder, text string, o TextOptions) {
	for i, l := range strings.Split(strings.TrimSpace(text), "\n") {
		switch l = Clean(strings.TrimSpace(strings.ReplaceAll(l, "\t", " "))); {
		case i == 0:
			b.WriteString("  " + o.paint(red, "error: "+l) + "\n")
		case l != "":
			b.WriteString("    " + o.paint(red, l) + "\n")
		}
	}
}

// entries are all lines of a plan: changes, what is left, files.
func (p *Payer) entries(o TextOptions) []entry {
	lines := groups(p.Changes, o.Verbose)
	out := make([]entry, 0, len(lines)+len(p.Left)+len(p.Files))
	room := documentRoom
	for i := range lines {
		out = append(out, lines[i].entry(o, &room))
	}
	out = append(out, leftEntries(p.Left, o)...)
	if o.Verbose {
		for _, u := range p.Unmanaged {
			out = append(out, entry{symbol: ".", colour: dim, subject: Clean(u), detail: "unmanaged"})
		}
	}
	out = append(out, p.impactEntries(o)...)
	return append(out, fileEntries(p.Files, false)...)
}

func fileEntries(files []File, applied bool) []entry {
	var out []entry
	for _, f := range files {
		e := entry{subject: Clean(f.Path), detail: f.text(applied)}
		if f.Error != "" {
			e.symbol, e.colour = "!", red
		}
		out = append(out, e)
	}
	return out
}

// leftAloneUpTo is how many objects left of one kind still have a line each.
const leftAloneUpTo = 20

// leftEntries gives each object left its line; very many of one kind that are
// left alike are one.
func leftEntries(left []Left, o TextOptions) []entry {
	type alike struct{ kind, text string }
	members := map[alike][]int{}
	of := func(l Left) alike {
		kind, _, _ := strings.Cut(l.Ref, "/")
		return alike{kind, l.text()}
	}
	for i, l := range left {
		members[of(l)] = append(members[of(l)], i)
	}
	var out []entry
	for i, l := range left {
		all := members[of(l)]
		switch e := (entry{symbol: "=", colour: dim, subject: subject(l.Ref, l.Name), detail: l.text()}); {
		case o.Verbose || len(all) <= leftAloneUpTo:
			out = append(out, e)
		case all[0] == i:
			e.subject = count(len(all), of(l).kind, plural(of(l).kind)) + " of ours"
			e.below = []string{Clean(l.Ref) + " … " + Clean(left[all[len(all)-1]].Ref)}
			out = append(out, e)
		}
	}
	return out
}

// sentence counts what the block shows.
func (p *Payer) sentence() string {
	s := "Plan: " + p.Summary.text()
	switch {
	case len(p.Changes) == 0 && len(p.Files) == 0:
		s = "No changes. " + Clean(p.Name) + " equals its payer file."
	case len(p.Changes) == 0:
		broken := 0
		for _, f := range p.Files {
			if f.Error != "" {
				broken++
			}
		}
		if n := len(p.Files) - broken; n > 0 {
			s += ", " + count(n, "file") + " to write"
		}
		if broken > 0 {
			s += ", " + count(broken, "file") + " that cannot be written"
		}
		s += "."
	default:
		s += "."
	}
	return s + p.Summary.rest() + "\n"
}

// text counts changes; what is rare is left out where there is none of it.
func (s Summary) text() string {
	out := words.Comma(s.Create) + " to create, " + words.Comma(s.Update) + " to update, " + words.Comma(s.Delete) + " to delete"
	return out + some(s.Adopt, "to adopt") + some(s.Resume, "to resume") + some(s.Blocked, "blocked") + some(s.Waiting, "waiting")
}

// some is ", 3 what", or nothing where there are none.
func some(n int, what string) string {
	if n == 0 {
		return ""
	}
	return ", " + words.Comma(n) + " " + what
}

// rest counts what stays as it is.
func (s Summary) rest() string {
	var out string
	if s.Left > 0 {
		out += " " + count(s.Left, "object of ours that left the file stays", "objects of ours that left the file stay") + "."
	}
	if s.Unmanaged > 0 {
		out += " " + count(s.Unmanaged, "unmanaged object") + " left alone."
	}
	return out
}

// total sums several payers.
func (r *Report) total(b *strings.Builder) {
	s, bad := r.sum()
	b.WriteString("Total of " + count(len(r.Payers), "payer") + ": " + s.text() + some(bad, "with an error") + "." + s.rest() + "\n")
}

// sum adds up the summaries, and counts the payers with an error.
func (r *Report) sum() (s Summary, bad int) {
	for _, p := range r.Payers {
		s.Create += p.Summary.Create
		s.Update += p.Summary.Update
		s.Delete += p.Summary.Delete
		s.Adopt += p.Summary.Adopt
		s.Resume += p.Summary.Resume
		s.Blocked += p.Summary.Blocked
		s.Waiting += p.Summary.Waiting
		s.Left += p.Summary.Left
		s.Unmanaged += p.Summary.Unmanaged
		if p.Error != "" {
			bad++
		}
	}
	return s, bad
}
