package lease

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// taken acquires a lease, which is released at the end of the test.
func taken(t *testing.T, s Store, o Options) *Lease {
	t.Helper()
	l, err := Acquire(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Release(context.Background()) })
	return l
}

// refused is the error of an Acquire that somebody else stands in the way of.
func refused(t *testing.T, s Store, o Options) *HeldError {
	t.Helper()
	l, err := Acquire(t.Context(), s, o)
	if err == nil {
		_ = l.Release(t.Context())
	}
	var held *HeldError
	if !errors.As(err, &held) {
		t.Fatalf("acquire: %v, want a HeldError", err)
	}
	return held
}

// die ends a lease as a process that is killed does.
func die(l *Lease) {
	l.discard()
	<-l.stopped
}

// bubble runs a test on a clock of its own.
func bubble(t *testing.T, run func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, run)
}

// TestLease is held, renewed for a day, and given back.
func TestLease(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &memory{}
		l := taken(t, s, Options{Who: "ops", Command: "daemon", Version: "1.2.3"})
		held := refused(t, s, Options{})
		if held.Holder != l.Holder() || held.Who != "ops" || held.Command != "daemon" || held.Left != 5*time.Minute+margin || !held.Since.Equal(time.Now()) {
			t.Errorf("held by %+v", held)
		}
		want := "somebody else is writing: held by " + l.Holder() + ", daemon, ops, since 2000-01-01T00:00:00Z, until 2000-01-01T00:05:02Z unless renewed"
		if held.Error() != want {
			t.Errorf("%q, want %q", held, want)
		}
		for range 24 * 60 {
			time.Sleep(time.Minute)
			ctx, done, err := l.Gate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if end, ok := ctx.Deadline(); !ok || time.Until(end) < time.Minute || time.Until(end) > 5*time.Minute {
				t.Errorf("the write ends in %v", time.Until(end))
			}
			done()
		}
		if n := s.count(); n < 24*60/2 || n > 24*60 {
			t.Errorf("%d renewals in a day", n)
		}
		var b body
		if err := json.Unmarshal([]byte(s.text()), &b); err != nil || b.Version != "1.2.3" || b.TTLSeconds != 300 {
			t.Errorf("body %s, %v", s.text(), err)
		}
		if err := l.Release(t.Context()); err != nil || s.text() != "" {
			t.Errorf("released: %v, %s", err, s.text())
		}
		if _, _, err := l.Gate(t.Context()); !errors.Is(err, ErrLost) {
			t.Errorf("gate after release: %v", err)
		}
		select {
		case <-l.Lost():
			t.Error("lost by release")
		default:
		}
		taken(t, s, Options{})
	})
}

// TestDangerTakeOver: who dies keeps the lease for its time to live by the
// store's clock, whatever that and the other's show.
func TestDangerTakeOver(t *testing.T) {
	for _, offset := range []time.Duration{0, -24 * time.Hour, 24 * time.Hour} {
		bubble(t, func(t *testing.T) {
			s, clock := &memory{offset: offset}, &jumpy{}
			die(taken(t, s, Options{Holder: "a"}))
			clock.jump(48 * time.Hour)
			began := time.Now()
			for refused(t, s, Options{}).Holder != "a" || time.Since(began) < 5*time.Minute {
				time.Sleep(time.Second)
			}
			time.Sleep(margin + time.Second)
			l := taken(t, s, Options{Holder: "b", wall: clock.now})
			if _, done, err := l.Gate(t.Context()); err != nil {
				t.Error(err)
			} else {
				done()
			}
		})
	}
}

// TestTakeOverWithoutTime: where the store tells no time, who has seen one tag
// for the time to live takes over; who does not remember never does.
func TestTakeOverWithoutTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, seen := &memory{timeless: true}, &Seen{}
		a := taken(t, s, Options{Holder: "a"})
		for range 100 {
			refused(t, s, Options{Seen: seen})
			time.Sleep(time.Minute)
		}
		die(a)
		seen = &Seen{}
		if held := refused(t, s, Options{Seen: seen}); !held.Expires.IsZero() {
			t.Errorf("expires %v", held.Expires)
		}
		time.Sleep(5 * time.Minute)
		refused(t, s, Options{Seen: seen})
		refused(t, s, Options{Seen: &Seen{}})
		time.Sleep(margin + time.Second)
		if held := refused(t, s, Options{}); held.Left >= 0 {
			t.Errorf("left %v", held.Left)
		}
		taken(t, s, Options{Seen: seen})
	})
}

