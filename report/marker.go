package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// markerMax is how long the names of a marker may be before their hash stands
// for them, so that the marker never crowds out what it marks.
const markerMax = 2000

// Marker is the first line of the Markdown of some payers, an HTML comment that
// nobody sees: by it a later run finds the comment that it replaces. It depends
// on the set of names only and is one line, whatever the names are.
func Marker(names []string) string {
	set := slices.Clone(names)
	slices.Sort(set)
	set = slices.Compact(set)
	for i := range set {
		set[i] = markerName(set[i])
	}
	list := strings.Join(set, ",")
	if len(list) > markerMax {
		sum := sha256.Sum256([]byte(list))
		list = "*sha256:" + hex.EncodeToString(sum[:]) // no name has a *
	}
	return "<!-- reconciler: payers=" + list + " -->"
}

// markerName keeps letters, digits, dots, underscores and single dashes; every
// other byte is percent-encoded, so that no name ends the comment or the name.
func markerName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', digit(c), c == '.', c == '_',
			c == '-' && i > 0 && i < len(s)-1 && s[i-1] != '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
