package report

import (
	"strings"
	"unicode/utf8"
)

// TextOptions are how text is shown.
type TextOptions struct {
	Color   bool // with ANSI colours
	Width   int  // of the terminal in runes; 0 where nothing bounds a line
	Verbose bool // a line for each account and each unmanaged object
	Saved   bool // what was applied is a saved plan, which cannot be applied twice
}

// ANSI colours of the parts of a line.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "34"
	cyan   = "36"
	dim    = "2"
	bold   = "1"
)

// paint puts a colour on text that is not empty.
func (o TextOptions) paint(colour, s string) string {
	if !o.Color || s == "" || colour == "" {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// entry is one thing with a line of its own: symbol and subject, what there is
// to say about it, the line that wants it, and lines below.
type entry struct {
	symbol, colour       string
	subject, detail, why string
	below                []string
}

// The columns: subjects are padded to at least subjectMin, so that small plans
// look alike, and at most subjectMax, so that one long name moves nothing.
const (
	subjectMin = 35
	subjectMax = 56
	detailMax  = 96
)

// write lays entries out in columns.
func write(b *strings.Builder, entries []entry, o TextOptions) {
	subject, left := subjectMin, 0
	for i := range entries {
		if n := width(entries[i].lead()); n <= subjectMax+2 && entries[i].detail != "" {
			subject = max(subject, n-2)
		}
	}
	lines := make([]string, len(entries))
	for i := range entries {
		lines[i] = entries[i].line(subject)
		if n := width(lines[i]); n <= detailMax {
			left = max(left, n)
		}
	}
	for i := range entries {
		e := &entries[i]
		b.WriteString("  ")
		b.WriteString(e.painted(lines[i], o))
		if e.why != "" {
			why, gap := "# "+Clean(e.why), max(left-width(lines[i]), 0)+2
			if o.Width > 0 && 2+width(lines[i])+gap+width(why) > o.Width {
				gap = 2
			}
			if o.Width <= 0 || o.Verbose || 2+width(lines[i])+gap+width(why) <= o.Width {
				b.WriteString(strings.Repeat(" ", gap))
				b.WriteString(o.paint(dim, why))
			}
		}
		b.WriteByte('\n')
		for _, l := range e.below {
			b.WriteString("        ")
			b.WriteString(paintDiff(l, o))
			b.WriteByte('\n')
		}
	}
}

// lead is the line up to the details.
func (e *entry) lead() string {
	if e.symbol == "" {
		return e.subject
	}
	return e.symbol + " " + e.subject
}

func (e *entry) line(subject int) string {
	lead := e.lead()
	if e.detail == "" {
		return lead
	}
	return lead + strings.Repeat(" ", max(subject+2-width(lead), 0)+2) + e.detail
}

// painted colours the symbol, and the whole line where it is bad news.
func (e *entry) painted(line string, o TextOptions) string {
	if e.colour == red && e.symbol == "!" {
		return o.paint(red, line)
	}
	return o.paint(e.colour, e.symbol) + line[len(e.symbol):]
}

// paintDiff colours the lines of a diff below an entry.
func paintDiff(l string, o TextOptions) string {
	switch s := strings.TrimLeft(l, " "); {
	case strings.HasPrefix(s, "+ "):
		return o.paint(green, l)
	case strings.HasPrefix(s, "- "), strings.HasPrefix(s, "! "):
		return o.paint(red, l)
	}
	return l
}

// width counts runes.
func width(s string) int { return utf8.RuneCountInString(s) }
