package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes a string safe to show on one line: line breaks, control
// characters, terminal escapes, bidi overrides, zero-width and other runes that
// show nothing, and bytes that are not UTF-8 are written out, as \n or \u{202E}.
func Clean(s string) string { return escape(s, false) }

// quote is Clean in quotation marks, with those of the string escaped.
func quote(s string) string { return `"` + escape(s, true) + `"` }

func escape(s string, quoted bool) string {
	if plain(s, quoted) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02X`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case quoted && (r == '"' || r == '\\'):
			b.WriteByte('\\')
			b.WriteRune(r)
		case hidden(r):
			fmt.Fprintf(&b, `\u{%04X}`, r)
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// plain says quickly that a string is ASCII with nothing to escape.
func plain(s string, quoted bool) bool {
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || quoted && (c == '"' || c == '\\') {
			return false
		}
	}
	return true
}

// hidden says that a rune is obeyed rather than shown, or shows nothing.
func hidden(r rune) bool {
	if r >= ' ' && r <= '~' {
		return false
	}
	return !unicode.IsPrint(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
