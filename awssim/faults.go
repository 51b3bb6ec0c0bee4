package awssim

import (
	"context"
	"slices"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// FaultKind is what goes wrong.
type FaultKind string

// The kinds of faults.
const (
	Throttle    FaultKind = "throttle"    // the service's throttling error; TooManyRequestsException under HTTP 400 for Organizations
	ServerError FaultKind = "serverError" // HTTP 500, ServiceException for Organizations
	Drop        FaultKind = "drop"        // the connection is closed, nothing is done
	DropAnswer  FaultKind = "dropAnswer"  // it is done, then the connection is closed
	Conflict    FaultKind = "conflict"    // ConcurrentModificationException, where the operation declares it
	Deny        FaultKind = "deny"        // access is denied
	HoldBefore  FaultKind = "holdBefore"  // the call waits before anything is done, until Release
	HoldAfter   FaultKind = "holdAfter"   // it is done, then the answer waits until Release
	EmptyPage   FaultKind = "emptyPage"   // an empty page with a token stands before the real one
)

// Operations that stand for many in a [Fault].
const (
	AnyCall  = ""
	AnyWrite = "write"
)

// Fault is something that goes wrong with calls of an operation.
type Fault struct {
	Operation string    // its name, alone or as service:name; AnyCall or AnyWrite
	Nth       int       // which of them, counted from Inject: 1 is the next; 0 is every
	Count     int       // how many in a row from there; 0 is one, or with Nth 0 without end
	Kind      FaultKind // what goes wrong
}

type armed struct {
	Fault
	seen, used int
}

// Inject arms a fault. Several may be armed; of those that meet in one call,
// the one armed first that refuses it decides.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &armed{Fault: f})
}

// ClearFaults disarms all faults, and releases what is held.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	s.releaseAll()
}

// strike tells which faults hit a call. The caller holds the lock.
func (s *Server) strike(service, name string, op operation) []FaultKind {
	var hits []FaultKind
	for _, f := range s.faults {
		if f.Operation != AnyCall && f.Operation != name && f.Operation != service+":"+name && !(f.Operation == AnyWrite && op.write) {
			continue
		}
		if f.Kind == EmptyPage && op.list == "" || f.Kind == Conflict && op.noConflict {
			continue
		}
		f.seen++
		limit := f.Count
		if limit == 0 && f.Nth > 0 {
			limit = 1
		}
		if f.seen < f.Nth || limit > 0 && f.used >= limit {
			continue
		}
		f.used++
		hits = append(hits, f.Kind)
	}
	s.faults = slices.DeleteFunc(s.faults, func(f *armed) bool {
		limit := max(f.Count, min(f.Nth, 1))
		return limit > 0 && f.used >= limit
	})
	return hits
}

// refusal is the error that a fault answers, where it answers one.
func refusal(kinds []FaultKind, w words) error {
	codes := map[FaultKind]string{Throttle: w.throttled, ServerError: w.broken, Conflict: w.conflict, Deny: w.denied}
	for _, k := range kinds {
		if code := codes[k]; code != "" {
			return &world.Error{Code: code, Message: "The simulator was told to answer so."}
		}
	}
	return nil
}

// Held is a call that waits.
type Held struct {
	Operation string
	Account   string
	Kind      FaultKind // HoldBefore or HoldAfter
}

type holding struct {
	Held
	release chan struct{}
}

// hold waits until the call is released or its client is gone, which it tells.
func (s *Server) hold(ctx context.Context, h Held) (gone bool) {
	x := &holding{h, make(chan struct{})}
	s.mu.Lock()
	s.held = append(s.held, x)
	s.signal()
	s.mu.Unlock()
	select {
	case <-x.release:
		return false
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = slices.DeleteFunc(s.held, func(y *holding) bool { return y == x })
	s.signal()
	return true
}

// signal wakes those who wait for held calls. The caller holds the lock.
func (s *Server) signal() {
	close(s.change)
	s.change = make(chan struct{})
}

func (s *Server) releaseAll() int {
	n := len(s.held)
	for _, h := range s.held {
		close(h.release)
	}
	s.held = nil
	s.signal()
	return n
}

// Release lets all held calls go on, and tells how many there were.
func (s *Server) Release() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.releaseAll()
}

// WaitHeld waits until a call is held, and tells which are; none where ctx
// ends first.
func (s *Server) WaitHeld(ctx context.Context) []Held {
	for {
		s.mu.Lock()
		var out []Held
		for _, h := range s.held {
			out = append(out, h.Held)
		}
		change := s.change
		s.mu.Unlock()
		if len(out) > 0 {
			return out
		}
		select {
		case <-change:
		case <-ctx.Done():
			return nil
		}
	}
}
