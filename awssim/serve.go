package awssim

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/awssim/wire"
	"github.com/payer-reconciler/reconciler/awssim/world"
)

// maxBody is more than any request that AWS takes here.
const maxBody = 1 << 20

// ServeHTTP answers AWS's services, and the control port under /_sim/.
func (s *Server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		if r.Header.Get("Origin") != "" { // a page in a browser must not write files here
			http.Error(rw, "the control port is not for browsers", http.StatusForbidden)
			return
		}
		s.port.ServeHTTP(rw, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	if err != nil {
		http.Error(rw, "read request: "+err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	reply := s.answer(r.Context(), r, body)
	if reply == nil {
		panic(http.ErrAbortHandler) // net/http closes the connection and says nothing
	}
	for k, v := range reply.Header {
		rw.Header()[k] = v
	}
	rw.WriteHeader(reply.Status)
	rw.Write(reply.Body)
}

// answer does what a request asks. A nil answer: close the connection.
func (s *Server) answer(ctx context.Context, r *http.Request, body []byte) *wire.Reply {
	q, err := wire.Parse(r, body)
	if err != nil {
		return wire.Fail(q, "", wire.Failure{Status: http.StatusBadRequest, Code: "UnknownOperationException", Message: err.Error()})
	}
	reply := s.serve(ctx, q)
	s.record.write(q, reply)
	return reply
}

// serve takes one call through its stations: who calls, which faults hit it,
// what the world says, and what goes back.
func (s *Server) serve(ctx context.Context, q *wire.Request) *wire.Reply {
	c := &call{Request: q, issuer: s.opt.Account}
	op := s.services[q.Service].operations[q.Operation]
	line, hits, err := s.arrive(c, op)
	held := func(k FaultKind) bool {
		return slices.Contains(hits, k) && s.hold(ctx, Held{q.Operation, c.who.Account, k})
	}
	if held(HoldBefore) {
		return s.drop(line)
	}
	if err == nil {
		err = refusal(hits, s.wordsOf(c))
	}
	if err == nil && slices.Contains(hits, Drop) {
		return s.drop(line)
	}
	if err == nil {
		err = s.services[q.Service].read(c, op)
	}
	if err == nil {
		err = s.authorize(c)
	}
	var out any
	switch {
	case err != nil:
	case slices.Contains(hits, EmptyPage) && !c.behindEmpty():
		out = c.emptyPage(op)
	default:
		out, err = s.perform(c, op)
	}
	if held(HoldAfter) || err == nil && slices.Contains(hits, DropAnswer) {
		return s.drop(line)
	}
	return s.finish(q, line, out, err)
}

// arrive begins the line of a call in the log, and tells which faults hit it
// or why it gets no further. AWS throttles before it looks at what is asked.
func (s *Server) arrive(c *call, op operation) (line Call, hits []FaultKind, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.SetNow(s.now())
	line = Call{Time: s.world.Now(), Service: c.Service, Operation: c.Operation, RequestID: s.requestID(), Write: op.write}
	err = s.identify(c)
	line.Account = c.who.Account
	if err == nil && op.run == nil {
		err = &world.Error{Code: "UnknownOperationException", Message: "The simulator does not know this operation."}
	}
	if err == nil {
		err = s.throttle(c)
	}
	if err == nil {
		hits = s.strike(c.Service, c.Operation, op)
	}
	if op.write {
		s.begun++
	}
	return line, hits, err
}

// identify tells who calls. The caller holds the lock.
func (s *Server) identify(c *call) error {
	if c.Key == "" {
		return &world.Error{Code: "MissingAuthenticationToken", Message: "The request is not signed."}
	}
	who, err := s.world.WhoIs(c.Key, c.Token, s.opt.Account)
	c.who = who
	return err
}

// perform runs an operation on the world, and notes it for the lagging one.
func (s *Server) perform(c *call, op operation) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.SetNow(s.now())
	if s.behind != nil && op.lags {
		return op.run(s.behind.view(s.world.Now()), c)
	}
	out, err := op.run(s.world, c)
	if s.behind != nil && err == nil && (op.write || op.settles) { // what was refused might be taken later, and shift every id
		s.behind.later(s.world.Now(), func(w *world.World) { _, _ = op.run(w, c) })
		if op.atOnce {
			s.behind.catchUp()
		}
	}
	if err == nil && op.write {
		s.done++
	}
	return out, err
}

// emptyPage is a page with nothing on it and a token to the real one.
func (c *call) emptyPage(op operation) any {
	if op.empty != nil {
		return op.empty(c)
	}
	out := map[string]any{op.list: []any{}}
	if c.tag != nil {
		out["PaginationToken"] = emptyToken + strings.TrimPrefix(c.tag.PaginationToken, emptyToken)
	} else {
		out["NextToken"] = emptyToken + strings.TrimPrefix(c.org.NextToken, emptyToken)
	}
	return out
}

// behindEmpty says that the call asks for what stands behind an empty page: one
// such page is enough, and the same token twice would be no answer of AWS's.
func (c *call) behindEmpty() bool {
	for _, name := range []string{"NextToken", "PaginationToken", "Marker"} {
		if strings.HasPrefix(c.Form.Get(name), emptyToken) || strings.Contains(string(c.Body), `"`+name+`":"`+emptyToken) {
			return true
		}
	}
	return c.Rest != nil && strings.HasPrefix(c.Rest.Query.Get("continuation-token"), emptyToken)
}

func (s *Server) drop(line Call) *wire.Reply {
	line.Dropped = true
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(line)
	return nil
}

func (s *Server) finish(q *wire.Request, line Call, out any, err error) *wire.Reply {
	var reply *wire.Reply
	if err == nil {
		reply, err = wire.Answer(q, line.RequestID, out)
	}
	if err != nil {
		f := s.failure(q, err)
		line.Code = f.Code
		reply = wire.Fail(q, line.RequestID, f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(line)
	if q.Protocol == wire.RestXML { // an object's Last-Modified is compared with it
		reply.Header.Set("Date", s.now().UTC().Format(http.TimeFormat))
	}
	return reply
}

// common are the errors that any operation may answer, as the protocols call
// them: JSON and REST on one side, query on the other.
var common = map[string]string{
	"ExpiredToken":               "ExpiredTokenException",
	"InvalidClientTokenId":       "UnrecognizedClientException",
	"MissingAuthenticationToken": "MissingAuthenticationTokenException",
}

// statuses are those that differ from 400, by the code in its query form
// where it has one. AccessDeniedException is 400 in the JSON protocol and 403
// in the REST one.
var statuses = map[string]int{
	"ExpiredToken": 403, "InvalidClientTokenId": 403, "MissingAuthenticationToken": 403, "AccessDenied": 403,
	"ServiceException": 500, "InternalFailure": 500, "InternalServerException": 500, "InternalServiceException": 500,
	"ResourceNotFoundException": 404,
}

func (s *Server) failure(q *wire.Request, err error) wire.Failure {
	var e *world.Error
	if !errors.As(err, &e) {
		e = &world.Error{Code: "InternalFailure", Message: err.Error()}
	}
	f := wire.Failure{Status: 400, Code: e.Code, Message: e.Message, Reason: e.Reason, Region: e.Region}
	if n := cmp.Or(s.services[q.Service].words.status[e.Code], statuses[e.Code]); n != 0 {
		f.Status = n
	}
	if q.Protocol == wire.Query {
		if e.Code == "UnknownOperationException" {
			f.Code = "InvalidAction"
		}
		return f
	}
	if q.Protocol == wire.RestXML {
		return failureS3(f)
	}
	if code := common[e.Code]; code != "" {
		f.Status, f.Code = 400, code
	}
	if q.Protocol == wire.REST {
		switch e.Code {
		case "AccessDeniedException", "ExpiredToken", "InvalidClientTokenId", "MissingAuthenticationToken":
			f.Status = 403
		case "TooManyRequestsException":
			f.Status = 429
		}
	}
	return f
}
