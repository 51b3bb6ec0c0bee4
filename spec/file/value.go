package file

import "gopkg.in/yaml.v3"

// At is where a value stands: the file, line and column, and the path of keys.
type At struct {
	File         string
	Line, Column int
	Path         string
	// From is the preset that the value came from, and its place there; "" for
	// what the file says itself. Line and Column are then those of the use.
	From string
}

// Set says that the value stands in a file at all.
func (a At) Set() bool { return a.Line > 0 }

// V is a value with the place where it stands.
type V[T any] struct {
	At
	Value T
}

// Placed marks a V for the decoder, which knows it by this method.
func (V[T]) Placed() {}

// JSONSchemaAlias says that a V looks like its value.
func (V[T]) JSONSchemaAlias() any {
	var v T
	return v
}

// List is a list whose entries know their places too.
type List[T any] = V[[]V[T]]

// Map is a mapping with keys of the user's choice, in the order of the file.
type Map[T any] []Entry[T]

// JSONSchemaAlias says that a Map looks like a Go map.
func (Map[T]) JSONSchemaAlias() any { return map[string]T{} }

// Entry is one key of a Map with its value.
type Entry[T any] struct {
	Key   V[string]
	Value V[T]
}

// ID is text of digits that may stand without quotes where that is not
// ambiguous: an account id, or an id of a pool.
type ID string

// Tag is the value of a tag; null says that the tag must be absent.
type Tag struct {
	Null bool
	Text string
}

// Amount is a whole number, or a percentage such as "10%".
type Amount struct {
	Number  int
	Percent bool
}

// Duration is a length of time in whole seconds: 12h, 1h30m, 43200s or 43200.
type Duration struct{ Seconds int }

// AccountQuota is a number of accounts, or auto.
type AccountQuota struct {
	Auto   bool
	Number int
}

// Null is a value that says that something must be absent.
type Null struct{}

// Raw is a mapping that is kept as written.
type Raw struct{ Node *yaml.Node }

// Any is a value of any shape that is kept as written.
type Any struct{ Node *yaml.Node }
