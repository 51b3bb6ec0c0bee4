package schema

import (
	_ "embed"
	"slices"
)

//go:embed handoff.schema.json
var handoff []byte

//go:embed preflight.schema.json
var preflight []byte

//go:embed status.schema.json
var status []byte

//go:embed explain.schema.json
var explain []byte

// Explain is the JSON Schema of what explain writes with --format json.
func Explain() []byte { return slices.Clone(explain) }

// Handoff is the JSON Schema of what handoff writes with --format json.
func Handoff() []byte { return slices.Clone(handoff) }

// Preflight is the JSON Schema of what preflight writes with --format json.
func Preflight() []byte { return slices.Clone(preflight) }

// Status is the JSON Schema of what the daemon serves under /status, and status
// writes with --format json.
func Status() []byte { return slices.Clone(status) }
