package gitrepo

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Whenever the removal of a clone is cut off, what is left of it is known for
// ours: else no start would ever dare to remove it.
func TestDiscardKeepsTheMarker(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "repository.old")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	names := []string{marker}
	for i := range 500 {
		names = append(names, fmt.Sprint("objects", i), fmt.Sprint("refs", i), fmt.Sprint("shallow", i))
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error)
	go func() { done <- discard(dir) }()
	looks := 0
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("it is still there: %v", err)
			}
			if looks == 0 {
				t.Error("nobody looked")
			}
			return
		default:
		}
		looks++
		if _, err := os.Stat(filepath.Join(dir, marker)); err == nil {
			continue
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Fatalf("%d entries are left without the marker", len(left))
		}
	}
}
