package lease

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Lease is a lock that a store keeps, see [Acquire].
type Lease struct {
	store Store
	o     Options
	since time.Time
	token string // stands in what this lease writes, and in nothing else

	life    context.Context // of the renewals
	end     context.CancelFunc
	stopped chan struct{} // closed when the renewals have ended
	hurry   chan struct{} // a renewal is wanted at once
	lost    chan struct{}

	once     sync.Once
	released error

	mu     sync.Mutex // guards all below
	tag    string     // of what we last knew to be ours
	serial int        // of the body that was tried last
	start  instant    // from when on the time to live counts
	over   error      // why it is not held any more
	change chan struct{}
	writes context.Context // ends when the writes under way must
	cut    context.CancelCauseFunc
}

var _ Lock = (*Lease)(nil)

// instant is a moment on both clocks. The monotonic one stands still while the
// machine sleeps, the wall clock jumps.
type instant struct{ mono, wall time.Time }

func (o *Options) now() instant { return instant{time.Now(), o.wall().Round(0)} }

// left is what of d, counted from start, is left at i, by the clock on which
// that is less.
func (i instant) left(start instant, d time.Duration) time.Duration {
	return d - max(i.mono.Sub(start.mono), i.wall.Sub(start.wall))
}

// newLease makes a lease that is not held yet.
func newLease(s Store, o Options, call context.Context) *Lease {
	l := &Lease{
		store: s, o: o, since: o.wall().Round(0).UTC(), token: random(), stopped: make(chan struct{}),
		hurry: make(chan struct{}, 1), lost: make(chan struct{}), change: make(chan struct{}),
	}
	l.life, l.end = context.WithCancel(context.WithoutCancel(call))
	l.writes, l.cut = context.WithCancelCause(context.Background())
	return l
}

// discard lets go of a lease that is not held.
func (l *Lease) discard() {
	l.end()
	l.cut(nil)
}

// next is the body to write now, and the moment from which it counts.
func (l *Lease) next() (body, instant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.serial++
	start := l.o.now()
	return body{
		Holder: l.o.Holder, Who: l.o.Who, Command: l.o.Command, Since: l.since, Renewed: start.wall.UTC(),
		TTLSeconds: int64(l.o.TTL / time.Second), Version: l.o.Version, Token: l.token, Serial: l.serial,
	}, start
}

// renewed notes that the store has the body that counts from start.
func (l *Lease) renewed(tag string, start instant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tag, l.start = tag, start
	close(l.change)
	l.change = make(chan struct{})
}

// finish notes why the lease is not held any more, and ends the writes under
// way. It is false where it was over already.
func (l *Lease) finish(why error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != nil {
		return false
	}
	l.over = why
	l.cut(why)
	close(l.change)
	return true
}

// lose ends a lease that is not ours any more.
func (l *Lease) lose(why error) {
	why = fmt.Errorf("%w: %w", ErrLost, why)
	if l.finish(why) {
		l.o.Log.ErrorContext(l.life, "lease lost", "holder", l.o.Holder, "error", why)
		close(l.lost)
	}
}

// ended tells that the renewals have, and whom it concerns that the lease was
// lost. That one may release it.
func (l *Lease) ended() {
	close(l.stopped)
	select {
	case <-l.lost:
		if l.o.Lost != nil {
			l.o.Lost(l.Err())
		}
	default:
	}
}

// Lost is closed when the lease is lost.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Err is why the lease is not held any more, nil while it is.
func (l *Lease) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// Holder is the id under which the lease is held.
func (l *Lease) Holder() string { return l.o.Holder }

// Expires is when the lease runs out unless it is renewed, by our own clock.
func (l *Lease) Expires() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.start.wall.Add(l.o.TTL)
}

// Gate lets a write through where Options.Left of the lease is left, and bounds
// it by the lease's end. Else it asks for a renewal and waits for that.
func (l *Lease) Gate(ctx context.Context) (context.Context, context.CancelFunc, error) {
	for {
		l.mu.Lock()
		now := l.o.now()
		left, change, over, writes := now.left(l.start, l.o.TTL), l.change, l.over, l.writes
		l.mu.Unlock()
		switch {
		case over != nil:
			return nil, nil, over
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case left >= l.o.Left:
			bounded, done := bound(ctx, writes, now.mono.Add(left))
			return bounded, done, nil
		}
		select {
		case l.hurry <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
		case <-change:
		}
	}
}

// errEnd is the cause of a write that was cut at the end of the lease.
var errEnd = fmt.Errorf("%w: the lease has run out", ErrLost)

// bound is ctx until a moment, and no longer than writes.
func bound(ctx, writes context.Context, end time.Time) (context.Context, context.CancelFunc) {
	ctx, cut := context.WithCancelCause(ctx)
	ctx, cancel := context.WithDeadlineCause(ctx, end, errEnd)
	stop := context.AfterFunc(writes, func() { cut(context.Cause(writes)) })
	return ctx, func() {
		stop()
		cancel()
		cut(nil)
	}
}

// errReleased is why a lease is not held after Release.
var errReleased = fmt.Errorf("%w: it was released", ErrLost)

// Release ends the writes under way and the renewals, and removes the lease
// where it is still ours.
func (l *Lease) Release(ctx context.Context) error {
	l.once.Do(func() {
		held := l.finish(errReleased)
		l.end()
		<-l.stopped
		if err := l.remove(l.o.Call(ctx, false), held); err != nil {
			l.released = fmt.Errorf("release lease: %w", err)
			return
		}
		l.o.Log.InfoContext(ctx, "lease released", "holder", l.o.Holder)
	})
	return l.released
}

// remove removes what is ours. Where it is not known to be, it looks first.
func (l *Lease) remove(ctx context.Context, known bool) error {
	tag, err := l.tag, error(nil) // nobody else changes it any more
	for range acquireTries {
		if known {
			err = l.store.Remove(ctx, tag)
			if errors.Is(err, errNoRemove) {
				b, _ := l.next()
				b.Released = true
				_, err = l.store.Replace(ctx, b.encode(), tag)
			}
			if err == nil {
				return nil
			}
		}
		found, gerr := l.store.Get(ctx)
		switch {
		case errors.Is(gerr, ErrNone):
			return nil
		case gerr != nil && err == nil:
			return gerr
		case gerr != nil:
			return err
		}
		if b, ferr := decode(found.Body); ferr != nil || !l.wrote(b) || b.Released {
			return nil // it is not ours, so there is nothing to give back
		}
		tag, known = found.Tag, true
	}
	return err
}

// wrote says that a body is one of this lease, and not of one that somebody
// with the same id took later.
func (l *Lease) wrote(b body) bool { return b.Holder == l.o.Holder && b.Token == l.token }
