package iampolicy

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// What the canonical form takes for the same, and why (IAM user guide, "IAM JSON
// policy elements reference" and "Grammar of the IAM JSON policy language"):
//
//   - order of keys and of statements; one statement or a list of one
//   - a string or a list of one, order and repetition, in Action, NotAction,
//     Resource, NotResource, in a principal's list and in the values of a
//     condition key: each is a set
//   - letter case of actions and of condition keys ("not case-sensitive"). Where
//     lower case would make two condition keys of one operator alike, they stay
//   - a number or a boolean as a condition value, quoted or not
//   - a bare account id as an AWS principal and that account's root, in whatever
//     partition: IAM turns the one into the other, and a document does not tell
//     in which partition it is
//   - IAM's URL encoding of a whole document
//
// What stays different: letter case of anything else (Effect and operator names
// are case-sensitive: IAM refuses stringEquals), resources, values, Sid, Id, a
// missing Version, "*" and {"AWS": "*"}, and wildcards that happen to match alike.

// Canonical gives the form in which two documents of the IAM policy language that
// mean the same are equal, byte for byte. It is JSON, and its own canonical form.
func Canonical(doc []byte) (string, error) {
	doc, err := urlDecode(doc)
	if err != nil {
		return "", err
	}
	root, err := parseObject(doc)
	if err != nil {
		return "", err
	}
	if s := root.get("Statement"); s != nil {
		canonicalStatements(s)
	}
	return string(appendNode(make([]byte, 0, len(doc)), &root)), nil
}

// CanonicalJSON is the canonical form of every other document: key order and
// white space do not count; values, letter case and the order of lists do.
func CanonicalJSON(doc []byte) (string, error) {
	root, err := parse(doc)
	if err != nil {
		return "", err
	}
	return string(appendNode(make([]byte, 0, len(doc)), &root)), nil
}

// CanonicalFor picks the canonical form by the type of the document, one of
// Organizations or of this package: [Canonical] for those in the IAM policy
// language, else [CanonicalJSON].
func CanonicalFor(policyType string, doc []byte) (string, error) {
	if inLanguage(policyType) {
		return Canonical(doc)
	}
	return CanonicalJSON(doc)
}

// urlDecode undoes IAM's encoding. JSON never begins with a percent sign.
func urlDecode(doc []byte) ([]byte, error) {
	if !bytes.HasPrefix(doc, []byte("%")) {
		return doc, nil
	}
	text, err := url.PathUnescape(string(doc))
	if err != nil {
		return nil, fmt.Errorf("decode policy document: %w", err)
	}
	return []byte(text), nil
}

func canonicalStatements(n *node) {
	if n.kind == nodeObject {
		*n = node{kind: nodeList, list: []node{*n}, offset: n.offset}
	}
	for i := range n.list {
		s := &n.list[i]
		if s.kind == nodeObject {
			canonicalStatement(s)
		}
		*s = node{kind: nodeEncoded, text: string(appendNode(nil, s)), offset: s.offset}
	}
	slices.SortFunc(n.list, func(a, b node) int { return cmp.Compare(a.text, b.text) })
}

func canonicalStatement(s *node) {
	for i := range s.members {
		m := &s.members[i]
		switch m.key {
		case "Action", "NotAction":
			asSet(&m.value, lower)
		case "Resource", "NotResource":
			asSet(&m.value, same)
		case "Principal", "NotPrincipal":
			for j := range m.value.members {
				p := &m.value.members[j]
				if p.key == "AWS" {
					asSet(&p.value, bareAccount)
				} else {
					asSet(&p.value, same)
				}
			}
		case "Condition":
			for j := range m.value.members {
				canonicalKeys(&m.value.members[j].value)
			}
		}
	}
}

// canonicalKeys treats what stands under one condition operator.
func canonicalKeys(n *node) {
	times := make(map[string]int, len(n.members))
	for _, m := range n.members {
		times[lower(m.key)]++
	}
	for i := range n.members {
		m := &n.members[i]
		if key := lower(m.key); times[key] == 1 {
			m.key = key
		}
		quote(&m.value)
		for j := range m.value.list {
			quote(&m.value.list[j])
		}
		asSet(&m.value, same)
	}
}

func quote(n *node) {
	if n.scalar() {
		n.kind = nodeString
	}
}

// asSet makes a string, or a list of nothing but strings, the sorted set of what
// f makes of them; a set of one is a string. Anything else stays.
func asSet(n *node, f func(string) string) {
	if n.kind == nodeString {
		n.text = f(n.text)
		return
	}
	if n.kind != nodeList || len(n.list) == 0 {
		return
	}
	for _, v := range n.list {
		if v.kind != nodeString {
			return
		}
	}
	for i := range n.list {
		n.list[i].text = f(n.list[i].text)
	}
	slices.SortFunc(n.list, func(a, b node) int { return cmp.Compare(a.text, b.text) })
	n.list = slices.CompactFunc(n.list, func(a, b node) bool { return a.text == b.text })
	if len(n.list) == 1 {
		*n = n.list[0]
	}
}

func same(s string) string { return s }

// lower folds ASCII letters only: no action or key has others, and folding those
// could make two different names alike.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// accountRoot is the root of a bare account id, in the first partition: see
// [isRootOf].
func accountRoot(s string) string {
	if !isAccount(s) {
		return s
	}
	return "arn:aws:iam::" + s + ":root"
}

// bareAccount is the account whose root s is, else s.
func bareAccount(s string) string {
	p := strings.Split(s, ":")
	if len(p) == 6 && p[0] == "arn" && strings.HasPrefix(p[1], "aws") && p[2] == "iam" && p[3] == "" && isAccount(p[4]) && p[5] == "root" {
		return p[4]
	}
	return s
}
