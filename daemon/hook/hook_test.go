package hook

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// The secrets of testdata/record.sh.
const (
	theSecret = "correct-horse-battery-staple"
	theToken  = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	theID     = "f6266f16-1bf3-46a5-9ea4-602e06ead473"
	theCommit = "9f3c1a2b4d5e6f708192a3b4c5d6e7f8091a2b3c"
)

// listener is a handler with all that it told.
type listener struct {
	*handler
	mu      sync.Mutex
	pushes  []Push
	results []string
	log     bytes.Buffer
}

func listen(secret string) *listener {
	l := &listener{}
	l.handler = Handler(Options{
		Branch: "main",
		Secret: func() ([]byte, error) { return []byte(secret), nil },
		Trigger: func(p Push) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.pushes = append(l.pushes, p)
		},
		Observe: func(result string) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.results = append(l.results, result)
		},
		Log: slog.New(slog.NewTextHandler(&l.log, nil)),
	}).(*handler)
	return l
}

// recorded reads a call of testdata.
func recorded(t *testing.T, name string) *http.Request {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".http"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	r.RemoteAddr = "192.0.2.7:4711"
	return r
}

// call lets the handler answer, and gives the status.
func call(h http.Handler, r *http.Request) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// TestProviders: the calls of every git server trigger, once each.
func TestProviders(t *testing.T) {
	for _, tt := range []struct {
		file, secret, provider string
	}{
		{"github-push", theSecret, "github"},
		{"github-push", theSecret + "\n", "github"},
		{"github-form", theSecret, "github"},
		{"gitlab-token", theSecret, "gitlab"},
		{"gitlab-system", theSecret, "gitlab"},
		{"gitlab-signed", theToken, "gitlab"},
		{"gitea-push", theSecret, "gitea"},
		{"forgejo-push", theSecret, "forgejo"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // for the signed time
				l := listen(tt.secret)
				for range 3 { // a call, and two replays
					if got := call(l, recorded(t, tt.file)); got != http.StatusOK {
						t.Fatalf("status %d\n%s", got, l.log.String())
					}
				}
				want := []Push{{Provider: tt.provider, Ref: "refs/heads/main", Commit: theCommit, Delivery: theID}}
				if diff := cmp.Diff(want, l.pushes); diff != "" {
					t.Errorf("pushes (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string{ResultTriggered, ResultReplayed, ResultReplayed}, l.results); diff != "" {
					t.Errorf("results (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestRefusals: what does not count triggers nothing, and its status says as
// much as the sender may know.
func TestRefusals(t *testing.T) {
	body := func(s string) func(*http.Request) {
		return func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader(s)), int64(len(s)) }
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	without := func(name string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(name) } }
	for _, tt := range []struct {
		name, file, secret string
		change             func(*http.Request)
		status             int
		result             string
	}{
		{"get", "github-push", theSecret, func(r *http.Request) { r.Method = http.MethodGet }, 405, ResultMethod},
		{"other secret", "github-push", "another secret that is long", nil, 401, ResultRefused},
		{"no signature", "github-push", theSecret, without("X-Hub-Signature-256"), 401, ResultRefused},
		{"no event", "github-push", theSecret, without("X-GitHub-Event"), 401, ResultRefused},
		{"no prefix", "github-push", theSecret, set("X-Hub-Signature-256", strings.Repeat("ab", 32)), 401, ResultRefused},
		{"cut signature", "github-push", theSecret, set("X-Hub-Signature-256", "sha256="), 401, ResultRefused},
		{"two signatures", "github-push", theSecret, func(r *http.Request) { r.Header.Add("X-Hub-Signature-256", "sha256=00") }, 401, ResultRefused},
		{"another body", "github-push", theSecret, body("{}"), 401, ResultRefused},
		{"bad JSON is not looked at", "github-push", theSecret, body("{"), 401, ResultRefused},
		{"good hub, bad gitea", "gitea-push", theSecret, set("X-Gitea-Signature", strings.Repeat("0", 64)), 401, ResultRefused},
		{"good hub, empty gitea", "gitea-push", theSecret, set("X-Gitea-Signature", ""), 401, ResultRefused},
		{"good gitea, bad forgejo", "forgejo-push", theSecret, set("X-Forgejo-Signature", "0"), 401, ResultRefused},
		{"gitlab, other length", "gitlab-token", theSecret, set("X-Gitlab-Token", theSecret+"x"), 401, ResultRefused},
		{"gitlab, same length", "gitlab-token", theSecret, set("X-Gitlab-Token", strings.Repeat("x", len(theSecret))), 401, ResultRefused},
		{"gitlab, no token", "gitlab-token", theSecret, without("X-Gitlab-Token"), 401, ResultRefused},
		{"gitlab, the token as a hub signature", "gitlab-token", theSecret, func(r *http.Request) {
			r.Header.Del("X-Gitlab-Token")
			r.Header.Set("X-Hub-Signature-256", "sha256="+theSecret)
		}, 401, ResultRefused},
		{"gitlab, signed but the secret is no token", "gitlab-signed", theSecret, nil, 401, ResultRefused},
		{"gitlab, signed for another id", "gitlab-signed", theToken, set("webhook-id", "x"), 401, ResultRefused},
		{"gitlab, signed at another time", "gitlab-signed", theToken, set("webhook-timestamp", "946684801"), 401, ResultRefused},
		{"no secret", "github-push", "", nil, 503, ResultUnavailable},
		{"short secret", "github-push", "fifteen bytes..", nil, 503, ResultUnavailable},
		{"ping", "github-ping", theSecret, nil, 200, ResultPing},
		{"another event", "github-push", theSecret, set("X-GitHub-Event", "issues"), 202, ResultIgnored},
		{"gitlab, another event", "gitlab-token", theSecret, set("X-Gitlab-Event", "Tag Push Hook"), 202, ResultIgnored},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := listen(tt.secret)
				r := recorded(t, tt.file)
				if tt.change != nil {
					tt.change(r)
				}
				if got := call(l, r); got != tt.status {
					t.Errorf("status %d, want %d", got, tt.status)
				}
				if diff := cmp.Diff([]string{tt.result}, l.results); diff != "" {
					t.Errorf("results (-want +got):\n%s", diff)
				}
				if l.pushes != nil {
					t.Errorf("triggered %v", l.pushes)
				}
				if said := l.log.String(); strings.Contains(said, theSecret) || strings.Contains(said, "whsec_M") {
					t.Errorf("the log tells the secret: %s", said)
				}
			})
		})
	}
}

