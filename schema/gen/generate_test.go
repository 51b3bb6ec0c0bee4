package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/schema"
)

func TestSchemaIsNew(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		got      []byte
		generate func(string) ([]byte, error)
	}{
		"payer.schema.json":  {schema.Payer(), generate},
		"preset.schema.json": {schema.Preset(), generatePreset},
		"config.schema.json": {schema.Config(), generateConfig},
	} {
		want, err := tt.generate(root)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(tt.got, want) {
			t.Errorf("%s is stale; run go generate ./schema:\n%s", filepath.Join("schema", name), cmp.Diff(string(tt.got), string(want)))
		}
	}
}

// TestEveryKeyIsDescribed: a key without a comment would be one without help
// in an editor.
func TestEveryKeyIsDescribed(t *testing.T) {
	for name, tt := range map[string]struct {
		text []byte
		keys int
	}{"payer": {schema.Payer(), 80}, "config": {schema.Config(), 33}} {
		var s struct {
			Definitions map[string]struct {
				Properties map[string]struct{ Description string }
			}
		}
		if err := json.Unmarshal(tt.text, &s); err != nil {
			t.Fatal(err)
		}
		n := 0
		for owner, d := range s.Definitions {
			for key, p := range d.Properties {
				if n++; p.Description == "" {
					t.Errorf("%s: %s.%s has no description", name, owner, key)
				}
			}
		}
		if n < tt.keys {
			t.Errorf("%s: got %d keys", name, n)
		}
	}
}
