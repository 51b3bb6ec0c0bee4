package config

import (
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// configFile is what a config file may be. Aliases count as what they stand for.
var configFile = strictyaml.File{Name: "a config file", Begin: "it needs git at least", Depth: 20, Values: 20_000, Aliased: 20_000, Copied: maxFileSize}

// parse reads the one document of a config file. It gives nil after a mistake.
func parse(text []byte, m *mistakes) *yaml.Node {
	n, wrong := strictyaml.Parse(text, configFile)
	if wrong != nil {
		m.addAt(place{wrong.Line, wrong.Column}, "", "%s", wrong.Msg)
	}
	return n
}
