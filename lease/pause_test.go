package lease

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPauseFile pauses, reads, extends and ends a pause in a file.
func TestPauseFile(t *testing.T) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "state")
	s := PauseFile(dir, "acme")
	if p, err := ReadPause(ctx, s); p != nil || err != nil {
		t.Fatalf("nothing is there: %v, %v", p, err)
	}
	if was, err := ClearPause(ctx, s); was != nil || err != nil {
		t.Fatalf("clear nothing: %v, %v", was, err)
	}
	if err := SetPause(ctx, s, Pause{By: "ops", Reason: "outage", For: 2 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	p, err := ReadPause(ctx, s)
	if err != nil || p == nil || p.By != "ops" || p.Reason != "outage" || p.Until.Sub(p.Since) != 2*time.Hour || time.Since(p.Since) > time.Minute {
		t.Fatalf("pause %+v, %v", p, err)
	}
	if err := SetPause(ctx, s, Pause{By: "eve"}); err != nil {
		t.Fatal(err)
	}
	if p, err := ReadPause(ctx, s); err != nil || p == nil || p.By != "eve" || !p.Until.IsZero() {
		t.Fatalf("pause %+v, %v", p, err)
	}
	if was, err := ClearPause(ctx, s); err != nil || was == nil || was.By != "eve" {
		t.Fatalf("cleared %+v, %v", was, err)
	}
	if p, err := ReadPause(ctx, s); p != nil || err != nil {
		t.Fatalf("cleared: %v, %v", p, err)
	}
}

// TestPauseOver: a pause that has ended is none; one that cannot be read is an
// error, and stays as it is.
func TestPauseOver(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := PauseFile(dir, "acme")
	if err := SetPause(ctx, s, Pause{By: "ops", Until: time.Now().Add(-time.Second)}); err != nil {
		t.Fatal(err)
	}
	if p, err := ReadPause(ctx, s); p != nil || err != nil {
		t.Errorf("over: %v, %v", p, err)
	}
	for _, text := range []string{"", "paused", "[]", `{"reason":"x"}`, `{"by":"ops","until":"soon"}`, `{"by":"ops"} {}`, `{"by":"ops"`} {
		path := filepath.Join(dir, "acme.pause")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var foreign *ForeignError
		if p, err := ReadPause(ctx, s); p != nil || !errors.As(err, &foreign) {
			t.Errorf("%q: %v, %v", text, p, err)
		}
		if err := SetPause(ctx, s, Pause{By: "ops"}); !errors.As(err, &foreign) {
			t.Errorf("%q: set: %v", text, err)
		}
		if _, err := ClearPause(ctx, s); !errors.As(err, &foreign) {
			t.Errorf("%q: clear: %v", text, err)
		}
		if have, err := os.ReadFile(path); err != nil || string(have) != text {
			t.Errorf("%q became %q, %v", text, have, err)
		}
	}
}
