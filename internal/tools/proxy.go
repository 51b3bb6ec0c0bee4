package tools

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Proxy stands between a client and an emulator of AWS, and notes the name of
// every operation that goes through. It may be used from many goroutines.
type Proxy struct {
	URL string

	server *httptest.Server
	mu     sync.Mutex
	calls  []string
	writes int // so far, since the last Forget
	cuts   []cut
}

// cut is a thing to do at a write.
type cut struct {
	write int // its number, from 1
	after bool
	do    func()
}

// NewProxy starts a proxy. Close ends it.
func NewProxy(target string) (*Proxy, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	p := &Proxy{}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	p.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		before, after := p.note(operation(r))
		if before != nil {
			before()
			panic(http.ErrAbortHandler) // the request never arrives
		}
		if after != nil {
			forward.ServeHTTP(httptest.NewRecorder(), r)
			after()
			panic(http.ErrAbortHandler) // the answer never arrives
		}
		forward.ServeHTTP(rw, r)
	}))
	p.URL = p.server.URL
	return p, nil
}

// Close ends the proxy.
func (p *Proxy) Close() { p.server.Close() }

// operation is the name of the operation that a request asks for: that of the
// JSON protocols, the query protocol, or method and path of REST.
func operation(r *http.Request) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:]
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return r.Method + " " + r.URL.Path
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		return form.Get("Action")
	}
	return r.Method + " " + r.URL.Path
}

// reads are how the names of operations begin that change nothing. The account
// service reads by POST, under paths that say so.
var reads = []string{"List", "Describe", "Get", "AssumeRole", "GET /", "HEAD /", "POST /get", "POST /list"}

func isRead(operation string) bool {
	return slices.ContainsFunc(reads, func(r string) bool { return strings.HasPrefix(operation, r) })
}

func (p *Proxy) note(operation string) (before, after func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, operation)
	if isRead(operation) {
		return nil, nil
	}
	p.writes++
	for _, c := range p.cuts {
		switch {
		case c.write == p.writes && c.after:
			after = c.do
		case c.write == p.writes:
			before = c.do
		}
	}
	return before, after
}

// CutBefore calls do in place of the n-th write from now on, which never
// reaches the emulator and is not answered.
func (p *Proxy) CutBefore(n int, do func()) { p.cut(n, false, do) }

// CutAfter calls do when the n-th write from now on is done, which is not
// answered.
func (p *Proxy) CutAfter(n int, do func()) { p.cut(n, true, do) }

func (p *Proxy) cut(n int, after bool, do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cuts = append(p.cuts, cut{p.writes + n, after, do})
}

// Forget empties the list of calls, and takes the cuts away.
func (p *Proxy) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.cuts, p.writes = nil, nil, 0
}

// Calls are the operations since the last Forget, in the order in which they came.
func (p *Proxy) Calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// Writes are those of Calls that change something.
func (p *Proxy) Writes() []string { return slices.DeleteFunc(p.Calls(), isRead) }
