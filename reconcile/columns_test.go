package reconcile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/inventory"
	"github.com/payer-reconciler/reconciler/spec"
)

// The list of columns stands in spec, which checks a file, and in inventory,
// which writes it; neither imports the other.
func TestColumnsOfSpecAndInventory(t *testing.T) {
	load := func(columns ...string) error {
		dir := t.TempDir()
		text := `apiVersion: reconciler/v1
kind: Payer
name: acme
accountId: "111122223333"
organization: {create: true}
pools:
  - name: labs
    ids: [a]
    account: {name: a, email: a@acme.example, tags: {x: y}}
    csv: {path: a.csv, columns: [` + strings.Join(columns, ", ") + `]}
`
		if err := os.WriteFile(filepath.Join(dir, "acme.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := spec.Load([]string{dir}, spec.Options{})
		return err
	}
	if err := load(append([]string{"tag:x"}, inventory.Columns...)...); err != nil {
		t.Errorf("spec refuses a column that inventory writes: %v", err)
	}
	if err := load("account_id", "unicorn"); err == nil || inventory.ValidColumn("unicorn") {
		t.Error("a column that nobody knows is taken")
	}
}
