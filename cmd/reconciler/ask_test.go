package main

import (
	"context"
	"io"
	"testing"
	"time"
)

// TestInterruptedAtTheQuestion is no answer, and needs no advice.
func TestInterruptedAtTheQuestion(t *testing.T) {
	d := sit(t, time.Hour, "", "a")
	in, typed := io.Pipe()
	defer typed.Close()
	d.c.stdin = in
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := d.c.apply(ctx, d.passes, d.aws, false, false)
	if err == nil || err.Error() != "interrupted; nothing was applied" {
		t.Errorf("apply: %v", err)
	}
	if n := d.called("111122223330", "CreateOrganization"); n != 0 {
		t.Errorf("%d organizations were made", n)
	}
}
