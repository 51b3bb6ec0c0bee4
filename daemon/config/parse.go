package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// What a config file may hold, aliases followed.
const (
	maxDepth  = 20
	maxValues = 20_000
)

// parse reads the one document of a config file. It gives nil after a mistake.
func parse(text []byte, m *mistakes) *yaml.Node {
	if bad := badByte(text); bad >= 0 {
		before := text[:bad]
		p := place{1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])}
		m.addAt(p, "", "byte 0x%02x is not text in UTF-8", text[bad])
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	doc, err := document(dec)
	if errors.Is(err, io.EOF) || err == nil && isNothing(doc) {
		m.addAt(place{1, 1}, "", "is empty: it needs git at least")
		return nil
	}
	next, more := doc, err
	for more == nil {
		if next, more = document(dec); more == nil && !isNothing(next) {
			m.addAt(place{max(1, next.Line), max(1, next.Column)}, "", "a second document: a config file has one")
			return nil
		}
	}
	if !errors.Is(more, io.EOF) {
		m.addYAML(text, more)
		return nil
	}
	values := maxValues
	if at, why := tooMuch(doc.Content[0], 0, &values); at != nil {
		m.addAt(place{at.Line, at.Column}, "", "%s", why)
		return nil
	}
	return doc.Content[0]
}

// document reads the next document. What the parser panics on is an error too.
func document(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			doc, err = nil, fmt.Errorf("yaml: the parser gave up: %v", r)
		}
	}()
	doc = new(yaml.Node)
	if err := dec.Decode(doc); err != nil {
		return nil, err
	}
	return doc, nil
}

// isNothing says that a document has only comments.
func isNothing(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || isNull(doc.Content[0]) && doc.Content[0].Value == "" && doc.Content[0].Anchor == ""
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// badByte finds the first byte that is not UTF-8, or is NUL; -1 where all is well.
func badByte(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == 0 || r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// tooMuch finds the value at which a file nests too deep or has too many values,
// as where aliases stand for aliases.
func tooMuch(n *yaml.Node, depth int, left *int) (at *yaml.Node, why string) {
	*left--
	switch {
	case depth > maxDepth:
		return n, fmt.Sprintf("values nest deeper than %d levels", maxDepth)
	case *left < 0:
		return n, "too many values for a config file"
	}
	for _, c := range deref(n).Content {
		if at, why := tooMuch(c, depth+1, left); at != nil {
			return at, why
		}
	}
	return nil, ""
}

func deref(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

var (
	yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

	// fromZero are the messages of the grammar of YAML, whose lines yaml.v3 counts
	// from 0.
	fromZero = regexp.MustCompile(`^did not find expected (<stream-start>|<document start>|node content|'-' indicator|key|',' or '[\]}]')$`)
)

// addYAML notes what the parser says, at the line that it means.
func (m *mistakes) addYAML(text []byte, err error) {
	msg, p := err.Error(), place{1, 1}
	if g := yamlLine.FindStringSubmatch(msg); g != nil {
		msg = strings.TrimSpace(msg[len(g[0]):])
		if line, err := strconv.Atoi(g[1]); err == nil {
			if fromZero.MatchString(msg) {
				line++
			}
			p.line = max(1, min(line, 1+bytes.Count(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))))
		}
	}
	m.addAt(p, "", "not YAML: %s", msg)
}
