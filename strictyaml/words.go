package strictyaml

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/agext/levenshtein"
)

// Typographic are the quotes that word processors and chats put in.
const Typographic = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb\u2039\u203a"

// Meant gives ` (did you mean "X"?)` for the nearest of the known names, and
// nothing where none is near. Spaces and typographic quotes at the ends do not
// count.
func Meant(name string, known []string) string {
	if len(name) > 200 {
		return ""
	}
	name = strings.Trim(name, " "+Typographic)
	best, at := max(1, min(3, len(name)/3))+1, ""
	for _, full := range known {
		k := strings.Trim(full, " "+Typographic)
		if len(k) > len(name)+3 || len(name) > len(k)+3 {
			continue
		}
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(k), nil); d < best {
			best, at = d, full
		}
	}
	if at == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", Quoted(at))
}

// Quoted puts quotes round a text, and leaves its backslashes as they are.
func Quoted(s string) string { return `"` + strings.ReplaceAll(Shown(s), `"`, `\"`) + `"` }

// most is how many characters of a text a message shows.
const most = 80

// Shown cuts a text short, so that no message is a page long, and takes out
// what is not printable, so that none plays with a terminal.
func Shown(s string) string {
	n := 0
	var b strings.Builder
	for _, r := range s {
		if n++; n > most {
			return b.String() + "…"
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}
