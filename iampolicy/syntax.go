package iampolicy

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// SyntaxError is one mistake in a policy document. Line and Column count from 1,
// the column in characters.
type SyntaxError struct {
	Line, Column int
	Msg          string
}

// Error gives line:column: message.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg)
}

// Problems lists the mistakes inside an error of this package, in the order of
// the document. It is empty for an error that has no position.
func Problems(err error) []*SyntaxError {
	if one, ok := err.(*SyntaxError); ok {
		return []*SyntaxError{one}
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*SyntaxError
		for _, e := range many.Unwrap() {
			all = append(all, Problems(e)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil {
		return Problems(inner)
	}
	return nil
}

// syntaxError puts a message at a byte offset of doc.
func syntaxError(doc []byte, offset int, format string, args ...any) *SyntaxError {
	line, start := 1, 0
	offset = min(offset, len(doc))
	for i, c := range doc[:offset] {
		if c == '\n' {
			line, start = line+1, i+1
		}
	}
	column := 1 + utf8.RuneCount(doc[start:offset])
	return &SyntaxError{Line: line, Column: column, Msg: fmt.Sprintf(format, args...)}
}
