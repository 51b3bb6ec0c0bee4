package kindtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Edit lets a function change every answer to an operation of Organizations
// before the tool's sessions read it: call counts from 1.
func (r *Rig) Edit(operation string, f func(call int, answer map[string]any)) {
	r.intercept(operation, func(call int, next http.RoundTripper, q *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(q)
		if err != nil || res.StatusCode != http.StatusOK {
			return res, err
		}
		var answer map[string]any
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
			return nil, fmt.Errorf("edit the answer of %s: %w", operation, err)
		}
		f(call, answer)
		return with(res, answer)
	})
}

// Answer answers the first calls of an operation in AWS's place, which does not
// see them.
func (r *Rig) Answer(operation string, answers ...map[string]any) {
	r.intercept(operation, func(call int, next http.RoundTripper, q *http.Request) (*http.Response, error) {
		if call > len(answers) {
			return next.RoundTrip(q)
		}
		return with(&http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Request: q}, answers[call-1])
	})
}

// Refuse answers the first calls of an operation with an error of AWS, which
// does not see them.
func (r *Rig) Refuse(operation, code string, calls int) {
	r.intercept(operation, func(call int, next http.RoundTripper, q *http.Request) (*http.Response, error) {
		if call > calls {
			return next.RoundTrip(q)
		}
		return with(&http.Response{StatusCode: http.StatusBadRequest, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amzn-Requestid": {"refused"}}, Request: q},
			map[string]any{"__type": code, "Message": "not yet"})
	})
}

// Ring makes a list go round for ever: every page is the first one, with one
// and the same token for the next.
func (r *Rig) Ring(operation string) {
	r.intercept(operation, func(_ int, next http.RoundTripper, q *http.Request) (*http.Response, error) {
		var in map[string]any
		if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
			return nil, fmt.Errorf("read a request of %s: %w", operation, err)
		}
		key := "NextToken"
		if operation == "GetResources" {
			key = "PaginationToken"
		}
		delete(in, key)
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("write a request of %s: %w", operation, err)
		}
		q = q.Clone(q.Context())
		q.Body, q.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		res, err := next.RoundTrip(q)
		if err != nil || res.StatusCode != http.StatusOK {
			return res, err
		}
		var answer map[string]any
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
			return nil, fmt.Errorf("edit the answer of %s: %w", operation, err)
		}
		answer[key] = "again"
		return with(res, answer)
	})
}

func with(res *http.Response, answer map[string]any) (*http.Response, error) {
	b, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("write an answer: %w", err)
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	res.Header.Del("Content-Length")
	return res, nil
}

func (r *Rig) intercept(operation string, f func(call int, next http.RoundTripper, q *http.Request) (*http.Response, error)) {
	next := r.Through
	if next == nil {
		next = r.Sim.Transport()
	}
	var mu sync.Mutex
	calls := 0
	r.Through = roundTripper(func(q *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(q.Header.Get("X-Amz-Target"), "."+operation) {
			return next.RoundTrip(q)
		}
		mu.Lock()
		calls++
		call := calls
		mu.Unlock()
		return f(call, next, q)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }
