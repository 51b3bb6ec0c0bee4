package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A plan that is too long for a comment is cut, and says where it is whole.
func TestMarkdownThatIsCut(t *testing.T) {
	var b strings.Builder
	b.WriteString("apiVersion: reconciler/v1\nkind: Payer\nname: many\naccountId: \"111122223333\"\norganization: {create: true}\n" +
		"safety: {maxAccountCreates: 2000}\naccounts:\n")
	for i := range 1200 {
		fmt.Fprintf(&b, "  - {name: account-%04d, email: account-%04d@many.example}\n", i, i)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "payer.yaml"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code := run(t.Context(), nil, []string{"plan", "--sandbox", "--sandbox-state", filepath.Join(t.TempDir(), "s.json"),
		"--format", "markdown", "--full-report", "https://ci.example/run/1", dir}, nil, &out, &errs)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if n := out.Len(); n > 65536 {
		t.Errorf("%d bytes", n)
	}
	if want := " lines cut; all is in <https://ci.example/run/1>, and `reconciler plan` shows it"; strings.Count(out.String(), want) != 1 {
		t.Errorf("the Markdown does not say what was cut:\n%.2000s", out.String())
	}
}
