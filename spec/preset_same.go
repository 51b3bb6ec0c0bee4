package spec

import (
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// sameDocument says whether the policy file that the payer file names holds
// what the preset's document says: a file of the user's own that is the
// vendor's document is no contradiction. What cannot be read is told elsewhere.
func (m *merger) sameDocument(file, document *yaml.Node) bool {
	name := strictyaml.Deref(file)
	if name.Kind != yaml.ScalarNode {
		return true
	}
	abs, _, err := inside(m.root, m.dir, name.Value)
	if err != nil {
		return true
	}
	mine, err := readFile(abs, maxPolicyFile)
	if err != nil {
		return true
	}
	var muted mistakes
	w := &jsonWriter{d: &decoder{mistakes: &muted, unfit: map[string]bool{}}}
	if !w.value(document, "") {
		return true
	}
	a, err := iampolicy.Canonical(mine)
	if err != nil {
		return true
	}
	b, err := iampolicy.Canonical([]byte(w.out.String()))
	return err == nil && a == b
}
