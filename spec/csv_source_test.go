package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

// TestDanger13NothingIsReadFromACSV: a commit of CSVs is in force without a
// signature, so no policy may come from one, by whatever name.
func TestDanger13NothingIsReadFromACSV(t *testing.T) {
	const doc = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:Get*","Resource":"*"}]}`
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	payer := func(policy string) string {
		return "apiVersion: reconciler/v1\nkind: Payer\nname: acme\naccountId: \"111122223333\"\norganization: {create: true}\n" + policy
	}
	write(".git/HEAD", "")
	write("a.csv", doc)
	write("b.CSV", doc)
	link("../a.csv", "policies/link.json")
	write("presets/c.csv", doc)
	link("c.csv", "presets/doc.json")
	write("presets/mine.yaml", "apiVersion: reconciler/v1\nkind: Preset\nname: mine\ndescription: d\nvendor: v\nbody:\n  policies: [{name: P, file: doc.json}]\n")
	for name, text := range map[string]string{
		"a name":   "policies: [{name: P, file: a.csv}]\n",
		"a case":   "policies: [{name: P, file: b.CSV}]\n",
		"a link":   "policies: [{name: P, file: policies/link.json}]\n",
		"a preset": "presets: [{use: mine}]\n",
	} {
		write("acme.yaml", payer(text))
		_, err := spec.Load([]string{dir}, spec.Options{})
		if err == nil || !strings.Contains(err.Error(), "CSV") {
			t.Errorf("%s: Load gave %v, want that it is a CSV", name, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "acme.yaml")); err != nil {
		t.Fatal(err)
	}
	write("c.csv", payer(""))
	link("c.csv", "acme.yaml")
	if _, err := spec.Load([]string{dir}, spec.Options{}); err == nil || !strings.Contains(err.Error(), "CSV") {
		t.Errorf("a payer file that is a link to a CSV: Load gave %v", err)
	}
}
