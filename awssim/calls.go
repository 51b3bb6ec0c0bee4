package awssim

import (
	"log/slog"
	"slices"
	"time"
)

// Call is a line of the log of calls. It holds no input, so no secret.
type Call struct {
	Time               time.Time
	Service, Operation string
	Account            string // who called
	RequestID          string
	Code               string // of the error that was answered, or ""
	Write              bool   // of an operation that changes something
	Dropped            bool   // no answer was sent
}

// keep is how many calls the log holds before it forgets the older half.
const keep = 1 << 20

// Calls is the log of calls, oldest first: all since New or ResetCalls, or the
// last half million at least.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// ResetCalls empties the log of calls.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// Writes tells how many writes came, and how many of them ended without an
// error.
func (s *Server) Writes() (begun, done int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun, s.done
}

// note adds a call to the log. The caller holds the lock.
func (s *Server) note(c Call) {
	if len(s.calls) >= keep {
		s.calls = append([]Call(nil), s.calls[keep/2:]...)
	}
	s.calls = append(s.calls, c)
	s.opt.Log.Info("aws call", slog.String("service", c.Service), slog.String("operation", c.Operation),
		slog.String("account", c.Account), slog.String("request", c.RequestID), slog.String("code", c.Code))
}
