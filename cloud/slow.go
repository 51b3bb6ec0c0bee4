package cloud

import (
	"time"

	"golang.org/x/time/rate"
)

// A throttle says that somebody else calls the operation in the account, or that
// AWS allows less there than the table says. So it halves the rate, down to an
// eighth of the table's; then, for every while without another throttle, a tenth
// of the table's comes back, up to the whole of it.
const (
	slowestFactor = 1.0 / 8
	recoverEvery  = 30 * time.Second
	recoverStep   = 0.1
)

// slowness is how much slower than its table a bucket is.
type slowness struct {
	published float64
	factor    float64 // 1: as the table says
	since     time.Time
	throttled time.Time // the last that counted
}

func (s *slowness) limit() rate.Limit { return rate.Limit(s.published * s.factor) }

// recover gives back what the time since the last throttle gives, and says
// whether that is anything.
func (s *slowness) recover(now time.Time) bool {
	steps := int(now.Sub(s.since) / recoverEvery)
	if s.factor >= 1 || steps < 1 {
		return false
	}
	s.since = s.since.Add(time.Duration(steps) * recoverEvery)
	s.factor = min(1, s.factor+float64(steps)*recoverStep)
	return true
}

// halve makes it slower, and says whether it was not before. A try that was sent
// before the last throttle counts with it: eight that are refused at once are
// one word of AWS.
func (s *slowness) halve(sent, now time.Time) (counts, first bool) {
	s.recover(now)
	if !s.throttled.IsZero() && !sent.After(s.throttled) {
		return false, false
	}
	first = s.factor >= 1
	s.factor = max(s.factor/2, slowestFactor)
	s.since, s.throttled = now, now
	return true, first
}

// throttle makes the bucket slower and empties it, for AWS's own is empty. It
// gives the rate from now on, and whether the bucket was at its table's before.
func (b *bucket) throttle(sent, now time.Time) (perSecond float64, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	counts, first := b.slow.halve(sent, now)
	if counts {
		if n := int(b.tokens.TokensAt(now)); n > 0 {
			b.tokens.AllowN(now, n)
		}
	}
	b.tokens.SetLimitAt(now, b.slow.limit())
	return float64(b.slow.limit()), first
}
