package cloud

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits hold calls back to the rates that AWS publishes: a token bucket for
// each operation in each account, which starts full. AWS counts an account's
// calls together, so the sessions of one process that enter one account share
// one Limits, by [Options]. The zero value is ready, and may be used from many
// goroutines.
//
// They know the published table alone. What other programs call in the account
// at the same time they cannot see: there AWS throttles, and the retries wait.
// Another table, and slowing down after a throttle, come with a later version;
// so does telling beforehand how long a pass will wait.
type Limits struct {
	mu  sync.Mutex
	all map[bucket]*rate.Limiter
}

// bucket names a token bucket of AWS.
type bucket struct{ account, operation string }

// of gives the bucket of an operation, nil where AWS publishes no rate of it.
func (l *Limits) of(account, service, operation string) *rate.Limiter {
	r, ok := rates()[operation]
	if !ok || r.service != service {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := bucket{account, operation}
	if l.all[b] == nil {
		if l.all == nil {
			l.all = map[bucket]*rate.Limiter{}
		}
		l.all[b] = rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)
	}
	return l.all[b]
}

// hold holds a try of a call back until AWS's rate for it has room, first come,
// first served. It is asked before every try, repeated ones too. Where ctx ends
// first it gives the room back, and returns the error of ctx.
func (s *Session) hold(ctx context.Context, service, operation string) error {
	if !s.rated {
		return nil
	}
	b := s.opts.Limits.of(s.opts.AccountID, service, operation)
	if b == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	// Limiter.Wait would give up at once where a deadline is too near, with an
	// error that is not the deadline's.
	place := b.Reserve()
	t := time.NewTimer(place.Delay())
	defer t.Stop()
	select {
	case <-ctx.Done():
		place.Cancel()
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
