package hook

import (
	"log/slog"
	"strconv"
	"sync"
	"time"
)

// between is the least time between two log lines about calls turned away.
const between = time.Minute

// tally logs what was turned away, at most once a minute with a count, so that
// a flood of calls is no flood of lines.
type tally struct {
	log   *slog.Logger
	mu    sync.Mutex
	last  time.Time // of the last line
	count int       // since
}

func (t *tally) add(a answer, from string) {
	t.mu.Lock()
	t.count++
	now := time.Now()
	if !t.last.IsZero() && now.Sub(t.last) < between {
		t.mu.Unlock()
		return
	}
	count := t.count
	t.last, t.count = now, 0
	t.mu.Unlock()
	t.log.Warn("webhook calls turned away", "count", count, "status", a.status, "reason", a.reason, "from", from)
}

// quote makes what a caller sent safe to show, and short.
func quote(s string) string {
	if len(s) > 40 {
		s = s[:40]
	}
	return strconv.QuoteToASCII(s)
}
