//go:build unix

package inventory

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWriteMode: a service whose umask is strict writes a file that all may read.
func TestWriteMode(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	root := t.TempDir()
	if err := Write(root, "a.csv", []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(root, "a.csv"))
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("mode of the file = %v, %v; want 0644", info.Mode(), err)
	}
}
