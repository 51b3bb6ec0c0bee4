package cloud

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrStopped is the error of a write that was held back by a rate when its
// caller asked for no more of it: it was not sent, nor was any before it. See
// [Until].
var ErrStopped = errors.New("stopped before it was sent")

type patienceKey struct{}

// patience is how long a piece of work waits for its turn.
type patience struct {
	until <-chan struct{}
	sent  atomic.Bool // a write was, so the work is under way and comes to its end
}

// Until gives a context for one piece of work, the first write of which waits for
// AWS's rate no longer than until stop is closed; its error is [ErrStopped] then.
// Work that has sent a write, and every read, waits as long as it must.
func Until(ctx context.Context, stop <-chan struct{}) context.Context {
	return context.WithValue(ctx, patienceKey{}, &patience{until: stop})
}

func patienceOf(ctx context.Context) *patience {
	p, _ := ctx.Value(patienceKey{}).(*patience)
	return p
}

// stop is what a write waits no longer than; nil: it waits.
func (p *patience) stop() <-chan struct{} {
	if p == nil || p.sent.Load() {
		return nil
	}
	return p.until
}

// sends notes that a write is sent.
func (p *patience) sends() {
	if p != nil {
		p.sent.Store(true)
	}
}
