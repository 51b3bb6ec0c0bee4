package report

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/words"
)

// The rule of Markdown: what a report is told (a name, a tag, a reason, an
// error) stands in code and nowhere else, for inside code there is no markup,
// no HTML, no link, and no mention or reference on the sites that know such.
// All other words are the report's own. There are three sorts of code, one for
// each place: code in a line of Markdown, codeHTML in a line of HTML, and the
// lines of a fence.

// code is a code span for a line of Markdown or a cell of a table: behind one
// backquote more than it has in a row.
func code(s string) string {
	s = Clean(s)
	if s == "" {
		return "`(none)`"
	}
	// In a cell a bar ends the cell, whatever it stands in; \| may or may not be
	// a bar, depending on what is before it.
	s = strings.ReplaceAll(s, "|", `\u{007C}`)
	fence := strings.Repeat("`", longest(s, '`')+1)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && s[len(s)-1] == ' ' {
		s = " " + s + " " // one space on each side is taken away again
	}
	return fence + s + fence
}

// codeHTML is code for a line of HTML.
func codeHTML(s string) string {
	return "<code>" + html.EscapeString(Clean(s)) + "</code>"
}

// codes lists names as code: the first few and how many more there are.
func codes(names []string, most int) string {
	return words.List(each(names, code), most)
}

// longest is how often c stands in a row at most.
func longest(s string, c byte) int {
	most, n := 0, 0
	for i := range len(s) {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		most = max(most, n)
	}
	return most
}

// clip shortens a text that is told where there is room for a line only.
func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// mermaidText is a text inside the quotation marks of a Mermaid diagram: all
// but letters, digits and spaces as the numbers of their characters, so that
// nothing of it is syntax, markup or Mermaid's own Markdown.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range Clean(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == ' ', r >= utf8.RuneSelf:
			b.WriteRune(r)
		case r == '\\':
			b.WriteRune('＼') // Mermaid breaks the line at \n, even where \ is a number
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
