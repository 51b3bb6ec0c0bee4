package hook

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// counted counts what a handler reads of a body.
type counted struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// serve serves a listener over HTTP, and counts what it reads of bodies.
func serve(t *testing.T, l *listener) (url string, read *atomic.Int64) {
	t.Helper()
	read = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The server looks at its own body afterwards, to close gently.
		own := r.Body
		r.Body = counted{own, read}
		l.ServeHTTP(w, r)
		r.Body = own
	}))
	t.Cleanup(server.Close)
	return server.URL, read
}

// TestLargeBody: of 10 MB no more than the limit is read, and nothing where
// the length is told.
func TestLargeBody(t *testing.T) {
	for _, tt := range []struct {
		name string
		body io.Reader
		most int64
	}{
		{"length", strings.NewReader(strings.Repeat("x", 10<<20)), 0},
		{"chunked", io.MultiReader(strings.NewReader(strings.Repeat("x", 10<<20))), bodyLimit + 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := listen(theSecret)
			url, read := serve(t, l)
			r, err := http.NewRequest(http.MethodPost, url, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-GitHub-Event", "push")
			r.Header.Set("X-Hub-Signature-256", "sha256=00")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge || !resp.Close {
				t.Errorf("%s, close %t", resp.Status, resp.Close)
			}
			if got := read.Load(); got > tt.most {
				t.Errorf("%d bytes were read, want at most %d", got, tt.most)
			}
			if diff := cmp.Diff([]string{ResultTooLarge}, l.results); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLargestBody: a call of exactly 1 MiB is taken.
func TestLargestBody(t *testing.T) {
	l := listen(theSecret)
	body := `{"ref":"refs/heads/main","x":"`
	body += strings.Repeat("x", bodyLimit-len(body)-2) + `"}`
	if got := call(l, signed(body)); got != http.StatusOK || len(l.pushes) != 1 {
		t.Errorf("status %d, %d pushes", got, len(l.pushes))
	}
}

// signed makes a call of GitHub's with a good signature.
func signed(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(body))
	r.Header.Set("X-GitHub-Event", "push")
	r.Header.Set("X-Hub-Signature-256", fmt.Sprintf("sha256=%x", sum([]byte(theSecret), []byte(body))))
	return r
}

// TestSlowBody: a sender that stops in the middle is let go of in time, signed
// or not.
func TestSlowBody(t *testing.T) {
	l := listen(theSecret)
	l.patient = 50 * time.Millisecond
	url, _ := serve(t, l)
	for _, tt := range []struct {
		header string
		status int
	}{
		{"X-Hub-Signature-256: sha256=00", http.StatusBadRequest},
		{"X-Nothing: 1", http.StatusUnauthorized},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: push\r\n%s\r\nContent-Length: 1000\r\n\r\n{", tt.header)
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		answer := bufio.NewReader(conn)
		resp, err := http.ReadResponse(answer, nil)
		if err != nil || resp.StatusCode != tt.status {
			t.Fatalf("%v %v, want %d", resp, err, tt.status)
		}
		if _, err := io.Copy(io.Discard, answer); err != nil {
			t.Errorf("the connection stays open: %v", err)
		}
	}
	if len(l.reading) != 0 {
		t.Errorf("%d bodies are still being read", len(l.reading))
	}
}

// TestFlood: of thousands of calls in a moment few are worked on, the others
// are told when to come again, and the log has a line, not thousands.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listen("another secret that is long")
		looked := 0
		secret := l.Secret
		l.Secret = func() ([]byte, error) { looked++; return secret() }
		flood := func(calls int) map[int]int {
			status := map[int]int{}
			for range calls {
				status[call(l, recorded(t, "github-push"))]++
			}
			return status
		}
		if diff := cmp.Diff(map[int]int{401: callsAtOnce, 429: 5000 - callsAtOnce}, flood(5000)); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
		if looked != callsAtOnce {
			t.Errorf("%d signatures were looked at", looked)
		}
		time.Sleep(2 * time.Second)
		if diff := cmp.Diff(map[int]int{401: 2 * callsASecond, 429: 100 - 2*callsASecond}, flood(100)); diff != "" {
			t.Errorf("status 2 s later (-want +got):\n%s", diff)
		}
		if got := strings.Count(l.log.String(), "\n"); got != 1 {
			t.Errorf("%d lines are logged", got)
		}
		time.Sleep(between)
		flood(1)
		if said := l.log.String(); strings.Count(said, "\n") != 2 || !strings.Contains(said, "count=5100 ") || !strings.Contains(said, "from=192.0.2.7:4711") {
			t.Errorf("a minute later the log says:\n%s", said)
		}
		w := httptest.NewRecorder()
		l.calls.AllowN(time.Now(), callsAtOnce-1)
		l.ServeHTTP(w, recorded(t, "github-push"))
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" {
			t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
		}
	})
}

// TestBodiesAtOnce: slow senders hold no more than their places.
func TestBodiesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listen(theSecret)
		var writers []*io.PipeWriter
		done := make(chan int)
		for range bodies {
			r := recorded(t, "github-push")
			body, w := io.Pipe()
			r.Body, r.ContentLength = body, -1
			writers = append(writers, w)
			go func() { done <- call(l, r) }()
		}
		synctest.Wait()
		if got := call(l, recorded(t, "github-push")); got != http.StatusTooManyRequests {
			t.Errorf("status %d while %d bodies are read", got, bodies)
		}
		for _, w := range writers {
			w.Close()
			if got := <-done; got != http.StatusUnauthorized {
				t.Errorf("status %d of an empty body", got)
			}
		}
		if got := call(l, recorded(t, "github-push")); got != http.StatusOK {
			t.Errorf("status %d afterwards", got)
		}
	})
}

// TestMemory: no more deliveries are remembered than the limit, and those are
// the newest.
func TestMemory(t *testing.T) {
	m := newMemory(3)
	push := func(id string) bool { return m.add(Push{Provider: "github", Delivery: id}) }
	for _, tt := range []struct {
		id   string
		want bool
	}{
		{"a", true}, {"b", true}, {"c", true}, {"a", false}, {"d", true}, // b is the oldest now
		{"a", false}, {"c", false}, {"d", false}, {"b", true}, {"", true}, {"", true},
	} {
		if got := push(tt.id); got != tt.want {
			t.Errorf("%q is new: %t", tt.id, got)
		}
	}
	if !m.add(Push{Provider: "gitlab", Delivery: "d"}) {
		t.Error("an id of GitHub's stands for one of GitLab's")
	}
	if len(m.known) != 3 || m.order.Len() != 3 {
		t.Errorf("%d and %d are remembered", len(m.known), m.order.Len())
	}
}