// TestRefusalsAreAlike: whoever has no secret learns nothing from the answer.
func TestRefusalsAreAlike(t *testing.T) {
	var answers []string
	for _, name := range []string{"github-push", "gitlab-token", "gitea-push", "forgejo-push"} {
		for _, bare := range []bool{false, true} {
			r := recorded(t, name)
			if bare {
				for _, f := range forges() {
					for _, mark := range f.marks {
						r.Header.Del(mark)
					}
				}
			}
			w := httptest.NewRecorder()
			listen("another secret that is long").ServeHTTP(w, r)
			answers = append(answers, w.Result().Status+w.Body.String())
		}
	}
	for _, a := range answers {
		if a != answers[0] || a != "401 Unauthorizedunauthorized\n" {
			t.Errorf("answers differ: %q", answers)
		}
	}
}

// TestSecret: the secret is asked for at each call, and what is wrong with it
// is said once.
func TestSecret(t *testing.T) {
	l := listen("")
	secret, err := "", errors.New("open hook-secret: no such file or directory")
	l.Secret = func() ([]byte, error) { return []byte(secret), err }
	for range 5 {
		if got := call(l, recorded(t, "github-push")); got != http.StatusServiceUnavailable {
			t.Fatalf("status %d", got)
		}
	}
	secret, err = theSecret, nil
	if got := call(l, recorded(t, "github-push")); got != http.StatusOK {
		t.Fatalf("status %d with the secret", got)
	}
	if got := strings.Count(l.log.String(), "level=ERROR"); got != 1 || !strings.Contains(l.log.String(), "read webhook secret: open hook-secret") {
		t.Errorf("%d errors, want 1:\n%s", got, l.log.String())
	}
	secret = "new one that is long enough"
	if got := call(l, recorded(t, "github-push")); got != http.StatusUnauthorized {
		t.Errorf("status %d after the secret changed", got)
	}
	l.Secret = nil
	if got := call(l, recorded(t, "github-push")); got != http.StatusServiceUnavailable {
		t.Errorf("status %d without a secret", got)
	}
}
