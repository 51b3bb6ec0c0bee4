package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// Error is one mistake in a payer file, with its place. Its text is
// file:line:column: path: message.
type Error struct {
	Pos
	Path string // of keys, as in pools[0].ou; "" for the file as a whole
	Msg  string
	// More is 0 for a mistake. Else the error is no mistake itself: it stands
	// last of its file, without a line, for so many that are not listed.
	More int
	// None says that what the call names is not there: no such file or folder,
	// no payer file in a folder, no payer of a name.
	None bool
}

// Error gives file:line:column: path: message. A mistake that is in no file, such
// as a path that is not there, has no line.
func (e *Error) Error() string {
	at := e.File + ": "
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d: ", e.File, e.Line, e.Column)
	}
	if e.Path != "" {
		at += e.Path + ": "
	}
	return at + e.Msg
}

// maxMistakes are reported of one file; a file that has more is one mistake.
const maxMistakes = 500

// mistakes gathers the errors of one file. The zero value is ready.
type mistakes struct {
	list []*Error
	seen map[Error]bool
	more int
}

// add notes a mistake once, and gives it.
func (m *mistakes) add(at file.At, format string, args ...any) *Error {
	e := Error{Pos: pos(at), Path: at.Path, Msg: fmt.Sprintf(format, args...)}
	if at.From != "" {
		e.Msg = at.From + ": " + e.Msg
	}
	if m.seen[e] {
		return &e
	}
	if len(m.list) >= maxMistakes {
		m.more++
		return &e
	}
	if m.seen == nil {
		m.seen = map[Error]bool{}
	}
	m.seen[e] = true
	m.list = append(m.list, &e)
	return &e
}

// full says that no more mistakes are listed, so that none needs care.
func (m *mistakes) full() bool { return len(m.list) >= maxMistakes }

// pos is the place of a value without its path.
func pos(at file.At) Pos { return Pos{at.File, at.Line, at.Column} }

// rest stands for the mistakes that are not listed.
func (m *mistakes) rest(name string) *Error {
	what := "mistakes"
	if m.more == 1 {
		what = "mistake"
	}
	return &Error{Pos: Pos{File: name}, Msg: fmt.Sprintf("and %s more %s", humanize.Comma(int64(m.more)), what), More: m.more}
}

// gather sorts all mistakes by place and makes one error of them, nil of none.
func gather(all []*Error) *multierror.Error {
	if len(all) == 0 {
		return nil
	}
	errs := &multierror.Error{ErrorFormat: lines}
	for _, e := range sorted(all) {
		errs.Errors = append(errs.Errors, e)
	}
	return errs
}

// sorted gives mistakes in the order of their places, each once.
func sorted(all []*Error) []*Error {
	slices.SortStableFunc(all, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.More, b.More), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Msg, b.Msg))
	})
	return slices.CompactFunc(all, func(a, b *Error) bool { return *a == *b })
}

// lines writes one mistake a line.
func lines(errs []error) string {
	s := ""
	for i, e := range errs {
		if i > 0 {
			s += "\n"
		}
		s += e.Error()
	}
	return s
}

// typographicEnd gives the typographic quote that a name begins or ends with,
// "" where there is none.
func typographicEnd(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	switch {
	case n == 0:
		return ""
	case strings.ContainsRune(strictyaml.Typographic, first):
		return string(first)
	case strings.ContainsRune(strictyaml.Typographic, last):
		return string(last)
	}
	return ""
}

// straight refuses a new name that begins or ends with a typographic quote. It
// says whether the name is right.
func (m *mistakes) straight(at file.At, s string) bool {
	q := typographicEnd(s)
	if q != "" {
		m.add(at, `the name begins or ends with the typographic quote %s, which is a part of it for YAML: quote with " or '`, q)
	}
	return q == ""
}

// of writes "13,512 of 10,240".
func of(used, limit int) string {
	return humanize.Comma(int64(used)) + " of " + humanize.Comma(int64(limit))
}
