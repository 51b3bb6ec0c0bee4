package spec_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/payer-reconciler/reconciler/spec"
)

// TestExpansions reads each archive of testdata/presets as a repository. The
// file want holds what its presets expand to.
func TestExpansions(t *testing.T) {
	archives, err := filepath.Glob("testdata/presets/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir, files := extract(t, a)
			list, err := spec.Expansions([]string{dir}, spec.Options{})
			if len(list) == 0 {
				t.Fatal(err)
			}
			var got bytes.Buffer // beside it there are mistakes, for these bodies are no payer files
			for _, x := range list {
				got.Write(x.YAML)
			}
			if *update {
				rewrite(t, name, a, got.String())
				return
			}
			if diff := cmp.Diff(files["want"], got.String()); diff != "" {
				t.Errorf("expansion (-want +got):\n%s", diff)
			}
		})
	}
}
