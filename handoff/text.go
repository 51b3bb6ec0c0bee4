package handoff

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/report"
)

// TextOptions say how text looks.
type TextOptions struct{ Color bool }

// The colours of the states.
var colours = map[string]string{Done: "32", Missing: "31", Waiting: "34", ByHand: "33"}

// The marks of the states, in text and as the boxes of a Markdown task list.
var marks = map[string]string{Done: "+", Missing: "x", Waiting: ">", ByHand: "!"}

func (o TextOptions) paint(code, s string) string {
	if !o.Color || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// WriteText writes the form for people.
func (h *Handoff) WriteText(w io.Writer, o TextOptions) error {
	var b strings.Builder
	b.WriteString(o.paint("1", report.Clean(h.Payer)+" ("+report.Clean(h.AccountID)+")") + "\n")
	for _, v := range h.Vendors {
		b.WriteByte('\n')
		v.text(&b, o)
	}
	b.WriteString("\n" + h.sentence() + "\n")
	return flush(w, &b)
}

func flush(w io.Writer, b *strings.Builder) error {
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write handoff: %w", err)
	}
	return nil
}

// sentence counts the lines of the checklists.
func (h *Handoff) sentence() string {
	s := h.Summary
	out := fmt.Sprintf("Checklist: %d done, %d missing", s.Done, s.Missing)
	if s.Waiting > 0 {
		out += fmt.Sprintf(", %d waiting", s.Waiting)
	}
	return out + fmt.Sprintf(", %d by hand.", s.ByHand)
}

func (v Vendor) text(b *strings.Builder, o TextOptions) {
	title := v.Preset
	if title == "" {
		title = v.Description
	} else if v.Description != "" {
		title += ": " + v.Description
	}
	b.WriteString(o.paint("1", report.Clean(title)) + "\n")
	width := 0
	for _, f := range v.Form {
		width = max(width, len([]rune(report.Clean(f.Label))))
	}
	for _, f := range v.Form {
		label := report.Clean(f.Label)
		b.WriteString("  " + label + strings.Repeat(" ", width-len([]rune(label))+2) + report.Clean(f.Value))
		if f.Note != "" {
			b.WriteString(o.paint("2", "  # "+report.Clean(f.Note)))
		}
		b.WriteByte('\n')
	}
	for i, l := range v.Links {
		if i == maxLinks && len(v.Links) > maxLinks+1 {
			fmt.Fprintf(b, "  and %d more sign-in links; --format json has all\n", len(v.Links)-i)
			break
		}
		b.WriteString("  sign in as " + report.Clean(l.Role) + " in " + report.Clean(l.Account) + ": " + l.URL + "\n")
	}
	v.mailText(b)
	b.WriteByte('\n')
	for _, l := range v.Checklist {
		l.text(b, o)
	}
	if v.Register != "" {
		b.WriteString("  The vendor can be told by a call to " + report.Clean(v.Register) + ": reconciler handoff --register\n")
	}
}

// maxLinks is how many links a person is shown.
const maxLinks = 20

func (v Vendor) mailText(b *strings.Builder) {
	if v.Mail == nil {
		return
	}
	b.WriteString("\n  Mail")
	if v.Mail.To != "" {
		b.WriteString(" to " + report.Clean(v.Mail.To))
	}
	b.WriteString(": " + report.Clean(v.Mail.Subject) + "\n")
	for line := range strings.Lines(strings.TrimSpace(v.Mail.Body)) {
		b.WriteString(strings.TrimRight("    "+report.Clean(strings.TrimRight(line, "\r\n")), " ") + "\n")
	}
}

// wrap breaks a text into lines of some characters, between its words.
func wrap(s string, width int) []string {
	var lines []string
	for _, word := range strings.Fields(s) {
		if n := len(lines); n > 0 && utf8.RuneCountInString(lines[n-1])+1+utf8.RuneCountInString(word) <= width {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

func (l Line) text(b *strings.Builder, o TextOptions) {
	b.WriteString("  " + o.paint(colours[l.State], fmt.Sprintf("%s %-8s", marks[l.State], l.State)) + "  " + report.Clean(l.Title))
	if l.Do != "" && l.State != ByHand {
		b.WriteString(": " + report.Clean(l.Do))
	}
	b.WriteByte('\n')
	if l.State == ByHand {
		for _, line := range wrap(report.Clean(l.Do), 90) {
			b.WriteString("              " + line + "\n")
		}
	}
	if l.URL != "" {
		b.WriteString("              " + report.Clean(l.URL) + "\n")
	}
	for _, c := range l.Changes {
		b.WriteString("              " + report.Clean(c) + "\n")
	}
	if l.More > 0 {
		fmt.Fprintf(b, "              and %d more\n", l.More)
	}
}
