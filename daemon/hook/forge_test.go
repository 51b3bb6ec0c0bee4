package hook

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPayloads: what a signed push says, and what comes of it.
func TestPayloads(t *testing.T) {
	sha256 := strings.Repeat("a1", 32)
	for _, tt := range []struct {
		body, delivery string
		status         int
		want           []Push
	}{
		{`{"ref":"refs/heads/main","after":"` + theCommit + `"}`, "1", 200, []Push{{"github", "refs/heads/main", theCommit, "1"}}},
		{`{"ref":"refs/heads/main","after":"` + sha256 + `"}`, "1", 200, []Push{{"github", "refs/heads/main", sha256, "1"}}},
		{`{"ref":"refs/heads/main","after":"0000000000000000000000000000000000000000"}`, "1", 200, []Push{{"github", "refs/heads/main", "", "1"}}},
		{`{"ref":"refs/heads/main","after":"$(reboot)"}`, "", 200, []Push{{"github", "refs/heads/main", "", ""}}},
		{`{"ref":"refs/heads/main"}`, strings.Repeat("x", 129), 200, []Push{{"github", "refs/heads/main", "", ""}}},
		{`{"ref":"refs/heads/main"}`, "a\x1b[2J", 200, []Push{{"github", "refs/heads/main", "", ""}}},
		{`{"ref":"refs/heads/main2"}`, "1", 202, nil},
		{`{"ref":"refs/heads/Main"}`, "1", 202, nil},
		{`{"ref":"refs/tags/main"}`, "1", 202, nil},
		{`{"ref":"main"}`, "1", 202, nil},
		{`{"ref":""}`, "1", 400, nil},
		{`{"ref":7}`, "1", 400, nil},
		{`[]`, "1", 400, nil},
		{`{"ref":"refs/heads/main"`, "1", 400, nil},
		{`{"ref":"refs/heads/main"} {}`, "1", 400, nil},
		{``, "1", 400, nil},
		{strings.Repeat("[", 1<<20), "1", 400, nil},
	} {
		l := listen(theSecret)
		r := signed(tt.body)
		r.Header.Set("X-GitHub-Delivery", tt.delivery)
		if got := call(l, r); got != tt.status {
			t.Errorf("%.60s: status %d, want %d", tt.body, got, tt.status)
		}
		if diff := cmp.Diff(tt.want, l.pushes); diff != "" {
			t.Errorf("%.60s (-want +got):\n%s", tt.body, diff)
		}
	}
}

// TestForms: a form counts where it has a payload.
func TestForms(t *testing.T) {
	for body, want := range map[string]int{
		`payload=%7B%22ref%22%3A%22refs%2Fheads%2Fmain%22%7D`: 200,
		`payload=`: 400,
		`x=1`:      400,
		`%zz`:      400,
	} {
		l := listen(theSecret)
		r := signed(body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		if got := call(l, r); got != want {
			t.Errorf("%s: status %d, want %d", body, got, want)
		}
	}
}

// TestNothingSet: a handler without its options refuses, and does not fall.
func TestNothingSet(t *testing.T) {
	if got := call(Handler(Options{}), recorded(t, "github-push")); got != http.StatusServiceUnavailable {
		t.Errorf("status %d", got)
	}
	h := Handler(Options{Branch: "main", Secret: func() ([]byte, error) { return []byte(theSecret), nil }})
	if got := call(h, recorded(t, "github-push")); got != http.StatusOK {
		t.Errorf("status %d with a secret alone", got)
	}
}

// FuzzHandler: whatever comes, the handler answers with one of its statuses,
// and triggers only where a signature or token is right.
func FuzzHandler(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.json")
	if err != nil || len(seeds) == 0 {
		f.Fatal(seeds, err)
	}
	for i, seed := range seeds {
		body, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		good := fmt.Sprintf("sha256=%x", sum([]byte(theSecret), body))
		f.Add(i, "push", "application/json", good, "1", body)
		f.Add(i, "Push Hook", "application/x-www-form-urlencoded", theSecret, "1", body)
		f.Add(i, "ping", "", strings.TrimPrefix(good, "sha256="), "", body)
	}
	f.Fuzz(func(t *testing.T, which int, event, content, mark, delivery string, body []byte) {
		makes := forges()
		sort := makes[uint(which)%uint(len(makes))]
		r := httptest.NewRequest(http.MethodPost, "/webhook", io.NopCloser(bytes.NewReader(body)))
		r.Header.Set(sort.event, event)
		r.Header.Set("Content-Type", content)
		r.Header.Set(sort.delivery[0], delivery)
		r.Header.Set(sort.marks[len(sort.marks)-1], mark)
		l := listen(theSecret)
		status := call(l, r)
		right := mark == theSecret && sort.name == "gitlab" ||
			strings.EqualFold(mark, fmt.Sprintf("sha256=%x", sum([]byte(theSecret), body))) && sort.name != "gitlab"
		switch status {
		case 200, 202, 400:
			if !right {
				t.Errorf("status %d with the mark %q", status, mark)
			}
		case 401, 413:
		default:
			t.Errorf("status %d", status)
		}
		if len(l.pushes) > 0 && (!right || l.pushes[0].Ref != "refs/heads/main") {
			t.Errorf("triggered %v with the mark %q", l.pushes, mark)
		}
	})
}
