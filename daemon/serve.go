package daemon

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/hook"
)

// server is what the daemon shows over HTTP.
type server struct {
	http  *http.Server
	on    net.Listener
	ended chan struct{}
}

// listen serves health, metrics, status and the webhook. Where the config says
// off it gives a server that serves nothing.
func (l *loop) listen(ctx context.Context, alive func() time.Time) (*server, error) {
	if l.cfg.Listen == "" {
		return &server{}, nil
	}
	if l.cfg.ListensBeyondLoopback() {
		l.log.Warn("the status is served beyond this machine: whoever reaches the address reads it", "listen", l.cfg.Listen)
	}
	on, err := net.Listen("tcp", l.cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", l.cfg.Listen, err)
	}
	s := &server{on: on, ended: make(chan struct{}), http: &http.Server{
		Handler:           l.handler(alive),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}}
	go func() {
		defer close(s.ended)
		if err := s.http.Serve(on); !errors.Is(err, http.ErrServerClosed) {
			l.log.Error("the HTTP server ended", "error", err)
		}
	}()
	return s, nil
}

func (s *server) address() string {
	if s.on == nil {
		return "off"
	}
	return s.on.Addr().String()
}

// close ends the server; calls under way have two seconds.
func (s *server) close() {
	if s.http == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		s.http.Close()
	}
	<-s.ended
}

func (l *loop) handler(alive func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if quiet := time.Since(alive()); quiet > 3*heartbeat {
			http.Error(w, fmt.Sprintf("the timetable has not moved for %s", quiet.Round(time.Second)), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		switch {
		case !l.teller.synced.Load():
			http.Error(w, "the repository was not read yet", http.StatusServiceUnavailable)
		case !l.teller.settled.Load():
			http.Error(w, "the first pass over every payer has not ended yet", http.StatusServiceUnavailable)
		default:
			fmt.Fprintln(w, "ok")
		}
	})
	mux.Handle("GET /metrics", l.metrics.Handler())
	mux.Handle("GET /status", l.board.Handler())
	mux.HandleFunc("POST /reconcile", l.serveReconcile)
	mux.HandleFunc("/webhook", func(w http.ResponseWriter, r *http.Request) {
		if h := l.hook.Load(); h != nil && h.Handler != nil {
			h.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	})
	return mux
}

// hooked is the webhook of one config.
type hooked struct {
	http.Handler
	branch, file string
}

// newHook makes the handler of a git server's pushes. One that takes the same is
// kept, for it remembers what it has seen.
func (l *loop) newHook() *hooked {
	if l.cfg.Webhook == nil || l.cfg.Local() {
		return nil
	}
	h := &hooked{branch: l.cfg.Git.Branch, file: l.cfg.Webhook.SecretFile}
	if old := l.hook.Load(); old != nil && old.branch == h.branch && old.file == h.file {
		return old
	}
	h.Handler = hook.Handler(hook.Options{
		Branch:  h.branch,
		Secret:  func() ([]byte, error) { return os.ReadFile(h.file) },
		Trigger: func(hook.Push) { l.trigger("webhook") },
		Log:     l.log,
	})
	return h
}

// trigger looks at the repository. What comes while one is waiting is absorbed.
func (l *loop) trigger(why string) {
	select {
	case l.triggers <- why:
	default:
	}
}

// serveReconcile starts passes for whoever bears the token of apiTokenFile: over
// ?payer=NAME, or over all.
func (l *loop) serveReconcile(w http.ResponseWriter, r *http.Request) {
	if err := l.authorized(r); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	name := r.URL.Query().Get("payer")
	if _, ok := l.board.Payer(name); name != "" && !ok {
		http.Error(w, "no payer of this name is in force", http.StatusNotFound)
		return
	}
	select {
	case l.asks <- name:
		l.trigger("request")
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintln(w, "a pass starts")
	default:
		http.Error(w, "too many requests wait already", http.StatusTooManyRequests)
	}
}

var errToken = errors.New("this needs the token of apiTokenFile, as Authorization: Bearer TOKEN")

func (l *loop) authorized(r *http.Request) error {
	file := l.current.Load().APITokenFile
	if file == "" {
		return errors.New("the config names no apiTokenFile, so nothing can be started over HTTP")
	}
	token, err := os.ReadFile(file)
	if err != nil {
		l.log.Error("the file of apiTokenFile cannot be read", "error", err)
		return errToken
	}
	want := strings.TrimSpace(string(token))
	have, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(have))
	if !ok || len(want) < shortestToken || subtle.ConstantTimeCompare(a[:], b[:]) != 1 {
		return errToken
	}
	return nil
}

// shortestToken is how many characters a token has at least.
const shortestToken = 16
