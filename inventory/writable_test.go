package inventory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWritable(t *testing.T) {
	root := t.TempDir()
	if err := Writable(root, "accounts/a.csv"); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(filepath.Join(root, "accounts"))
	if err != nil || len(entries) != 0 {
		t.Errorf("it leaves %v, %v", entries, err)
	}
	if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Writable(root, "file/a.csv"); err == nil || !strings.Contains(err.Error(), "file/a.csv cannot be written") ||
		strings.Contains(err.Error(), ".tmp") {
		t.Errorf("a folder that is a file: %v", err)
	}
	if err := Writable(root, "../a.csv"); err == nil {
		t.Error("a path outside is writable")
	}
}

// A folder that nobody may write to; root may, so that it is not tried as root.
func TestWritableReadOnly(t *testing.T) {
	root := t.TempDir()
	if err := os.Chmod(root, 0o555); err != nil {
		t.Fatal(err)
	}
	want := os.Geteuid() != 0
	err := Writable(root, "a.csv")
	if got := err != nil; got != want {
		t.Errorf("a read-only folder, root %v: %v", !want, err)
	}
}
