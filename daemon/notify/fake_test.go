package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// theSecret is in every URL of these tests, and in no log.
const theSecret = "T00000000/B00000000/hunter2hunter2"

// server is a chat that answers as its test says, reached without a network,
// so that its time can be that of synctest.
type server struct {
	answer func(call int, r *http.Request) *http.Response // nil: 200
	mu     sync.Mutex
	at     []time.Duration // when it was asked, since it was made
	bodies []string
	start  time.Time
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.at = append(s.at, time.Since(s.start))
	s.bodies = append(s.bodies, string(body))
	call := len(s.bodies)
	s.mu.Unlock()
	if s.answer != nil {
		if resp := s.answer(call, r); resp != nil {
			return resp, nil
		}
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
	}
	return status200(), nil
}

// texts gives the texts of the messages that came.
func (s *server) texts(t *testing.T) (all []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, body := range s.bodies {
		var m slackMessage
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m.Text)
	}
	return all
}

func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: h, Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1}
}

func status200() *http.Response { return reply(200, "ok") }

// record is a log that may be read while it is written.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

func (r *record) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// tally counts what is observed.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (o *tally) add(_, result string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n == nil {
		o.n = map[string]int{}
	}
	o.n[result]++
}

func (o *tally) get() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := map[string]int{}
	for k, v := range o.n {
		all[k] = v
	}
	return all
}

// urlFile writes a URL into a file.
func urlFile(t *testing.T, url string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte(url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func start(t *testing.T, o Options, targets ...Target) *Notifier {
	t.Helper()
	n, err := New(targets, o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// finish closes a notifier, in the time that is given.
func finish(n *Notifier, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return n.Close(ctx)
}
