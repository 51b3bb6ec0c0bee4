package lease

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestRootLeavesNothingThatADaemonCannotWrite: root applies and pauses in the
// state folder of a daemon that runs as another user.
func TestRootLeavesNothingThatADaemonCannotWrite(t *testing.T) {
	dir := t.TempDir()
	want := os.Geteuid()
	if want == 0 {
		want = 12345
		if err := os.Chown(dir, want, want); err != nil {
			t.Fatal(err)
		}
	}
	l, err := File(dir, "acme", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := SetPause(t.Context(), PauseFile(dir, "acme"), Pause{By: "root"}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 2 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; int(got) != want {
			t.Errorf("%s belongs to %d, want %d", e.Name(), got, want)
		}
	}
}
