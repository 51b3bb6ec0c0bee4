// Package presets holds what vendors ask of a payer: one YAML file a preset,
// its policy documents beside it. A new vendor is a new file here, and no Go.
//
// [FS] has them all; NAME.yaml is the preset NAME, a folder is part of the name.
// Package spec reads them (spec.Options.Presets), and schema/preset.schema.json
// says which keys they have.
package presets

import "embed"

// FS holds the preset files and the documents that they name.
//
//go:embed *.yaml */*.yaml */*.json
var FS embed.FS
