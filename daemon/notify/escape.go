package notify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The rules of this file. A name in AWS, a commit or an error's text can hold
// anything, so in a chat it must call nobody and lead nowhere:
//
//   - & < > are the control characters of Slack and become entities, so that
//     <!channel>, <@U123> and <https://…|text> are text (docs.slack.dev,
//     formatting message text);
//   - Mattermost makes mentions of a bare @all, links of bare URLs and of
//     [text](URL), whatever a message asks for (docs.mattermost.com, Slack
//     compatibility): these are broken by a character that shows nothing;
//   - what shows nothing, or turns the direction of text, is written out.

// gap shows nothing, and ends a word.
const gap = "\u200b"

// escape makes a text of valid UTF-8 harmless; line breaks stay where lines are
// wanted.
func escape(s string, lines bool) string {
	var b strings.Builder
	last := ' '
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		rest := s[i+n:]
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '@' && !word(last), r == ':' && strings.HasPrefix(rest, "//"), r == ']':
			b.WriteRune(r)
			b.WriteString(gap)
		case r == '.' && strings.EqualFold(s[max(0, i-3):i], "www"):
			b.WriteString(gap + ".")
		case r == '\n' && lines:
			b.WriteByte('\n')
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteByte(' ')
		case hidden(r):
			fmt.Fprintf(&b, `\u{%04X}`, r)
		default:
			b.WriteRune(r)
		}
		last = r
		i += n
	}
	return b.String()
}

func word(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-+", r)
}

// hidden says that a rune is obeyed rather than shown, or shows nothing.
func hidden(r rune) bool {
	return !unicode.IsPrint(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// length counts the characters of a text as Slack does, which takes those
// beyond the first 65,536 of Unicode for two.
func length(s string) (n int) {
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// oneLine makes what a server said fit for a log line.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "?") {
		if hidden(r) {
			r = ' '
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
