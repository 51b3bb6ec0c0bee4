package spec

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/payer-reconciler/reconciler/spec/file"
)

// Warning gives the text of a warning: file:line:column: warning: path: message.
func (e *Error) Warning() string {
	path := ""
	if e.Path != "" {
		path = e.Path + ": "
	}
	return fmt.Sprintf("%s:%d:%d: warning: %s%s", e.File, e.Line, e.Column, path, e.Msg)
}

// warn notes what is right and may still be wrong.
func (b *builder) warn(at file.At, format string, args ...any) {
	if len(b.p.Warnings) >= maxMistakes {
		return
	}
	e := &Error{Pos: pos(at), Path: at.Path, Msg: fmt.Sprintf(format, args...)}
	if at.From != "" {
		e.Msg = at.From + ": " + e.Msg
	}
	for _, w := range b.p.Warnings {
		if *w == *e {
			return
		}
	}
	b.p.Warnings = append(b.p.Warnings, e)
}

// sortWarnings puts the warnings in the order of file and line.
func (b *builder) sortWarnings() {
	slices.SortStableFunc(b.p.Warnings, func(x, y *Error) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
}
