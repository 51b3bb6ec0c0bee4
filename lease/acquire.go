package lease

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// acquireTries is how often Acquire looks again where others are faster, or the
// lease goes while it looks.
const acquireTries = 4

// Acquire takes the lease that a store keeps, where nobody has it, where its
// holder let it run out, or where it bears o.Holder. Else the error is a
// *HeldError. What is kept there and is no lease is a *ForeignError.
//
// The lease is renewed until Release, at a third of its time to live, whatever
// becomes of ctx.
func Acquire(ctx context.Context, s Store, o Options) (*Lease, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	a := &acquiring{store: s, o: o, call: o.Call(ctx, false)}
	for range acquireTries {
		var l *Lease
		if l, err = a.once(); err == nil {
			go l.keep()
			return l, nil
		}
		if !errors.Is(err, ErrConflict) || a.breathe() != nil {
			break
		}
	}
	return nil, fmt.Errorf("acquire lease: %w", err)
}

// acquiring is one Acquire.
type acquiring struct {
	store Store
	o     Options
	call  context.Context
}

// breathe waits a moment by chance, so that those who collide do not again.
func (a *acquiring) breathe() error {
	select {
	case <-a.call.Done():
		return a.call.Err()
	case <-time.After(rand.N(50 * time.Millisecond)):
		return nil
	}
}

// once looks at the lease and takes it where it may. It is ErrConflict where
// that has changed in the meantime.
func (a *acquiring) once() (*Lease, error) {
	found, err := a.store.Get(a.call)
	if errors.Is(err, ErrNone) {
		return a.take("", "nobody has it")
	}
	if err != nil {
		return nil, err
	}
	b, err := decode(found.Body)
	if err != nil {
		return nil, err
	}
	age := found.Age
	if seen := a.o.Seen.age(found.Tag); age < 0 {
		age = seen
	}
	switch {
	case b.Released:
		return a.take(found.Tag, "it was released")
	case b.Holder == a.o.Holder:
		return a.take(found.Tag, "it is our own")
	case age > b.ttl()+margin:
		a.o.Log.WarnContext(a.call, "lease has run out", "holder", b.Holder, "who", b.Who, "command", b.Command, "renewed", age.String()+" ago")
		return a.take(found.Tag, "it has run out")
	}
	return nil, b.held(found, age)
}

// take writes our own lease in place of the tag, or where nothing is.
func (a *acquiring) take(tag, why string) (*Lease, error) {
	l := newLease(a.store, a.o, a.call)
	b, start := l.next()
	text := b.encode()
	var got string
	var err error
	if tag == "" {
		got, err = a.store.Create(a.call, text)
	} else {
		got, err = a.store.Replace(a.call, text, tag)
	}
	if err != nil {
		// The answer may be lost, or be that to a second try of what was done.
		found, gerr := a.store.Get(a.call)
		if gerr != nil || !bytes.Equal(found.Body, text) {
			l.discard()
			return nil, err
		}
		got = found.Tag
	}
	l.renewed(got, start)
	a.o.Log.InfoContext(a.call, "lease acquired", "holder", a.o.Holder, "because", why)
	return l, nil
}
