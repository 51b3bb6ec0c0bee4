package lease

import (
	"context"
	"errors"
	"time"
)

// The errors of a store that somebody asks for.
var (
	// ErrNone says that the object is not there.
	ErrNone = errors.New("no such object")
	// ErrConflict says that a condition did not hold: somebody else was faster.
	ErrConflict = errors.New("somebody else was faster")
	// ErrNoBucket says that the bucket itself is not there.
	ErrNoBucket = errors.New("no such bucket")
	// errNoRemove says that the store cannot remove under a condition.
	errNoRemove = errors.New("the store removes nothing under a condition")
)

// A Store keeps one small object. Each of its changes is done whole or not at
// all, and those that have a condition are done by one of several that try. An
// error other than those above leaves open whether a change was done.
type Store interface {
	// Get reads the object. Where there is none, it is ErrNone, and the Object has
	// the time where that is known.
	Get(ctx context.Context) (Object, error)
	// Create makes the object, or returns ErrConflict where there is one.
	Create(ctx context.Context, body []byte) (tag string, err error)
	// Replace puts a body in place of the one with the tag, or returns
	// ErrConflict where that is not there any more.
	Replace(ctx context.Context, body []byte, tag string) (newTag string, err error)
	// Remove removes the object with the tag, or returns ErrConflict where that
	// is not there any more.
	Remove(ctx context.Context, tag string) error
}

// Object is what a store keeps.
type Object struct {
	Body []byte
	Tag  string        // changes with every change
	Age  time.Duration // since its last change, by the store's clock; negative: not known
	Now  time.Time     // the store's clock; zero: not known
}

// Seen remembers a tag and since when it is seen, on this machine's monotonic
// clock. The zero value is ready. It is for one goroutine.
type Seen struct {
	tag   string
	since time.Time
}

// age is how long a tag has been seen without another one.
func (s *Seen) age(tag string) time.Duration {
	if s == nil {
		return -1
	}
	if s.tag != tag {
		s.tag, s.since = tag, time.Now()
	}
	return time.Since(s.since)
}
