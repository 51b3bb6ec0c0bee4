// Package file is the shape of a payer file: its keys, in Go structs.
//
// Both sides read it. The strict decoder of package spec takes from it which
// keys a mapping may have and of which type they are, and the JSON Schema in
// package schema is generated from it, descriptions included: the comment of a
// field is what an editor shows. So a key is named in one place only.
//
// Start with [Payer] and [Defaults]. A field is a [V], which is the value and
// the place where it stands; what is not in the file has no place ([At.Set]).
package file
