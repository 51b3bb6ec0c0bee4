package awssim

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
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
		w := &answerWriter{header: http.Header{}, status: http.StatusOK}
		t.s.port.ServeHTTP(w, in)
		return response(r, w.status, w.header, w.body.Bytes()), nil
	}
	reply := t.s.answer(r.Context(), r, body)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if reply == nil {
		return nil, fmt.Errorf("simulated AWS closed the connection: %w", syscall.ECONNRESET)
	}
	return response(r, reply.Status, reply.Header, reply.Body), nil
}

func response(r *http.Request, status int, header http.Header, body []byte) *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)), Request: r,
	}
}

// answerWriter keeps what the control port writes.
type answerWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *answerWriter) Header() http.Header         { return w.header }
func (w *answerWriter) WriteHeader(status int)      { w.status = status }
func (w *answerWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
