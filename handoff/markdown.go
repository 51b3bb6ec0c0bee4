package handoff

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/payer-reconciler/reconciler/report"
)

// WriteMarkdown writes the form as Markdown, for a ticket. What stands in it is
// escaped: a name is never markup, a link or a mention.
func (h *Handoff) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# " + markup(h.Payer) + " (" + markup(h.AccountID) + ")\n")
	for _, v := range h.Vendors {
		v.markdown(&b)
	}
	b.WriteString("\n" + h.sentence() + "\n")
	return flush(w, &b)
}

func (v Vendor) markdown(b *strings.Builder) {
	title := v.Preset
	if title == "" {
		title = v.Description
	}
	b.WriteString("\n## " + markup(title) + "\n")
	if v.Preset != "" && v.Description != "" {
		b.WriteString("\n" + markup(v.Description) + "\n")
	}
	if len(v.Form) > 0 {
		b.WriteString("\n| The form asks for | Value | Note |\n|---|---|---|\n")
	}
	for _, f := range v.Form {
		b.WriteString("| " + cell(f.Label) + " | " + code(bars(f.Value)) + " | " + cell(f.Note) + " |\n")
	}
	if len(v.Links) > 0 {
		b.WriteString("\nSign-in links:\n\n")
	}
	for i, l := range v.Links {
		if i == maxLinks && len(v.Links) > maxLinks+1 {
			fmt.Fprintf(b, "- and %d more; `--format json` has all\n", len(v.Links)-i)
			break
		}
		b.WriteString("- [" + markup(l.Name) + "](" + l.URL + ")\n")
	}
	if m := v.Mail; m != nil {
		b.WriteString("\nMail")
		if m.To != "" {
			b.WriteString(" to " + code(m.To))
		}
		b.WriteString(", subject " + code(m.Subject) + ":\n\n")
		for line := range strings.Lines(strings.TrimSpace(m.Body)) {
			b.WriteString(strings.TrimRight("    "+report.Clean(strings.TrimRight(line, "\r\n")), " ") + "\n")
		}
	}
	if len(v.Checklist) > 0 {
		b.WriteString("\n")
	}
	for _, l := range v.Checklist {
		l.markdown(b)
	}
}

func (l Line) markdown(b *strings.Builder) {
	box := "[ ]"
	if l.State == Done {
		box = "[x]"
	}
	b.WriteString("- " + box + " " + markup(l.Title))
	if l.State != Done {
		b.WriteString(" (" + l.State + ")")
	}
	if l.Do != "" {
		b.WriteString(": " + markup(l.Do))
	}
	if l.URL != "" {
		b.WriteString(" <" + strings.ReplaceAll(report.Clean(l.URL), ">", "%3E") + ">")
	}
	b.WriteByte('\n')
	for _, c := range l.Changes {
		b.WriteString("  - " + code(c) + "\n")
	}
	if l.More > 0 {
		fmt.Fprintf(b, "  - and %d more\n", l.More)
	}
}

// special is what Markdown gives a meaning.
const special = "\\`*_{}[]<>+!|~&"

// active is a word that a site makes something of, whatever is escaped in it: a
// mention, the number of an issue, an address; or, first in a line, a list or a rule.
var (
	active = regexp.MustCompile(`[@#]|://|(?i:www\.)`)
	opens  = regexp.MustCompile(`^(-|=|[0-9]+[.)]$)`)
)

// markup writes a text so that Markdown shows it and does nothing with it.
func markup(s string) string { return quiet(s, func(w string) string { return w }) }

// cell is markup for a cell of a table.
func cell(s string) string { return quiet(s, bars) }

// quiet writes words escaped, and those that are active as code.
func quiet(s string, inCode func(string) string) string {
	words := strings.Fields(report.Clean(s))
	for i, w := range words {
		if active.MatchString(w) || i == 0 && opens.MatchString(w) {
			words[i] = code(inCode(w))
		} else {
			words[i] = escaped(w)
		}
	}
	return strings.Join(words, " ")
}

func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '<' || r == '>' || r == '&':
			fmt.Fprintf(&b, "&#%d;", r)
		case strings.ContainsRune(special, r):
			b.WriteRune('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// bars makes a text that is to be code one for a cell of a table, which a bar
// would end, even in code. GitHub takes the backslash before it away again, in
// tables only; behind a backslash of the text it would not know which one is.
func bars(s string) string {
	s = strings.ReplaceAll(s, `\|`, `\\u{007C}`)
	return strings.ReplaceAll(s, "|", `\|`)
}

// code writes a text as code, behind as many backquotes as it needs.
func code(s string) string {
	s = report.Clean(s)
	if strings.TrimSpace(s) == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}
