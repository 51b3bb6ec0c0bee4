package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one mistake in a config file. Its text is
// file:line:column: key: message.
type Error struct {
	File         string
	Line, Column int    // 0 where the file as a whole is meant
	Key          string // as in notify[0].slack.urlFile; "" for the file as a whole
	Msg          string
}

// Error gives file:line:column: key: message.
func (e *Error) Error() string {
	s := e.File + ": "
	if e.Line > 0 {
		s = fmt.Sprintf("%s:%d:%d: ", e.File, e.Line, e.Column)
	}
	if e.Key != "" {
		s += e.Key + ": "
	}
	return s + e.Msg
}

// Mistakes are all mistakes of a file in the order of their places, one at least.
type Mistakes []*Error

// Error gives one mistake a line.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, e := range m {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each mistake.
func (m Mistakes) Unwrap() []error {
	errs := make([]error, len(m))
	for i, e := range m {
		errs[i] = e
	}
	return errs
}

// maxMistakes are reported of one file.
const maxMistakes = 100

// place is where a value stands.
type place struct{ line, column int }

// source is where a config comes from: the name of the file as it was given, and
// the places of its values by key.
type source struct {
	name   string
	places map[string]place
}

// mistakes gathers what is wrong with a file.
type mistakes struct {
	source
	list Mistakes
}

// add notes a mistake at the value of a key, or, where the file does not have it,
// at the nearest mapping round it.
func (m *mistakes) add(key, format string, args ...any) {
	at := key
	p, ok := m.places[at]
	for !ok && at != "" {
		at = at[:max(0, strings.LastIndexAny(at, ".["))]
		p, ok = m.places[at]
	}
	m.addAt(p, key, format, args...)
}

func (m *mistakes) addAt(p place, key, format string, args ...any) {
	m.list = append(m.list, &Error{m.name, p.line, p.column, key, fmt.Sprintf(format, args...)})
}

// err makes one error of all mistakes, nil of none.
func (m *mistakes) err() error {
	if len(m.list) == 0 {
		return nil
	}
	all := m.list
	slices.SortStableFunc(all, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Key, b.Key))
	})
	if more := len(all) - maxMistakes; more > 0 {
		all = append(slices.Clip(all[:maxMistakes]), &Error{File: m.name, Msg: fmt.Sprintf("and %d more mistakes", more)})
	}
	return all
}

// choice writes "a, b or c".
func choice(of []string) string {
	if len(of) == 1 {
		return of[0]
	}
	return strings.Join(of[:len(of)-1], ", ") + " or " + of[len(of)-1]
}
