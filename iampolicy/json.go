package iampolicy

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The JSON here is RFC 8259, stricter than encoding/json in what it takes: a key
// that stands twice in an object, half a surrogate pair and bytes that are not
// UTF-8 are errors, since what AWS makes of them is anybody's guess. Numbers keep
// their digits. Every value knows its place.

// maxDepth is how deep values nest at most; AWS's own policies stay below ten.
const maxDepth = 200

type nodeKind byte

const (
	nodeString  nodeKind = iota
	nodeNumber           // text as written
	nodeLiteral          // true, false, null
	nodeList
	nodeObject
	nodeEncoded // text is JSON already; only made by Canonical
)

type node struct {
	kind    nodeKind
	text    string
	list    []node
	members []member
	offset  int
}

type member struct {
	key    string
	offset int
	value  node
}

// scalar reports whether n is a string, a number, true or false.
func (n *node) scalar() bool {
	return n.kind == nodeString || n.kind == nodeNumber || n.kind == nodeLiteral && n.text != "null"
}

// get finds a member of an object; nil where there is none.
func (n *node) get(key string) *node {
	for i := range n.members {
		if n.members[i].key == key {
			return &n.members[i].value
		}
	}
	return nil
}

type parser struct {
	doc   []byte
	pos   int
	depth int
}

// parse reads one JSON value; any error is a *SyntaxError.
func parse(doc []byte) (node, error) {
	if bytes.HasPrefix(doc, []byte("\xef\xbb\xbf")) {
		return node{}, syntaxError(doc, 0, "the document begins with a byte order mark: save it as UTF-8 without one")
	}
	if at := invalidUTF8(doc); at >= 0 {
		return node{}, syntaxError(doc, at, "byte 0x%02x is not UTF-8", doc[at])
	}
	p := &parser{doc: doc}
	p.space()
	n, err := p.value()
	if err != nil {
		return node{}, err
	}
	p.space()
	if p.pos < len(doc) {
		return node{}, p.unexpected("the end of the document")
	}
	return n, nil
}

// parseObject reads a document, which is always an object.
func parseObject(doc []byte) (node, error) {
	n, err := parse(doc)
	if err == nil && n.kind != nodeObject {
		err = syntaxError(doc, n.offset, "a policy document is a JSON object, not %s", n.describe())
	}
	return n, err
}

func invalidUTF8(doc []byte) int {
	if utf8.Valid(doc) {
		return -1
	}
	for i := 0; i < len(doc); {
		r, size := utf8.DecodeRune(doc[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

func (p *parser) fail(offset int, format string, args ...any) error {
	return syntaxError(p.doc, offset, format, args...)
}

func (p *parser) unexpected(want string) error {
	if p.pos >= len(p.doc) {
		return p.fail(p.pos, "the document ends where %s should be", want)
	}
	r, _ := utf8.DecodeRune(p.doc[p.pos:])
	return p.fail(p.pos, "found %q where %s should be", r, want)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (p *parser) space() {
	for p.pos < len(p.doc) && isSpace(p.doc[p.pos]) {
		p.pos++
	}
}

// next is the byte at the position, 0 at the end of the document.
func (p *parser) next() byte {
	if p.pos < len(p.doc) {
		return p.doc[p.pos]
	}
	return 0
}

func (p *parser) value() (node, error) {
	at := p.pos
	switch c := p.next(); {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		text, err := p.string()
		return node{kind: nodeString, text: text, offset: at}, err
	case c == '-' || c >= '0' && c <= '9':
		text, err := p.number()
		return node{kind: nodeNumber, text: text, offset: at}, err
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(p.doc[p.pos:], []byte(word)) {
			p.pos += len(word)
			return node{kind: nodeLiteral, text: word, offset: at}, nil
		}
	}
	return node{}, p.unexpected("a value")
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(p.pos, "the document nests deeper than %d levels", maxDepth)
	}
	p.pos++
	p.space()
	return nil
}

// leave steps over the closing byte, or over a comma, and says which it was.
func (p *parser) leave(closing byte) (done bool, err error) {
	p.space()
	switch p.next() {
	case closing:
		p.pos++
		p.depth--
		return true, nil
	case ',':
		p.pos++
		p.space()
		return false, nil
	}
	return false, p.unexpected("a comma or " + strconv.QuoteRune(rune(closing)))
}

func (p *parser) array() (node, error) {
	n := node{kind: nodeList, offset: p.pos}
	if err := p.enter(); err != nil {
		return n, err
	}
	if p.next() == ']' {
		p.pos++
		p.depth--
		return n, nil
	}
	for {
		v, err := p.value()
		if err != nil {
			return n, err
		}
		n.list = append(n.list, v)
		if done, err := p.leave(']'); done || err != nil {
			return n, err
		}
	}
}

func (p *parser) object() (node, error) {
	n := node{kind: nodeObject, offset: p.pos}
	if err := p.enter(); err != nil {
		return n, err
	}
	if p.next() == '}' {
		p.pos++
		p.depth--
		return n, nil
	}
	seen := keySet{}
	for {
		m, err := p.member(&seen)
		if err != nil {
			return n, err
		}
		n.members = append(n.members, m)
		if done, err := p.leave('}'); done || err != nil {
			return n, err
		}
	}
}

func (p *parser) member(seen *keySet) (member, error) {
	m := member{offset: p.pos}
	if p.next() != '"' {
		return m, p.unexpected("a key in quotation marks")
	}
	var err error
	if m.key, err = p.string(); err != nil {
		return m, err
	}
	if !seen.add(m.key) {
		return m, p.fail(m.offset, "key %q stands twice in one object", m.key)
	}
	p.space()
	if p.next() != ':' {
		return m, p.unexpected("a colon")
	}
	p.pos++
	p.space()
	m.value, err = p.value()
	return m, err
}

// keySet remembers the keys of one object: a list while they are few.
type keySet struct {
	few  []string
	many map[string]bool
}

func (s *keySet) add(key string) bool {
	if s.many == nil && len(s.few) < 16 {
		if slices.Contains(s.few, key) {
			return false
		}
		s.few = append(s.few, key)
		return true
	}
	if s.many == nil {
		s.many = make(map[string]bool)
		for _, k := range s.few {
			s.many[k] = true
		}
	}
	if s.many[key] {
		return false
	}
	s.many[key] = true
	return true
}
