package schema

import (
	_ "embed"
	"slices"
)

//go:embed config.schema.json
var config []byte

// Config gives the JSON Schema of the daemon's config file, draft 7. The caller
// owns the bytes.
func Config() []byte { return slices.Clone(config) }
