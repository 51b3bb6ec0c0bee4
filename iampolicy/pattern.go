package iampolicy

import "strings"

// A compiled pattern is text in which two bytes that UTF-8 never has stand for
// the wildcards, so that a * that came from a variable stays a letter.
const (
	anyRun = '\xff' // any number of characters, none too
	anyOne = '\xfe' // any one character
)

var wildcards = strings.NewReplacer("*", string([]byte{anyRun}), "?", string([]byte{anyOne}))

// matches reports whether all of s is what pattern says.
func matches(pattern, s string) bool { return glob(wildcards.Replace(pattern), s) }

// glob reports whether all of s is what the compiled pattern p says. It takes
// time in the product of the lengths at worst.
func glob(p, s string) bool {
	at, i := 0, 0
	star, from := -1, 0
	for i < len(s) {
		switch {
		case at < len(p) && p[at] == anyRun:
			star, from = at, i
			at++
		case at < len(p) && p[at] == anyOne:
			at++
			i = after(s, i)
		case at < len(p) && p[at] == s[i]:
			at++
			i++
		case star >= 0:
			from = after(s, from)
			at, i = star+1, from
		default:
			return false
		}
	}
	for at < len(p) && p[at] == anyRun {
		at++
	}
	return at == len(p)
}

// after is where the character that begins at i ends.
func after(s string, i int) int {
	for i++; i < len(s) && s[i]&0xC0 == 0x80; i++ {
	}
	return i
}

// globARN compares two ARNs part by part, the sixth being all the rest. A * that
// ends the whole pattern covers every part to come.
func globARN(p, s string) bool {
	for range 5 {
		part, rest, more := strings.Cut(p, ":")
		if !more {
			return strings.HasSuffix(p, string([]byte{anyRun})) && glob(p, s)
		}
		value, left, ok := strings.Cut(s, ":")
		if !ok || !glob(part, value) {
			return false
		}
		p, s = rest, left
	}
	return glob(p, s)
}

// globResource is globARN, but a * that ends a part may go beyond its colon.
func globResource(p, s string) bool {
	return globARN(p, s) || strings.Contains(p, string([]byte{anyRun, ':'})) && glob(p, s)
}