// TestRetakeOwn: who comes back under its own id has its lease at once, and
// what it had before is lost.
func TestRetakeOwn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &memory{}
		die(taken(t, s, Options{Holder: "a"}))
		var old *Lease
		told := make(chan error, 2)
		old = taken(t, s, Options{Holder: "a", Lost: func(err error) { told <- errors.Join(err, old.Release(t.Context())) }})
		taken(t, s, Options{Holder: "a"})
		time.Sleep(2 * time.Minute)
		if _, _, err := old.Gate(t.Context()); !errors.Is(err, ErrLost) {
			t.Errorf("gate: %v", err)
		}
		if err := <-told; !errors.Is(err, ErrLost) {
			t.Errorf("told %v", err)
		}
		if err := old.Release(t.Context()); err != nil || s.text() == "" {
			t.Errorf("released somebody else's: %v", err)
		}
	})
}

// TestDangerStoreAway: who cannot renew stops writing before anybody else may
// take over, and writes again where the store comes back in time.
func TestDangerStoreAway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &memory{}
		told := make(chan error, 2)
		l := taken(t, s, Options{Lost: func(err error) { told <- err }})
		s.set(func(m *memory) { m.away = true })
		began := time.Now()
		time.Sleep(4*time.Minute - time.Second)
		ctx, done, err := l.Gate(t.Context())
		if err != nil {
			t.Fatalf("with 61 s left: %v", err)
		}
		<-ctx.Done()
		if took := time.Since(began); took != 5*time.Minute || !errors.Is(context.Cause(ctx), ErrLost) {
			t.Errorf("the write ended after %v: %v", took, context.Cause(ctx))
		}
		done()
		<-l.Lost()
		_, _, err = l.Gate(t.Context())
		if !errors.Is(err, ErrLost) || !errors.Is(err, errAway) || time.Since(began) != 5*time.Minute {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if err := <-told; !errors.Is(err, errAway) || len(told) > 0 {
			t.Errorf("told %v", err)
		}
		if err := l.Release(t.Context()); !errors.Is(err, errAway) {
			t.Errorf("release: %v", err)
		}
	})
}

// TestGateWaits where too little is left, and goes on when the lease is renewed.
func TestGateWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &memory{}
		l := taken(t, s, Options{})
		s.set(func(m *memory) { m.away = true })
		time.Sleep(4*time.Minute + 10*time.Second)
		go func() {
			time.Sleep(20 * time.Second)
			s.set(func(m *memory) { m.away = false })
		}()
		began := time.Now()
		_, done, err := l.Gate(t.Context())
		if took := time.Since(began); err != nil || took < 20*time.Second || took > 31*time.Second {
			t.Fatalf("after %v: %v", took, err)
		}
		done()
		s.set(func(m *memory) { m.away = true })
		time.Sleep(4*time.Minute + 10*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := l.Gate(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrLost) {
			t.Errorf("the caller's own end: %v", err)
		}
		s.set(func(m *memory) { m.away = false })
	})
}

// TestClockJumps: a wall clock that jumps costs a renewal, not the lease.
func TestClockJumps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, clock := &memory{}, &jumpy{}
		l := taken(t, s, Options{wall: clock.now})
		for _, by := range []time.Duration{time.Hour, -3 * time.Hour, 100 * time.Hour} {
			clock.jump(by)
			_, done, err := l.Gate(t.Context())
			if err != nil {
				t.Fatalf("after a jump by %v: %v", by, err)
			}
			done()
		}
		if n := s.count(); n != 3 { // the acquisition, and one for each jump forward
			t.Errorf("%d changes", n)
		}
	})
}

// TestDangerSleep: a machine that slept does not write on, though its monotonic
// clock stood still.
func TestDangerSleep(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, clock := &memory{}, &jumpy{}
		l := taken(t, s, Options{wall: clock.now})
		ctx, done, err := l.Gate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		s.set(func(m *memory) { m.offset += time.Hour })
		clock.jump(time.Hour)
		taken(t, s, Options{})
		began := time.Now()
		if _, _, err := l.Gate(t.Context()); !errors.Is(err, ErrLost) {
			t.Errorf("gate: %v", err)
		}
		if <-ctx.Done(); time.Since(began) > look || !errors.Is(context.Cause(ctx), ErrLost) {
			t.Errorf("the write ended after %v: %v", time.Since(began), context.Cause(ctx))
		}
	})
}

