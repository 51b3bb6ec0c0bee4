// Package lease sees to it that one process at a time writes to a payer.
//
// Call [Acquire] with a [Store], such as an object in a bucket ([S3]), or
// [File] where there is none. Both give a [Lock], or a [HeldError] that says
// who has it. Ask [Lock.Gate] before every write, stop where [Lock.Lost]
// closes, and end with [Lock.Release].
//
// Beside the lease lies the pause: [ReadPause], [SetPause], [ClearPause].
//
// A lease is an object with a time to live, which its holder renews. Who finds
// one that has not been renewed for longer takes it over by a conditional
// write, which one of several wins. Whether it has run out is counted by the
// store's own clock alone: clocks that jump, and machines that sleep, give
// nobody a lease. The holder counts from before it asked for the last renewal,
// by the clock that runs out first, so that its writes have ended before
// anybody else's begin.
package lease

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// ErrLost is in every error of a lock that is not held any more.
var ErrLost = errors.New("the right to write is lost")

// A Lock is the right to write to a payer, until it is released or lost. It may
// be used from many goroutines.
type Lock interface {
	// Gate is asked before a write. The context that it returns ends when the
	// right to write does; the function ends the write. Where too little of the
	// right is left for a write, Gate waits for its renewal; where there will be
	// none, it returns an error that wraps ErrLost.
	Gate(ctx context.Context) (context.Context, context.CancelFunc, error)
	// Lost is closed when the lock is lost. It is not closed by Release.
	Lost() <-chan struct{}
	// Release gives the lock back, and never somebody else's. It is called once
	// at the end, for a lock that is lost, too.
	Release(ctx context.Context) error
	// Holder is the id under which the lock is held.
	Holder() string
	// Expires is when the lock runs out unless it is renewed; zero where it does
	// not.
	Expires() time.Time
}

// Options say who takes a lock, and for how long. The zero value will do.
type Options struct {
	// Holder is the id of who takes it, of NewHolder; empty: a new one. Who comes
	// back with the id that the lease bears has it at once: an id is for one
	// owner, which holds it once at a time.
	Holder  string
	Who     string // the user or the service, for people
	Command string // daemon or apply
	Version string // ours

	TTL  time.Duration // how long it is held without a renewal; default 5 min, in whole seconds
	Left time.Duration // how much of it a write needs; default 60 s, a fifth of TTL at most

	Log  *slog.Logger // may be nil
	Lost func(error)  // called once, when the lock is lost, and may release it; may be nil

	// Call, where it is set, gives the context for a call of the store, and is
	// told whether it is a renewal.
	Call func(ctx context.Context, renewal bool) context.Context
	// Seen remembers what was seen of the lease, from one Acquire to the next,
	// for a store that does not tell the time. May be nil.
	Seen *Seen

	wall func() time.Time // the wall clock; tests let it jump
}

const (
	// DefaultTTL is how long a lease is held without a renewal.
	DefaultTTL = 5 * time.Minute
	// DefaultLeft is how much of a lease a write needs.
	DefaultLeft = time.Minute
	// margin is how much longer than its time to live a lease is left alone. A
	// store tells times in whole seconds, and is more than one machine.
	margin = 2 * time.Second
	// longest is more than any lease's time to live.
	longest = 24 * time.Hour
)

// complete checks the options and fills in what they leave out.
func (o Options) complete() (Options, error) {
	if o.TTL == 0 {
		o.TTL = DefaultTTL
	}
	if o.Left == 0 {
		o.Left = min(DefaultLeft, o.TTL/5)
	}
	if o.TTL < time.Second || o.TTL > longest || o.TTL%time.Second != 0 || o.Left < 0 || o.Left > o.TTL/2 {
		return o, fmt.Errorf("acquire lease: a time to live of %v with %v left for a write does not work", o.TTL, o.Left)
	}
	if o.Holder == "" {
		o.Holder = NewHolder()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Call == nil {
		o.Call = func(ctx context.Context, _ bool) context.Context { return ctx }
	}
	if o.wall == nil {
		o.wall = time.Now
	}
	return o, nil
}

// NewHolder makes an id for who holds a lock: host, process and something
// random, since a process and its id may come back.
func NewHolder() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), random())
}

// random is what nobody else has.
func random() string {
	var b [6]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
