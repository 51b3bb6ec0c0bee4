package cloud

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits hold calls back to the rates of AWS: a token bucket for each operation
// in each account, which starts full. AWS counts an account's calls together, so
// the sessions of one process that enter one account share one Limits, by
// [Options]. The zero value is ready, and may be used from many goroutines.
//
// What other programs call in the account at the same time they cannot see.
// There AWS throttles, and the bucket goes slower for a while, see slowed; it is
// never faster than its table.
type Limits struct {
	// Rates are the table; nil: [PublishedRates]. Nobody sets it after the first
	// use.
	Rates *Rates

	mu  sync.Mutex
	all map[bucketKey]*bucket
}

// Table is the table that the limits go by.
func (l *Limits) Table() *Rates {
	if l.Rates == nil {
		return published()
	}
	return l.Rates
}

// bucketKey names a token bucket of AWS.
type bucketKey struct {
	account string
	operationKey
}

// of gives the bucket of an operation, nil where no rate of it is known.
func (l *Limits) of(account, service, operation string) *bucket {
	key := bucketKey{account, operationKey{service, operation}}
	r, ok := l.Table().of(key.operationKey)
	if !ok {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.all[key]
	if b == nil {
		if l.all == nil {
			l.all = map[bucketKey]*bucket{}
		}
		b = newBucket(r)
		l.all[key] = b
	}
	return b
}

// bucket is one token bucket. Who waits for it stands in a queue, of which only
// the head looks at the tokens: so whoever waits already goes by a rate that has
// changed, too.
type bucket struct {
	head chan struct{} // holds one while somebody is the head

	mu     sync.Mutex
	tokens *rate.Limiter
	slow   slowness
}

func newBucket(r Rate) *bucket {
	return &bucket{head: make(chan struct{}, 1), tokens: rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst),
		slow: slowness{published: r.PerSecond, factor: 1}}
}

// wait takes a token, first come, first served. Where ctx ends first it takes
// none, and returns the error of ctx; where stop is closed first, [ErrStopped].
func (b *bucket) wait(ctx context.Context, stop <-chan struct{}) error {
	select {
	case <-stop:
		return ErrStopped
	default:
	}
	select {
	case b.head <- struct{}{}:
		defer func() { <-b.head }()
	case <-ctx.Done():
		return ctx.Err()
	case <-stop:
		return ErrStopped
	}
	for ctx.Err() == nil {
		d := b.take(time.Now())
		if d <= 0 {
			return nil
		}
		t := time.NewTimer(d)
		select {
		case <-ctx.Done():
			t.Stop()
		case <-stop:
			t.Stop()
			return ErrStopped
		case <-t.C:
		}
	}
	return ctx.Err()
}

// take takes a token, or says how long it will be until there is one.
func (b *bucket) take(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.slow.recover(now) {
		b.tokens.SetLimitAt(now, b.slow.limit())
	}
	if b.tokens.AllowN(now, 1) {
		return 0
	}
	missing := 1 - b.tokens.TokensAt(now)
	return max(time.Duration(missing/float64(b.tokens.Limit())*float64(time.Second)), 1)
}

// hold holds a try of a call back until AWS's rate for it has room. It is asked
// before every try, repeated ones too.
func (s *Session) hold(ctx context.Context, service, operation string) error {
	p := patienceOf(ctx)
	if !writes(operation) {
		p = nil
	}
	if !s.rated {
		p.sends()
		return nil
	}
	b := s.opts.Limits.of(s.opts.AccountID, service, operation)
	if b == nil {
		p.sends()
		return ctx.Err()
	}
	if err := b.wait(ctx, p.stop()); err != nil {
		return err
	}
	p.sends()
	return nil
}

// throttled tells the bucket of an operation that AWS held a try of it back,
// which was sent then.
func (s *Session) throttled(ctx context.Context, service, operation string, sent time.Time) {
	if !s.rated {
		return
	}
	b := s.opts.Limits.of(s.opts.AccountID, service, operation)
	if b == nil {
		return
	}
	if now, first := b.throttle(sent, time.Now()); first {
		s.log.InfoContext(ctx, "slower after a throttle", "payer", s.opts.Payer, "account", s.opts.AccountID,
			"service", service, "operation", operation, "perSecond", now, "published", b.slow.published)
	}
}
