package comment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	mark  = "<!-- reconciler: payers=a,b -->\n"
	other = "<!-- reconciler: payers=a -->\n"
)

// put puts a comment through a fake, and gives the waits that it took.
func put(t *testing.T, f *fake, text string, change func(*Options)) (r Result, waits []time.Duration, err error) {
	t.Helper()
	o := Options{API: f.url, Token: token, Owner: "acme", Repo: "payers", PR: 7, Sleep: func(_ context.Context, d time.Duration) error {
		waits = append(waits, d.Round(time.Second))
		return nil
	}}
	if change != nil {
		change(&o)
	}
	r, err = Put(t.Context(), text, o)
	if err != nil && strings.Contains(err.Error(), token) {
		t.Errorf("the token is in the error %v", err)
	}
	return r, waits, err
}

// TestPut: what stands on the pull request before and after.
func TestPut(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before []string // who: what
		change func(*Options)
		want   []string
		done   string
	}{
		{"the first", []string{"ann: hello"}, nil, []string{"ann: hello", "bot: " + mark + "new"}, "posted"},
		{"GitHub Enterprise", nil, func(o *Options) { o.API += "/api/v3" }, []string{"bot: " + mark + "new"}, "posted"},
		{"the last run's", []string{"ann: hello", "bot: " + mark + "old"}, nil, []string{"ann: hello", "bot: " + mark + "new"}, "updated"},
		{"on a later page", []string{"ann: 1", "ann: 2", "ann: 3", "ann: 4", "ann: 5", "ann: 6", "ann: 7", "Bot: " + mark + "old"}, func(o *Options) { o.As = "BOT" },
			[]string{"ann: 1", "ann: 2", "ann: 3", "ann: 4", "ann: 5", "ann: 6", "ann: 7", "Bot: " + mark + "new"}, "updated"},
		{"the same text", []string{"bot: " + strings.ReplaceAll(mark+"new\n", "\n", "\r\n")}, nil, []string{"bot: " + strings.ReplaceAll(mark+"new\n", "\n", "\r\n")}, "unchanged"},
		{"of somebody else, who copied it", []string{"eve: " + mark + "old"}, nil, []string{"eve: " + mark + "old", "bot: " + mark + "new"}, "posted"},
		{"one of ours that quotes it", []string{"bot: > " + mark + "old", "bot: see " + mark}, nil, []string{"bot: > " + mark + "old", "bot: see " + mark, "bot: " + mark + "new"}, "posted"},
		{"other payers", []string{"bot: " + other + "old"}, nil, []string{"bot: " + other + "old", "bot: " + mark + "new"}, "posted"},
		{"other payers, one comment", []string{"bot: " + other + "old", "eve: " + mark}, func(o *Options) { o.Single = true }, []string{"bot: " + mark + "new", "eve: " + mark}, "updated"},
		{"several", []string{"bot: " + mark + "old", "ann: x", "bot: " + mark + "older", "eve: " + mark, "bot: " + mark + "oldest"}, nil,
			[]string{"bot: " + mark + "new", "ann: x", "eve: " + mark}, "updated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			for _, c := range tt.before {
				who, text, _ := strings.Cut(c, ": ")
				f.add(who, text)
				if strings.EqualFold(who, "bot") {
					f.login = who
				}
			}
			r, waits, err := put(t, f, mark+"new", tt.change)
			if err != nil || r.Done != tt.done || !strings.HasPrefix(r.URL, "https://github.example/c/") || waits != nil {
				t.Errorf("got %+v, %v, waits %v; want %s", r, err, waits, tt.done)
			}
			if diff := cmp.Diff(tt.want, f.texts()); diff != "" {
				t.Errorf("comments (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTokenOfAnApp cannot ask who it is.
func TestTokenOfAnApp(t *testing.T) {
	f := newFake(t)
	f.app, f.login = true, actionsBot
	f.add(actionsBot, mark+"old")
	if r, _, err := put(t, f, mark+"new", func(o *Options) { o.Actions = true }); err != nil || r.Done != "updated" {
		t.Errorf("in a workflow: %+v, %v", r, err)
	}
	_, _, err := put(t, f, mark+"new", nil)
	if err == nil || !strings.Contains(Hint(err, false), "--as") || !strings.Contains(err.Error(), "may not ask who it writes as") {
		t.Errorf("elsewhere: %v, hint %q", err, Hint(err, false))
	}
	f.login = "my-app[bot]"
	r, _, err := put(t, f, other+"new", func(o *Options) { o.Actions = true })
	if err != nil || r.Author == r.Guessed {
		t.Errorf("another app: %+v, %v", r, err)
	}
}

// TestRace: two runs that both find nothing and both post leave one comment.
func TestRace(t *testing.T) {
	f := newFake(t)
	f.page = 100
	var posts sync.WaitGroup // nobody posts before both have looked
	posts.Add(2)
	f.before = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == http.MethodPost {
			posts.Done()
			posts.Wait()
		}
		return false
	}
	var runs sync.WaitGroup
	for i := range 2 {
		runs.Go(func() {
			if _, err := Put(t.Context(), mark+fmt.Sprint(i), Options{API: f.url, Token: token, Owner: "acme", Repo: "payers", PR: 7, As: "bot"}); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	if got := f.texts(); len(got) != 1 || !strings.HasPrefix(got[0], "bot: "+mark) {
		t.Errorf("there stand %q", got)
	}
}

// TestRemovedMeanwhile: a comment that goes between list and edit is posted anew.
func TestRemovedMeanwhile(t *testing.T) {
	f := newFake(t)
	f.add("bot", mark+"old")
	f.before = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == http.MethodPatch {
			f.mu.Lock()
			f.comments = nil
			f.mu.Unlock()
		}
		return false
	}
	r, waits, err := put(t, f, mark+"new", nil)
	if diff := cmp.Diff([]string{"bot: " + mark + "new"}, f.texts()); diff != "" || err != nil || r.Done != "posted" || len(waits) != 1 || waits[0] != 0 {
		t.Errorf("got %+v, %v, waits %v\n%s", r, err, waits, diff)
	}
}

// TestLimits: what is worth a wait, and how long.
func TestLimits(t *testing.T) {
	const secondary = "You have exceeded a secondary rate limit. Please wait."
	for _, tt := range []struct {
		name  string
		code  int
		head  map[string]string
		says  string
		times int
		waits []time.Duration
		fails bool
	}{
		{"says how long", 403, map[string]string{"Retry-After": "7"}, secondary, 2, []time.Duration{7 * time.Second, 7 * time.Second}, false},
		{"does not say", 403, nil, secondary, 3, []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute}, false},
		{"429", 429, nil, "Too many requests", 1, []time.Duration{time.Minute}, false},
		{"never ends", 403, map[string]string{"Retry-After": "1"}, secondary, 99, []time.Duration{time.Second, time.Second, time.Second, time.Second}, true},
		{"an hour", 403, map[string]string{"Retry-After": "3600"}, secondary, 1, nil, true},
		{"the server fails", 502, nil, "Bad Gateway", 2, []time.Duration{time.Second, 2 * time.Second}, false},
		{"no right", 403, nil, "Resource not accessible by integration", 99, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			left := tt.times
			f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.Method != http.MethodPost || left == 0 {
					return false
				}
				left--
				for k, v := range tt.head {
					w.Header().Set(k, v)
				}
				answer(w, tt.code, map[string]string{"message": tt.says, "documentation_url": docOf(tt.says)})
				return true
			}
			_, waits, err := put(t, f, mark+"new", nil)
			if diff := cmp.Diff(tt.waits, waits); diff != "" || (err != nil) != tt.fails {
				t.Errorf("error %v, waits (-want +got):\n%s", err, diff)
			}
			if n := len(f.texts()); (n == 1) == tt.fails {
				t.Errorf("%d comments", n)
			}
			if tt.name == "no right" && (!strings.Contains(Hint(err, true), "from a fork gets a token that cannot write") || !strings.Contains(Hint(err, false), "pull-requests: write")) {
				t.Errorf("hints %q and %q", Hint(err, true), Hint(err, false))
			}
		})
	}
}

func docOf(message string) string {
	if strings.Contains(message, "secondary") {
		return "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
	}
	return ""
}

// TestAnswerThatWasLost: a post that was done and whose answer never came is not
// done again.
func TestAnswerThatWasLost(t *testing.T) {
	f := newFake(t)
	lost := false
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method != http.MethodPost || lost {
			return false
		}
		lost = true
		f.mu.Lock()
		f.add("bot", body(t, r))
		f.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	r, _, err := put(t, f, mark+"new", nil)
	if diff := cmp.Diff([]string{"bot: " + mark + "new"}, f.texts()); diff != "" || err != nil || r.Done != "unchanged" || f.count("POST") != 1 {
		t.Errorf("got %+v, %v after %d posts\n%s", r, err, f.count("POST"), diff)
	}
}

// TestRefusedBeforeAnyCall: what would never be right is not sent.
func TestRefusedBeforeAnyCall(t *testing.T) {
	f := newFake(t)
	for _, tt := range []struct {
		text   string
		change func(*Options)
		want   string
	}{
		{"hello", nil, "does not begin with the hidden line"},
		{"", nil, "does not begin with the hidden line"},
		{mark + strings.Repeat("ä", MaxBody), nil, "65,568 characters"},
		{mark, func(o *Options) { o.API = "http://github.example/api/v3" }, "is not https"},
		{mark, func(o *Options) { o.API = "ftp://127.0.0.1" }, "is not https"},
		{mark, func(o *Options) { o.API = "https://bot:pw@github.example" }, "is no URL of an API"},
		{mark, func(o *Options) { o.API = "github.example" }, "is no URL of an API"},
	} {
		_, _, err := put(t, f, tt.text, tt.change)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "65568", "65,568"), tt.want) {
			t.Errorf("%.20q: got %v, want %q", tt.text, err, tt.want)
		}
	}
	if len(f.calls) > 0 {
		t.Errorf("called %v", f.calls)
	}
}

