package awssim

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
)

// Transport reaches the server in this process, without sockets. It honours
// the end of a request's context; a dropped connection is an error that wraps
// ECONNRESET.
func (s *Server) Transport() http.RoundTripper { return inProcess{s} }

type inProcess struct{ s *Server }

func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(io.LimitReader(r.Body, maxBody))
		r.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("read request: %w", err)
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		in := r.Clone(r.Context())
		in.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		t.s.port.ServeHTTP(rec, in)
		return rec.Result(), nil
	}
	reply := t.s.answer(r.Context(), r, body)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if reply == nil {
		return nil, fmt.Errorf("simulated AWS closed the connection: %w", syscall.ECONNRESET)
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", reply.Status, http.StatusText(reply.Status)), StatusCode: reply.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: reply.Header, Body: io.NopCloser(bytes.NewReader(reply.Body)),
		ContentLength: int64(len(reply.Body)), Request: r,
	}, nil
}
