package iampolicy

import (
	"slices"
	"unicode/utf8"
)

// Minify drops the white space outside strings and nothing else: the form in
// which a document is sent. Key order, numbers and escapes stay as written.
func Minify(doc []byte) ([]byte, error) {
	if _, err := parse(doc); err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(doc))
	inside := false
	for i := 0; i < len(doc); i++ {
		c := doc[i]
		if !inside && isSpace(c) {
			continue
		}
		out = append(out, c)
		switch {
		case c == '"':
			inside = !inside
		case c == '\\':
			i++
			out = append(out, doc[i])
		}
	}
	return out, nil
}

// Size counts the characters of what is sent, as the quotas of AWS do.
func Size(sent []byte) int { return utf8.RuneCount(sent) }

// Allows reports whether a service control policy allows anything at all: it has
// an Allow statement, as FullAWSAccess and allow lists do. A policy that only
// denies does not, and neither does what cannot be read.
func Allows(doc []byte) bool {
	doc, err := urlDecode(doc)
	if err != nil {
		return false
	}
	root, err := parseObject(doc)
	if err != nil {
		return false
	}
	s := root.get("Statement")
	if s == nil {
		return false
	}
	allows := func(n node) bool {
		effect := n.get("Effect")
		return effect != nil && effect.kind == nodeString && effect.text == "Allow"
	}
	return allows(*s) || slices.ContainsFunc(s.list, allows)
}
