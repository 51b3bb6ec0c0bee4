package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The results that [Options].Observe is told.
const (
	Sent    = "sent"
	Failed  = "failed"  // given up after all tries
	Dropped = "dropped" // the queue was full, or the notifier closed
)

// Options are common to all targets.
type Options struct {
	Log     *slog.Logger // nil: nothing is logged
	Version string       // of this program, for the User-Agent
	// Observe, where it is set, is told the name of a target and what became of
	// an event for it; it must not block.
	Observe func(target, result string)
	// Proxy, where it is set, names the proxy of a request, as
	// http.ProxyFromEnvironment does. Behind a proxy it is the proxy that looks
	// host names up: only addresses written in the URL can be refused then.
	Proxy func(*http.Request) (*url.URL, error)

	resolver  *net.Resolver     // of tests
	roots     *x509.CertPool    // of tests
	transport http.RoundTripper // of tests
	timing    timing            // of tests; zero fields are the real ones
}

// timing is how patient a target's sender is.
type timing struct {
	try     time.Duration // for one try
	waitMin time.Duration // between tries
	waitMax time.Duration
}

func (t timing) orReal() timing {
	real := timing{try: 10 * time.Second, waitMin: time.Second, waitMax: 30 * time.Second}
	if t.try == 0 {
		t.try = real.try
	}
	if t.waitMin == 0 {
		t.waitMin = real.waitMin
	}
	if t.waitMax == 0 {
		t.waitMax = real.waitMax
	}
	return t
}

// Notifier sends events to its targets, each by a goroutine of its own, so
// that none waits for another. It is safe for use by many goroutines.
type Notifier struct {
	senders []*sender
	cancel  context.CancelFunc // cuts short what is under way
	done    sync.WaitGroup
}

// New starts a notifier; every mistake in the targets is in the error. A file
// that cannot be read yet, or has no good URL, is only logged: it is read at
// each send.
func New(targets []Target, o Options) (*Notifier, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.timing = o.timing.orReal()
	var wrong []error
	n := &Notifier{}
	for i, t := range targets {
		if t.Name == "" {
			t.Name = fmt.Sprintf("notify[%d]", i)
		}
		if err := t.valid(); err != nil {
			wrong = append(wrong, err)
			continue
		}
		n.senders = append(n.senders, newSender(t, o))
	}
	if wrong != nil {
		return nil, errors.Join(wrong...)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	for _, s := range n.senders {
		if _, err := readURL(s.URLFile); err != nil {
			o.Log.Warn("nothing can be sent to a target yet", "target", s.Name, "error", err)
		}
		n.done.Go(func() { s.run(ctx) })
	}
	return n, nil
}

// Send hands an event to every target that wants it. It never blocks: where a
// queue is full its oldest event gives way, is counted, and the target is told
// how many were lost. A nil notifier takes events and does nothing.
func (n *Notifier) Send(e Event) {
	if n == nil {
		return
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	for _, s := range n.senders {
		if s.wants(e) {
			s.put(e)
		}
	}
}

// Close takes no more events and sends those that wait, as one message where
// there are several, until ctx ends; then it cuts short what is under way. No
// goroutine is left when it returns. It says where events were not sent.
func (n *Notifier) Close(ctx context.Context) error {
	if n == nil {
		return nil
	}
	if ctx.Err() != nil {
		n.cancel()
	}
	for _, s := range n.senders {
		s.close()
	}
	stop := context.AfterFunc(ctx, n.cancel)
	n.done.Wait()
	stop()
	n.cancel()
	lost := 0
	for _, s := range n.senders {
		lost += s.lost()
	}
	if lost > 0 {
		return errors.Join(fmt.Errorf("%d notifications were not sent", lost), ctx.Err())
	}
	return nil
}
