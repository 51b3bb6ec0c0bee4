package lease

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain is, where it is told so, a process that takes a lock and keeps it
// until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LEASE_TEST_LOCK"); dir != "" {
		l, err := File(dir, "acme", Options{Who: "eve", Command: "apply"})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(l.Holder())
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

// TestFileLock is held by one at a time, which the file names.
func TestFileLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	a, err := File(dir, "acme", Options{Who: "ops", Command: "daemon"})
	if err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := File(dir, "acme", Options{}); !errors.As(err, &held) || held.Holder != a.Holder() || held.Who != "ops" || held.Command != "daemon" || held.Left >= 0 {
		t.Errorf("twice: %v", err)
	}
	other, err := File(dir, "other", Options{})
	if err != nil {
		t.Fatalf("another payer: %v", err)
	}
	ctx, done, err := a.Gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Release(t.Context()), a.Release(t.Context()), other.Release(t.Context())); err != nil {
		t.Error(err)
	}
	if <-ctx.Done(); !a.Expires().IsZero() {
		t.Errorf("it runs out at %v", a.Expires())
	}
	done()
	if _, _, err := a.Gate(t.Context()); !errors.Is(err, ErrLost) {
		t.Errorf("gate after release: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "acme.lock")); err != nil || len(text) != 0 {
		t.Errorf("the file says %q, %v", text, err)
	}
	b, err := File(dir, "acme", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Release(t.Context()); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"../acme", "a/b", ".x", `a\b`} {
		if _, err := File(dir, name, Options{}); err == nil {
			t.Errorf("%q is locked", name)
		}
		if _, err := PauseFile(dir, name).Create(t.Context(), nil); err == nil {
			t.Errorf("%q is paused", name)
		}
	}
}

// TestFileLockDies with its process.
func TestFileLockDies(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "LEASE_TEST_LOCK="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	holder, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := File(dir, "acme", Options{}); !errors.As(err, &held) || held.Holder != strings.TrimSpace(holder) || held.Who != "eve" || time.Since(held.Since) > time.Minute {
		t.Errorf("held by %q: %v", holder, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	l, err := File(dir, "acme", Options{})
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	if err := l.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestFileLockTakenAway: where somebody removes the file, another could lock a
// new one, so the lock is lost.
func TestFileLockTakenAway(t *testing.T) {
	dir := t.TempDir()
	told := make(chan error, 1)
	l, err := File(dir, "acme", Options{Lost: func(err error) { told <- err }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, done, err := l.Gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if err := os.Remove(filepath.Join(dir, "acme.lock")); err != nil {
		t.Fatal(err)
	}
	next, err := File(dir, "acme", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Gate(t.Context()); !errors.Is(err, ErrLost) {
		t.Errorf("gate: %v", err)
	}
	<-l.Lost()
	<-ctx.Done()
	if err := <-told; !errors.Is(err, ErrLost) {
		t.Errorf("told %v", err)
	}
	if err := l.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "acme.lock")); err != nil || len(text) == 0 {
		t.Errorf("the next one's file says %q, %v", text, err)
	}
	if err := next.Release(t.Context()); err != nil {
		t.Error(err)
	}
}
