// Package schema holds the JSON Schemas that editors and scripts use.
//
// [Payer] is the schema of payer files and of the Defaults file, [Preset] that of
// preset files; they are made of the structs in package spec/file by go generate.
// [Config] is that of the daemon's config file, made of the structs in package
// daemon/config.
// [Plan], [Handoff], [Preflight] and [Status] are those of the JSON reports.
package schema

import (
	_ "embed"
	"slices"
)

//go:generate go run ./gen payer.schema.json
//go:generate go run ./gen preset.schema.json
//go:generate go run ./gen config.schema.json

//go:embed payer.schema.json
var payer []byte

// Payer gives the JSON Schema of a payer file, draft 7, in the form that
// yaml-language-server reads.
func Payer() []byte { return slices.Clone(payer) }
