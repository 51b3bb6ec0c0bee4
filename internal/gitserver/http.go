package gitserver

import (
	"bytes"
	"crypto/subtle"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// HTTPServer is git's own server behind a token.
type HTTPServer struct {
	// URL is http://127.0.0.1:PORT; the name of a repository follows.
	URL string

	t       testing.TB
	address string
	handler http.Handler

	mu       sync.Mutex
	token    string
	status   int
	requests int
	before   func(w http.ResponseWriter, r *http.Request) bool
	server   *http.Server
	done     chan struct{}
}

// HTTP serves all repositories below a folder. Who asks must give the token as
// the password; "" lets everybody read and write.
func HTTP(t testing.TB, root, token string) *HTTPServer {
	t.Helper()
	git := Need(t, "git")
	out, err := exec.Command(git, "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	backend := filepath.Join(strings.TrimSpace(string(out)), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		t.Skip("git http-backend is not installed")
	}
	h := &HTTPServer{t: t, token: token, address: "127.0.0.1:0"}
	h.handler = &cgi.Handler{
		Path: backend,
		Env: append(Env(), "GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=ann",
			"HOME="+root), // of the hooks
		InheritEnv: []string{"PATH"},
		Stderr:     io.Discard,
	}
	h.Up()
	h.URL = "http://" + h.address
	t.Cleanup(h.Down)
	return h
}

// Down goes away: connections are refused until Up.
func (h *HTTPServer) Down() {
	h.mu.Lock()
	server, done := h.server, h.done
	h.server = nil
	h.mu.Unlock()
	if server != nil {
		_ = server.Close()
		<-done
	}
}

// Up comes back at the same address.
func (h *HTTPServer) Up() {
	h.t.Helper()
	l, err := net.Listen("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	server, done := &http.Server{Handler: http.HandlerFunc(h.serve)}, make(chan struct{})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.address, h.server, h.done = l.Addr().String(), server, done
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
}

// Requests counts those that came so far.
func (h *HTTPServer) Requests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.requests
}

// Token changes the token that is asked for.
func (h *HTTPServer) Token(token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.token = token
}

// Fail answers every request with a status; 0 ends that.
func (h *HTTPServer) Fail(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

// Before is called with each request first, and answers it where it says true;
// nil ends that.
func (h *HTTPServer) Before(f func(w http.ResponseWriter, r *http.Request) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.before = f
}

func (h *HTTPServer) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.requests++
	token, status, before := h.token, h.status, h.before
	h.mu.Unlock()
	if before != nil && before(w, r) {
		return
	}
	if status != 0 {
		http.Error(w, "the server is told to fail", status)
		return
	}
	_, password, _ := r.BasicAuth()
	if token != "" && subtle.ConstantTimeCompare([]byte(password), []byte(token)) != 1 {
		w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
		http.Error(w, "<html>who are you, "+password+"?</html>", http.StatusUnauthorized)
		return
	}
	if len(r.TransferEncoding) > 0 { // CGI knows no chunks
		b, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
	}
	h.handler.ServeHTTP(w, r)
}