// TestTokenStaysWithItsHost, where the API sends us elsewhere, and where it
// says the token back.
func TestTokenStaysWithItsHost(t *testing.T) {
	f, elsewhere := newFake(t), newFake(t)
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		http.Redirect(w, r, strings.Replace(elsewhere.url, "127.0.0.1", "localhost", 1)+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	}
	if _, _, err := put(t, f, mark, nil); err == nil || !strings.Contains(err.Error(), "where the token does not belong") || len(elsewhere.calls) > 0 {
		t.Errorf("got %v; elsewhere saw %v", err, elsewhere.calls)
	}
	f.before = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		refuse(w, http.StatusUnauthorized, "bad token "+token)
		return true
	}
	if _, _, err := put(t, f, mark, nil); err == nil || !strings.Contains(err.Error(), "bad token (token)") {
		t.Errorf("got %v", err)
	}
}

// TestInterrupted: a wait ends with the context.
func TestInterrupted(t *testing.T) {
	f := newFake(t)
	f.before = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		refuse(w, http.StatusBadGateway, "no")
		return true
	}
	ctx, cancel := context.WithCancel(t.Context())
	said := ""
	_, err := Put(ctx, mark, Options{API: f.url, Token: token, Owner: "acme", Repo: "payers", PR: 7,
		Say: func(format string, args ...any) { said = fmt.Sprintf(format, args...); cancel() }})
	if !errors.Is(err, context.Canceled) || !strings.HasSuffix(said, "trying again in 1s") {
		t.Errorf("got %v, said %q", err, said)
	}
}