// TestLostAnswers: what was done is ours, though nobody said so.
func TestLostAnswers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, next := &memory{}, false
		s.lose = func() bool { next = !next; return !next } // every write; its read-back comes through
		l := taken(t, s, Options{})
		time.Sleep(time.Hour)
		if l.Err() != nil {
			t.Fatal(l.Err())
		}
		if n := s.count(); n < 30 {
			t.Errorf("%d changes in an hour", n)
		}
		s.set(func(m *memory) { m.lose = nil })
		if err := l.Release(t.Context()); err != nil || s.text() != "" {
			t.Errorf("release: %v, %s", err, s.text())
		}
	})
}

// TestRemoved: somebody takes the lease away, or another takes it.
func TestRemoved(t *testing.T) {
	for name, do := range map[string]func(*memory){
		"removed": func(m *memory) { m.body, m.tag = nil, "" },
		"foreign": func(m *memory) { m.body, m.tag = []byte("hello"), "x" },
		"another": func(m *memory) { m.body, m.tag = body{Holder: "eve", TTLSeconds: 300}.encode(), "x" },
	} {
		bubble(t, func(t *testing.T) {
			s := &memory{}
			l := taken(t, s, Options{})
			s.set(do)
			before := s.text()
			began := time.Now()
			if <-l.Lost(); time.Since(began) > 100*time.Second {
				t.Errorf("%s: after %v", name, time.Since(began))
			}
			if _, _, err := l.Gate(t.Context()); !errors.Is(err, ErrLost) {
				t.Errorf("%s: gate: %v", name, err)
			}
			if err := l.Release(t.Context()); err != nil || s.text() != before {
				t.Errorf("%s: release: %v, the object became %q", name, err, s.text())
			}
		})
	}
}

// TestDangerForeignObject: what is no lease is never overwritten.
func TestDangerForeignObject(t *testing.T) {
	for _, text := range []string{"", "x", "[]", "{}", `{"holder":"a"}`, `{"holder":"a","ttlSeconds":0}`, `{"holder":"a","ttlSeconds":99999999}`,
		`{"holder":"","ttlSeconds":300}`, `{"holder":"a","ttlSeconds":300} {}`, `{"holder":"a","ttlSeconds":300`} {
		s := &memory{body: []byte(text), tag: "x"}
		l, err := Acquire(t.Context(), s, Options{})
		var foreign *ForeignError
		if l != nil || !errors.As(err, &foreign) || foreign.Hint() == "" || s.text() != text || s.count() != 0 {
			t.Errorf("%q: %v, and it became %q", text, err, s.text())
		}
	}
	s := &memory{body: []byte(`{"holder":"a","ttlSeconds":300,"later":true}`), tag: "x", modified: time.Now()}
	if refused(t, s, Options{}).Holder != "a" {
		t.Error("a lease of a later version is one, too")
	}
}

// TestReleaseWithoutRemove: a store that removes nothing keeps a lease that
// nobody holds.
func TestReleaseWithoutRemove(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &memory{noRemove: true}
		for range 2 {
			if err := taken(t, s, Options{}).Release(t.Context()); err != nil || !strings.Contains(s.text(), `"released":true`) {
				t.Fatalf("release: %v, %s", err, s.text())
			}
		}
		p := Pause{By: "ops"}
		s = &memory{noRemove: true}
		if err := SetPause(t.Context(), s, p); err != nil {
			t.Fatal(err)
		}
		if was, err := ClearPause(t.Context(), s); err != nil || was == nil {
			t.Fatalf("clear: %v, %v", was, err)
		}
		if p, err := ReadPause(t.Context(), s); p != nil || err != nil {
			t.Errorf("cleared: %v, %v", p, err)
		}
	})
}

// TestOptions that do not work are refused.
func TestOptions(t *testing.T) {
	for _, o := range []Options{{TTL: -time.Second}, {TTL: time.Millisecond}, {TTL: 1500 * time.Millisecond}, {TTL: 48 * time.Hour},
		{TTL: time.Minute, Left: 40 * time.Second}, {Left: -1}} {
		if l, err := Acquire(t.Context(), &memory{}, o); err == nil {
			t.Errorf("%+v works", o)
			_ = l.Release(t.Context())
		}
	}
}

// TestCall tells renewals from what the user asked for.
func TestCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var asked []bool
		l := taken(t, &memory{}, Options{Call: func(ctx context.Context, renewal bool) context.Context {
			asked = append(asked, renewal)
			return ctx
		}})
		time.Sleep(100 * time.Second)
		if err := l.Release(t.Context()); err != nil || len(asked) != 3 || asked[0] || !asked[1] || asked[2] {
			t.Errorf("%v, %v", asked, err)
		}
	})
}
