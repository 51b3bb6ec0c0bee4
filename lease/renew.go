package lease

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// look is how often the clocks are compared: a machine that slept does not
	// wait for its next renewal to learn that.
	look = 10 * time.Second
	// firstPause is how long a renewal that failed waits for its next try; it
	// doubles up to a thirtieth of the time to live.
	firstPause = time.Second
)

// goneError is a lease that is known not to be ours any more.
type goneError struct{ err error }

func (e *goneError) Error() string { return e.err.Error() }

func (e *goneError) Unwrap() error { return e.err }

// keep renews the lease until it is released or lost.
func (l *Lease) keep() {
	defer l.ended()
	due, failed, last := l.third(), 0, errors.New("this process stood still")
	for {
		timer := time.NewTimer(max(0, min(time.Until(due), look, l.rest())))
		select {
		case <-l.life.Done():
			timer.Stop()
			return
		case <-l.hurry:
		case <-timer.C:
		}
		timer.Stop()
		if l.rest() <= 0 {
			l.lose(fmt.Errorf("it was not renewed in time: %w", last))
			return
		}
		if l.stale() && failed == 0 {
			due = time.Now()
		}
		if time.Now().Before(due) {
			continue
		}
		err := l.renew()
		var gone *goneError
		switch {
		case err == nil:
			due, failed = l.third(), 0
		case l.life.Err() != nil:
			return
		case errors.As(err, &gone):
			l.lose(gone.err)
			return
		default:
			l.o.Log.WarnContext(l.life, "renew lease", "holder", l.o.Holder, "error", err)
			if failed == 0 || !errors.Is(err, context.DeadlineExceeded) { // that one is ours, and says less
				last = err
			}
			failed++
			due = time.Now().Add(l.pause(failed))
		}
	}
}

// third is when the next renewal is due: at a third of the time to live, a
// little earlier by chance, so that many leases do not renew at once.
func (l *Lease) third() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.start.mono.Add(l.o.TTL/3 - rand.N(l.o.TTL/30))
}

// pause is how long the next try waits after one that failed.
func (l *Lease) pause(failed int) time.Duration {
	most := min(firstPause<<min(failed-1, 10), l.o.TTL/30)
	return most/2 + rand.N(most/2+1)
}

// rest is how much of the lease is left by the monotonic clock, by which it
// ends for good.
func (l *Lease) rest() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.o.TTL - time.Since(l.start.mono)
}

// stale says that too little of the lease is left for a write, by one of the
// clocks. Where nothing is left it ends the writes under way.
func (l *Lease) stale() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	left := l.o.now().left(l.start, l.o.TTL)
	if left <= 0 {
		l.cut(errEnd)
		l.writes, l.cut = context.WithCancelCause(context.Background())
	}
	return left < l.o.Left
}

// within bounds a call of a renewal: by the lease's end, and so that another
// try has time where one gets no answer.
func (l *Lease) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(l.o.Call(l.life, true), min(l.rest(), l.o.TTL/6))
}

// renew writes a new body in place of our last. The error is a *goneError where
// the lease is known not to be ours any more; after any other it may still be.
func (l *Lease) renew() error {
	ctx, done := l.within()
	defer done()
	b, start := l.next()
	text := b.encode()
	tag, err := l.store.Replace(ctx, text, l.tag)
	if err == nil {
		l.renewed(tag, start)
		return nil
	}
	// The answer may be lost, or be that to a second try of what was done.
	ctx, done = l.within()
	defer done()
	found, gerr := l.store.Get(ctx)
	switch {
	case errors.Is(gerr, ErrNone):
		return &goneError{errors.New("somebody removed it")}
	case gerr != nil:
		return err
	case bytes.Equal(found.Body, text):
		l.renewed(found.Tag, start)
		return nil
	}
	have, derr := decode(found.Body)
	switch {
	case derr != nil:
		return &goneError{derr}
	case !l.wrote(have):
		return &goneError{have.held(found, found.Age)}
	}
	l.tag = found.Tag // an earlier try of ours, whose answer was lost
	return err
}
