package notify

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	queueLength = 256
	burst       = 10               // messages that are sent at once
	pace        = 10 * time.Second // between messages after these
)

// sender is one target with its queue. Its goroutine, run, takes events out;
// anyone may put them in.
type sender struct {
	Target
	o       Options
	limit   *rate.Limiter
	wake    chan struct{} // holds one where the queue was added to
	closing chan struct{} // closed when no more events are taken

	mu     sync.Mutex // for what is below
	queue  []Event
	missed int // events that the target was not told of, and not yet that it was not
	closed bool
	unsent int // events given up after the close
}

func newSender(t Target, o Options) *sender {
	return &sender{
		Target:  t,
		o:       o,
		limit:   rate.NewLimiter(rate.Every(pace), burst),
		wake:    make(chan struct{}, 1),
		closing: make(chan struct{}),
	}
}

// put adds an event; the oldest gives way where there is no room, since the
// newest says how things are.
func (s *sender) put(e Event) {
	s.mu.Lock()
	dropped, closed := 0, s.closed
	switch {
	case closed:
		dropped = 1
	case len(s.queue) == queueLength:
		s.queue = append(s.queue[:0], s.queue[1:]...)
		dropped = 1
		s.missed++
		fallthrough
	default:
		s.queue = append(s.queue, e)
	}
	first := s.missed == 1
	s.mu.Unlock()
	if dropped > 0 {
		s.observe(Dropped, dropped)
		if closed || first {
			s.o.Log.Warn("a notification is dropped", "target", s.Name, "kind", e.Kind, "payer", e.Payer, "closed", closed)
		}
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
}

// lost is how many events a closed sender did not send.
func (s *sender) lost() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue) + s.unsent
}

// run sends what is put in until the sender is closed and its queue empty, or
// ctx ends.
func (s *sender) run(ctx context.Context) {
	for {
		events, ok := s.next(ctx)
		if !ok {
			return
		}
		s.deliver(ctx, events)
	}
}

// next waits until there is something to send and the pace allows it. It gives
// one event where the target is not behind its pace, else all that wait.
func (s *sender) next(ctx context.Context) ([]Event, bool) {
	for {
		n, closed := s.waiting()
		switch {
		case ctx.Err() != nil, n == 0 && closed:
			return nil, false
		case n > 0 && closed:
			return s.take(n), true
		case n > 0 && s.limit.Allow():
			return s.take(1), true
		case n > 0:
			if s.pause(ctx); ctx.Err() == nil {
				n, _ = s.waiting()
				return s.take(n), true
			}
			continue
		}
		select {
		case <-s.wake:
		case <-s.closing:
		case <-ctx.Done():
		}
	}
}

// pause waits for the pace, or until the sender is closed.
func (s *sender) pause(ctx context.Context) {
	turn := s.limit.Reserve()
	timer := time.NewTimer(turn.Delay())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.closing:
	case <-ctx.Done():
	}
}

func (s *sender) waiting() (n int, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue), s.closed
}

// take takes the first n events out of the queue.
func (s *sender) take(n int) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := append([]Event(nil), s.queue[:n]...)
	s.queue = append(s.queue[:0], s.queue[n:]...)
	return events
}

// deliver sends events as one message, and says so where that did not work.
func (s *sender) deliver(ctx context.Context, events []Event) {
	s.mu.Lock()
	m := newMessage(events, s.missed)
	s.missed = 0
	s.mu.Unlock()
	err := s.post(ctx, s.Format.body(m))
	if err == nil {
		s.observe(Sent, len(events))
		return
	}
	s.mu.Lock()
	s.missed += m.Missed + len(events)
	if s.closed {
		s.unsent += len(events)
	}
	s.mu.Unlock()
	s.observe(Failed, len(events))
	s.o.Log.Warn("notification not sent", "target", s.Name, "events", len(events),
		"kind", m.Kind, "payer", m.Payer, "error", err)
}

func (s *sender) observe(result string, events int) {
	for range events {
		if s.o.Observe != nil {
			s.o.Observe(s.Name, result)
		}
	}
}
