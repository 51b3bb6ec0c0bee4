package comment

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fake is the part of GitHub's API that is called, with one pull request, 7, of
// acme/payers.
type fake struct {
	t   *testing.T
	url string

	mu       sync.Mutex
	comments []*stored
	next     int
	page     int // comments a page, whatever is asked for
	login    string
	app      bool // the token may not ask who it is
	calls    []string
	// before is called, without the lock, before a call is answered; true: it has answered.
	before func(w http.ResponseWriter, r *http.Request, n int) bool
}

// stored is one comment, in the form of the API.
type stored struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
	URL  string `json:"html_url"`
	User struct {
		Login string `json:"login"`
	} `json:"user"`
}

const token = "ghs_secretsecretsecret"

func newFake(t *testing.T) *fake {
	f := &fake{t: t, next: 1, page: 3, login: "bot"}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// add puts a comment there.
func (f *fake) add(login, body string) *stored {
	c := &stored{ID: f.next, Body: body, URL: fmt.Sprintf("https://github.example/c/%d", f.next)}
	c.User.Login = login
	f.next++
	f.comments = append(f.comments, c)
	return c
}

// count counts the calls of a method.
func (f *fake) count(method string) int {
	n := 0
	for _, c := range f.calls {
		if strings.HasPrefix(c, method+" ") {
			n++
		}
	}
	return n
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if got := r.Header.Get("Authorization"); got != "Bearer "+token {
		f.t.Errorf("authorization %q", got)
	}
	r.URL.Path = strings.TrimPrefix(r.URL.Path, "/api/v3") // of GitHub Enterprise
	f.mu.Lock()
	f.calls = append(f.calls, r.Method+" "+r.URL.Path)
	n, before := len(f.calls), f.before
	f.mu.Unlock()
	if before != nil && before(w, r, n) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	const list = "/repos/acme/payers/issues/7/comments"
	one, isOne := strings.CutPrefix(r.URL.Path, "/repos/acme/payers/issues/comments/")
	switch {
	case r.URL.Path == "/user" && f.app:
		refuse(w, http.StatusForbidden, "Resource not accessible by integration")
	case r.URL.Path == "/user":
		answer(w, http.StatusOK, map[string]string{"login": f.login})
	case r.URL.Path == list && r.Method == http.MethodGet:
		f.list(w, r)
	case r.URL.Path == list && r.Method == http.MethodPost:
		answer(w, http.StatusCreated, f.add(f.login, body(f.t, r)))
	case isOne:
		f.one(w, r, one)
	default:
		refuse(w, http.StatusNotFound, "Not Found")
	}
}

func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	at := max(1, number(r.URL.Query().Get("page")))
	from, to := (at-1)*f.page, at*f.page
	if to < len(f.comments) {
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, f.url, r.URL.Path, at+1))
	}
	answer(w, http.StatusOK, f.comments[min(from, len(f.comments)):min(to, len(f.comments))])
}

func (f *fake) one(w http.ResponseWriter, r *http.Request, id string) {
	i := slices.IndexFunc(f.comments, func(c *stored) bool { return c.ID == number(id) })
	switch {
	case i < 0:
		refuse(w, http.StatusNotFound, "Not Found")
	case f.comments[i].User.Login != f.login:
		f.t.Errorf("%s of a comment of %s", r.Method, f.comments[i].User.Login)
		refuse(w, http.StatusForbidden, "Forbidden")
	case r.Method == http.MethodPatch:
		f.comments[i].Body = body(f.t, r)
		answer(w, http.StatusOK, f.comments[i])
	case r.Method == http.MethodDelete:
		f.comments = slices.Delete(f.comments, i, i+1)
		w.WriteHeader(http.StatusNoContent)
	}
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // what is none is 0
	return n
}

func body(t *testing.T, r *http.Request) string {
	var c struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	return c.Body
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // nobody may be there to read it
}

func refuse(w http.ResponseWriter, code int, message string) {
	answer(w, code, map[string]string{"message": message})
}

// texts gives what stands on the pull request, who wrote it first.
func (f *fake) texts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, c := range f.comments {
		all = append(all, c.User.Login+": "+c.Body)
	}
	return all
}
