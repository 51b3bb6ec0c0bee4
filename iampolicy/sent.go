package iampolicy

import (
	"slices"
	"strings"
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

// SizeIAM counts the characters of a document as the quotas of IAM do: without
// white space. White space inside strings counts here, since IAM does not say
// that it counts none there. It asks for no JSON.
func SizeIAM(doc []byte) int {
	n, inside := 0, false
	for i := 0; i < len(doc); i++ {
		c := doc[i]
		switch {
		case !inside && isSpace(c), !utf8.RuneStart(c):
			continue
		case c == '"':
			inside = !inside
		case c == '\\' && inside && i+1 < len(doc) && doc[i+1] < utf8.RuneSelf:
			i++
			n++
		}
		n++
	}
	return n
}

// Allows reports whether a service control policy allows anything at all: it has
// an Allow statement with some action and some resource, as FullAWSAccess and
// allow lists do. A policy that only denies does not, and neither does one whose
// Allow leaves nothing out of NotAction, or what cannot be read.
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
		return effect != nil && effect.kind == nodeString && effect.text == "Allow" &&
			some(n, "Action") && some(n, "Resource")
	}
	return allows(*s) || slices.ContainsFunc(s.list, allows)
}

// some says that a statement speaks of any action or resource: one stands under
// the key, or not all of them under its Not.
func some(statement node, key string) bool {
	if n := statement.get(key); n != nil && len(texts(*n)) > 0 {
		return true
	}
	n := statement.get("Not" + key)
	return n != nil && len(texts(*n)) > 0 && !slices.ContainsFunc(texts(*n), everything)
}

// texts are the texts of a value that is one, or a list of them.
func texts(n node) []string {
	if n.kind == nodeString && n.text != "" {
		return []string{n.text}
	}
	var all []string
	for _, e := range n.list {
		if e.kind == nodeString && e.text != "" {
			all = append(all, e.text)
		}
	}
	return all
}

// everything says that a pattern leaves nothing out: *, **, *:* and the like.
func everything(pattern string) bool {
	return strings.Contains(pattern, "*") && strings.Trim(pattern, "*?:") == ""
}
