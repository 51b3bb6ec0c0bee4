// Package resource holds the values that travel between the rooms: what a
// payer file wants and what AWS has, in one form.
//
// A [Ref] names a thing the way a person does, never by an AWS id. A [Text] is
// a value that may be known only after another object exists; it says which.
// An [Object] is a Ref with its attributes, and a [State] is a set of objects.
// Start with [Lit], [Output] and [State.Add].
//
// Nothing here does I/O, and nothing here knows AWS.
package resource
