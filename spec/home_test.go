package spec_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

// TestACheckoutCalledPayers has its payer files in its root or in its own payers/,
// and names documents from its root.
func TestACheckoutCalledPayers(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		git        bool
	}{
		{"a repository, in payers/", "payers/payers/acme.yaml", true},
		{"a repository, in its root", "payers/acme.yaml", true},
		{"no repository, in payers/", "payers/payers/acme.yaml", false},
		{"a folder of a repository", "payers/acme.yaml", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			home := filepath.Join(dir, "payers")
			if tt.name == "a folder of a repository" {
				home = dir
			}
			write := func(path, text string) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if tt.git {
				write(filepath.Join(home, ".git", "HEAD"), "")
			}
			file := filepath.Join(dir, filepath.FromSlash(tt.file))
			write(file, "apiVersion: reconciler/v1\nkind: Payer\nname: acme\naccountId: \"111122223333\"\n"+
				"organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\npolicies: [{name: P, file: policies/p.json}]\n")
			write(filepath.Join(home, "policies", "p.json"), `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`)
			for _, path := range []string{filepath.Join(dir, "payers"), filepath.Dir(file), file} {
				payers, err := spec.Load([]string{path}, spec.Options{})
				if err != nil || len(payers) != 1 {
					t.Errorf("Load(%s): %d payers, %v", path, len(payers), err)
				}
			}
		})
	}
}
