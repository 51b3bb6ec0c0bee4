package schema

import (
	_ "embed"
	"slices"
)

//go:embed preset.schema.json
var preset []byte

// Preset gives the JSON Schema of a preset file, draft 7. The caller owns the
// bytes.
func Preset() []byte { return slices.Clone(preset) }
