package daemon

import (
	"testing"
	"time"
)

func TestTurnAbsorbsWhatComesWhileAPassRuns(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var x turn
	if !x.ready(now) {
		t.Fatal("a new payer is not due")
	}
	if why := x.start(); why != "timer" {
		t.Errorf("started by %q", why)
	}
	if x.ready(now.Add(time.Hour)) {
		t.Error("two passes at once")
	}
	for range 1000 {
		x.ask(now, "webhook")
	}
	x.end(now, false, time.Minute, 0)
	if !x.ready(now) || !x.urgent() {
		t.Error("what came while the pass ran is lost")
	}
	if why := x.start(); why != "webhook" {
		t.Errorf("started by %q", why)
	}
	x.end(now, false, time.Minute, 0)
	if x.ready(now.Add(50 * time.Second)) {
		t.Error("a thousand asked, and more than one pass follows")
	}
	if !x.ready(now.Add(67 * time.Second)) {
		t.Error("the timer does not come")
	}
}

func TestTurnBacksOff(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var x turn
	last := time.Duration(0)
	for i := range 12 {
		x.start()
		x.end(now, true, 5*time.Minute, 0)
		wait := x.due.Sub(now)
		if low, high := backoff(i+1)*9/10, backoff(i+1)*11/10; wait < low || wait > high {
			t.Errorf("failure %d: waits %s, want %s to %s", i+1, wait, low, high)
		}
		if i < 7 && backoff(i+1) <= last || backoff(i+1) > longestWait {
			t.Errorf("failure %d: backoff %s behind %s", i+1, backoff(i+1), last)
		}
		last = backoff(i + 1)
	}
	x.ask(now, "commit") // does not wait for the backoff
	if !x.ready(now) {
		t.Error("a new commit waits for the backoff")
	}
	x.start()
	x.end(now, false, 5*time.Minute, 0)
	if x.fails != 0 {
		t.Error("a pass that worked leaves failures")
	}
	x.start()
	x.end(now, false, 5*time.Minute, 20*time.Second)
	if got := x.due.Sub(now); got != 20*time.Second {
		t.Errorf("a standby looks again in %s", got)
	}
}

func TestJitterStaysNear(t *testing.T) {
	low, high := time.Hour, time.Duration(0)
	for range 1000 {
		d := jitter(time.Minute)
		low, high = min(low, d), max(high, d)
	}
	if low < 54*time.Second || high > 66*time.Second || high-low < 6*time.Second {
		t.Errorf("a minute becomes %s to %s", low, high)
	}
	if jitter(0) != 0 {
		t.Error("jitter of nothing")
	}
}
