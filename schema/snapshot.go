package schema

import (
	_ "embed"
	"slices"
)

//go:embed snapshot.schema.json
var snapshot []byte

// Snapshot is the JSON Schema of the file that snapshot writes and plan
// --snapshot reads.
func Snapshot() []byte { return slices.Clone(snapshot) }
