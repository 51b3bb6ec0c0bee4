package spec_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec"
)

// TestEveryValueBroken puts something else in the place of every value of a
// payer file that has all sections: none is a panic, and each mistake has its
// place.
func TestEveryValueBroken(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal(txtar.Parse([]byte(things)).Files[0].Data, &doc); err != nil {
		t.Fatal(err)
	}
	dir := repository(t, head)
	path := filepath.Join(dir, "acme.yaml")
	n, broken := 0, 0
	try := func() {
		text, err := yaml.Marshal(&doc)
		if err != nil {
			return // an alias without its anchor
		}
		write(t, path, string(text))
		payers, err := spec.Load([]string{dir}, spec.Options{})
		checkErrors(t, err)
		if (err == nil) != (len(payers) == 1) {
			t.Fatalf("%d payers, error %v of\n%s", len(payers), err, text)
		}
		if n++; err != nil {
			broken++
		}
	}
	var all []*yaml.Node
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind != yaml.MappingNode || i%2 == 1 {
				all = append(all, c)
			}
			walk(c)
		}
	}
	walk(doc.Content[0])
	for _, c := range all {
		was := *c
		for _, other := range []string{"null", "5", "''", "[]", "{}", "{a: [b]}", "${{ role:vendor.arn }}"} {
			var put yaml.Node
			if err := yaml.Unmarshal([]byte(other), &put); err != nil {
				t.Fatal(err)
			}
			*c = *put.Content[0]
			if was.Anchor != "" {
				c.Anchor = was.Anchor
			}
			try()
			*c = was
		}
	}
	if n < 1000 || broken < n/2 {
		t.Errorf("%d files, %d with a mistake", n, broken)
	}
}
