package awssim

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// controlPrefix is where the control port begins. No AWS service has it.
const controlPrefix = "/_sim/"

// controlPort makes the handler of the control port:
//
//	GET  calls           the log of calls
//	POST calls/reset     empty it
//	GET  writes          {"begun", "done"}: writes that came, and that succeeded
//	POST advance         {"duration": "1h"}: move the clock
//	POST faults          a Fault: {"operation", "nth", "count", "kind"}
//	POST faults/clear    disarm all faults and release what is held
//	GET  held            the held calls; with ?timeout=10s, wait for one so long
//	POST release         let held calls go on
//	GET  state           the state as JSON; its sessions are in it
//	POST state           that JSON: put it in place
//	POST state/save      {"path"}: write the state to a file
//	POST state/load      {"path"}: put the state of a file in place
//	POST reset           forget everything
//	POST roles           {"account", "name", "externalId", "trusted"}: add a role
func (s *Server) controlPort() *http.ServeMux {
	mux := http.NewServeMux()
	handle(mux, "GET calls", func(*http.Request, noInput) (any, error) { return s.Calls(), nil })
	handle(mux, "POST calls/reset", func(*http.Request, noInput) (any, error) { s.ResetCalls(); return done{}, nil })
	handle(mux, "GET writes", func(*http.Request, noInput) (any, error) {
		begun, done := s.Writes()
		return map[string]int{"begun": begun, "done": done}, nil
	})
	handle(mux, "POST advance", s.postAdvance)
	handle(mux, "POST faults", s.postFault)
	handle(mux, "POST faults/clear", func(*http.Request, noInput) (any, error) { s.ClearFaults(); return done{}, nil })
	handle(mux, "GET held", s.getHeld)
	handle(mux, "POST release", func(*http.Request, noInput) (any, error) { return map[string]int{"released": s.Release()}, nil })
	handle(mux, "GET state", func(*http.Request, noInput) (any, error) {
		data, err := s.dump()
		return json.RawMessage(data), err
	})
	handle(mux, "POST state", func(_ *http.Request, in json.RawMessage) (any, error) { return done{}, s.restore(in) })
	handle(mux, "POST state/save", func(_ *http.Request, in statePath) (any, error) { return done{}, s.Save(in.Path) })
	handle(mux, "POST state/load", func(_ *http.Request, in statePath) (any, error) {
		data, err := os.ReadFile(in.Path)
		if err != nil {
			return nil, err
		}
		return done{}, s.restore(data)
	})
	handle(mux, "POST reset", func(*http.Request, noInput) (any, error) { s.Reset(); return done{}, nil })
	handle(mux, "POST roles", s.postRole)
	return mux
}

type (
	noInput   struct{} // no input
	done      struct{} // nothing to tell
	statePath struct{ Path string }
)

// handle puts an operation of the control port under its method and path.
func handle[In any](mux *http.ServeMux, pattern string, f func(*http.Request, In) (any, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	mux.HandleFunc(method+" "+controlPrefix+path, func(rw http.ResponseWriter, r *http.Request) {
		var in In
		err := json.NewDecoder(r.Body).Decode(&in)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		var out any
		if err == nil {
			out, err = f(r, in)
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		json.NewEncoder(rw).Encode(out)
	})
}

func (s *Server) postAdvance(_ *http.Request, in struct{ Duration string }) (any, error) {
	d, err := time.ParseDuration(in.Duration)
	if err != nil {
		return nil, err
	}
	if d < 0 {
		return nil, errors.New("the clock does not go back")
	}
	s.Advance(d)
	return map[string]time.Time{"now": s.Now()}, nil
}

func (s *Server) postFault(_ *http.Request, f Fault) (any, error) {
	switch f.Kind {
	case Throttle, ServerError, Drop, DropAnswer, Conflict, Deny, HoldBefore, HoldAfter, EmptyPage:
		s.Inject(f)
		return done{}, nil
	}
	return nil, fmt.Errorf("no kind of fault is called %q", f.Kind)
}

func (s *Server) getHeld(r *http.Request, _ noInput) (any, error) {
	ctx := r.Context()
	d, err := time.ParseDuration(cmp.Or(r.URL.Query().Get("timeout"), "0s"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return map[string][]Held{"held": s.WaitHeld(ctx)}, nil
}

func (s *Server) postRole(_ *http.Request, in struct {
	Account, Name, ExternalID string
	Trusted                   []string
}) (any, error) {
	if len(in.Account) != 12 || in.Name == "" {
		return nil, errors.New("a role needs an account of 12 digits and a name")
	}
	s.AddRole(in.Account, in.Name, in.ExternalID, in.Trusted...)
	return done{}, nil
}
