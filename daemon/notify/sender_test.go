package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bubble runs a test on synctest's clock with a server and one Slack target.
func bubble(t *testing.T, test func(t *testing.T, s *server, n *Notifier, seen *tally, log *record)) {
	file := urlFile(t, "https://hooks.example.com/services/"+theSecret)
	synctest.Test(t, func(t *testing.T) {
		s, seen, log := &server{start: time.Now()}, &tally{}, &record{}
		n := start(t, Options{Log: log.logger(), Version: "1.2.3", Observe: seen.add, transport: s},
			Target{Format: Slack, URLFile: file})
		test(t, s, n, seen, log)
		if said := log.String(); strings.Contains(said, "hunter2") || strings.Contains(said, "T00000000") {
			t.Errorf("the log has the URL:\n%s", said)
		}
	})
}

func event(i int) Event {
	return Event{Kind: Failure, Payer: fmt.Sprintf("payer-%d", i%3), Title: fmt.Sprintf("event %d", i)}
}

// TestRetries: a server that fails is asked five times, later each time, and
// when it asks for a wait it gets it, within bounds.
func TestRetries(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(call int) *http.Response
		calls  int
		least  []time.Duration // between the calls
		most   []time.Duration
		result string
	}{
		{"then works", func(call int) *http.Response {
			if call < 3 {
				return reply(500, "oops")
			}
			return nil
		}, 3, []time.Duration{time.Second / 2, time.Second}, []time.Duration{time.Second, 2 * time.Second}, Sent},
		{"never works", func(int) *http.Response { return reply(503, "") }, 5,
			[]time.Duration{time.Second / 2, time.Second, 2 * time.Second, 4 * time.Second},
			[]time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}, Failed},
		{"too many", func(call int) *http.Response {
			if call == 1 {
				return reply(429, "", "Retry-After", "17")
			}
			return nil
		}, 2, []time.Duration{17 * time.Second}, []time.Duration{17 * time.Second}, Sent},
		{"far too long a wait", func(call int) *http.Response {
			if call == 1 {
				return reply(429, "", "Retry-After", "9223372036854775")
			}
			return nil
		}, 2, []time.Duration{retryAfter}, []time.Duration{retryAfter}, Sent},
		{"no such hook", func(int) *http.Response { return reply(404, "no_service") }, 1, nil, nil, Failed},
		{"redirect", func(int) *http.Response {
			return reply(302, "", "Location", "http://169.254.169.254/latest/meta-data/")
		}, 1, nil, nil, Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server, n *Notifier, seen *tally, log *record) {
				s.answer = func(call int, _ *http.Request) *http.Response { return tt.answer(call) }
				n.Send(event(0))
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				if len(s.at) != tt.calls {
					t.Fatalf("%d calls, want %d", len(s.at), tt.calls)
				}
				for i := range tt.least {
					if wait := s.at[i+1] - s.at[i]; wait < tt.least[i] || wait > tt.most[i] {
						t.Errorf("wait %d took %v, want %v to %v", i, wait, tt.least[i], tt.most[i])
					}
				}
				if diff := cmp.Diff(map[string]int{tt.result: 1}, seen.get()); diff != "" {
					t.Errorf("observed (-want +got):\n%s\n%s", diff, log)
				}
				if err := finish(n, time.Minute); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
		})
	}
}

// TestFailureIsLogged: what went wrong is said, with no more of the URL than
// scheme and host, and the next message says that one is missing.
func TestFailureIsLogged(t *testing.T) {
	bubble(t, func(t *testing.T, s *server, n *Notifier, seen *tally, log *record) {
		s.answer = func(call int, r *http.Request) *http.Response {
			if call == 1 {
				return reply(403, "invalid_token\n at "+r.URL.Path)
			}
			return nil
		}
		n.Send(event(0))
		synctest.Wait()
		n.Send(event(1))
		if err := finish(n, time.Minute); err != nil {
			t.Errorf("Close: %v", err)
		}
		want := `target=notify[0] events=1 kind=failure payer=payer-0 error="post to https://hooks.example.com/…: answered 403: invalid_token at …"`
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
		if texts := s.texts(t); len(texts) != 2 || !strings.HasPrefix(texts[1], "_1 event before this could not be told_\n*payer-1*") {
			t.Errorf("%q", texts)
		}
	})
}

// TestPace: ten messages at once, then one in ten seconds with all that came
// meanwhile.
func TestPace(t *testing.T) {
	bubble(t, func(t *testing.T, s *server, n *Notifier, seen *tally, _ *record) {
		for i := range 30 {
			n.Send(event(i))
		}
		synctest.Wait()
		if len(s.bodies) != burst {
			t.Fatalf("%d messages at once, want %d", len(s.bodies), burst)
		}
		time.Sleep(pace - time.Second)
		n.Send(event(30))
		n.Send(event(31))
		time.Sleep(time.Second)
		synctest.Wait()
		texts := s.texts(t)
		if len(texts) != burst+1 {
			t.Fatalf("%d messages, want %d", len(texts), burst+1)
		}
		want := "_22 events since 00:00 UTC (21 failure; payer-0, payer-1, payer-2), the last:_\n*payer-1*: event 31"
		if texts[burst] != want {
			t.Errorf("the message is\n%s\nwant\n%s", texts[burst], want)
		}
		n.Send(event(32))
		time.Sleep(pace)
		synctest.Wait()
		if texts = s.texts(t); len(texts) != burst+2 || texts[burst+1] != "*payer-2*: event 32" {
			t.Errorf("%d messages, the last %q", len(texts), texts[len(texts)-1])
		}
		if err := finish(n, time.Second); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(map[string]int{Sent: 33}, seen.get()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestFullQueue: Send never waits; the oldest events give way, are counted and
// told of.
func TestFullQueue(t *testing.T) {
	bubble(t, func(t *testing.T, s *server, n *Notifier, seen *tally, log *record) {
		s.answer = func(call int, r *http.Request) *http.Response {
			if call == 1 {
				time.Sleep(5 * time.Second)
			}
			return nil
		}
		n.Send(event(0))
		synctest.Wait() // it is being sent
		before := time.Now()
		for i := 1; i <= queueLength+100; i++ {
			n.Send(event(i))
		}
		if took := time.Since(before); took != 0 {
			t.Errorf("Send waited for %v", took)
		}
		if got := strings.Count(log.String(), "a notification is dropped"); got != 1 {
			t.Errorf("%d lines about what is dropped", got)
		}
		if err := finish(n, time.Minute); err != nil {
			t.Error(err)
		}
		texts := s.texts(t)
		last := texts[len(texts)-1]
		if len(texts) != 2 || !strings.HasPrefix(last, "_100 events before this could not be told_\n_256 events since ") || !strings.HasSuffix(last, "event 356") {
			t.Errorf("%d messages, the last:\n%s", len(texts), last)
		}
		if diff := cmp.Diff(map[string]int{Sent: 1 + queueLength, Dropped: 100}, seen.get()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestClose: what waits is sent at the end, and what hangs is cut short.
func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T, s *server, n *Notifier, seen *tally, log *record) {
		s.answer = func(call int, r *http.Request) *http.Response {
			<-r.Context().Done()
			return nil
		}
		for i := range 5 {
			n.Send(event(i))
		}
		before := time.Now()
		err := finish(n, 3*time.Second)
		if took := time.Since(before); took != 3*time.Second {
			t.Errorf("Close took %v", took)
		}
		if err == nil || !strings.Contains(err.Error(), "5 notifications were not sent") {
			t.Errorf("Close: %v", err)
		}
		n.Send(event(6)) // is lost, and harms nobody
		if err := finish(n, time.Second); err == nil {
			t.Error("the second Close knows of nothing lost")
		}
		if got := seen.get()[Dropped]; got != 1 {
			t.Errorf("%d dropped", got)
		}
	})
	var none *Notifier
	none.Send(event(0))
	if err := none.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestCloseDoesNotPace: the end does not wait for the pace.
func TestCloseDoesNotPace(t *testing.T) {
	bubble(t, func(t *testing.T, s *server, n *Notifier, seen *tally, _ *record) {
		for i := range 25 {
			n.Send(event(i))
		}
		synctest.Wait()
		before := time.Now()
		if err := finish(n, time.Minute); err != nil || time.Since(before) > time.Second {
			t.Errorf("Close: %v after %v", err, time.Since(before))
		}
		if got := len(s.bodies); got != burst+1 {
			t.Errorf("%d messages", got)
		}
	})
}

// TestCloseAtOnce: where there is no time left, what waits is counted.
func TestCloseAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, s *server, n *Notifier, seen *tally, _ *record) {
		for i := range 25 {
			n.Send(event(i))
		}
		synctest.Wait()
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := n.Close(over); err == nil || err.Error() != "15 notifications were not sent\ncontext canceled" {
			t.Errorf("Close: %v", err)
		}
		if got := len(s.bodies); got != burst {
			t.Errorf("%d messages", got)
		}
	})
}

// TestFilters: a target gets the kinds and payers that it asked for, and no
// target waits for another.
func TestFilters(t *testing.T) {
	slow, quick := urlFile(t, "https://slow.example.com/"+theSecret), urlFile(t, "https://quick.example.com/"+theSecret)
	synctest.Test(t, func(t *testing.T) {
		s := &server{start: time.Now()}
		s.answer = func(_ int, r *http.Request) *http.Response {
			if r.URL.Host == "slow.example.com" {
				time.Sleep(5 * time.Second)
			}
			return nil
		}
		seen := &tally{}
		n := start(t, Options{transport: s, Observe: func(target, _ string) { seen.add("", target) }},
			Target{Name: "slow", Format: JSON, URLFile: slow},
			Target{Name: "ops", Format: JSON, URLFile: quick, On: []string{Failure, Recovery}, Payers: []string{"payer-1"}})
		n.Send(event(0)) // another payer
		n.Send(event(1))
		n.Send(Event{Kind: Changes, Payer: "payer-1", Title: "another kind"})
		synctest.Wait()
		if diff := cmp.Diff(map[string]int{"ops": 1}, seen.get()); diff != "" {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		if err := finish(n, time.Minute); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(map[string]int{"ops": 1, "slow": 3}, seen.get()); diff != "" {
			t.Errorf("at the end (-want +got):\n%s", diff)
		}
	})
}

// TestJSON: the body for programs, which is a promise.
func TestJSON(t *testing.T) {
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	events := []Event{
		{Kind: Failure, Payer: "b", Time: at},
		{Kind: Failure, Payer: "a", Time: at},
		{Kind: Changes, Payer: "a", AccountID: "111122223333", Commit: "9f3c", Title: "3 changes <&>", Text: "create ou: 3", Do: "x",
			Time: at.Add(time.Minute), Counts: map[string]int{"create ou": 3}},
	}
	got := map[string]any{}
	if err := json.Unmarshal(JSON.body(newMessage(events, 2)), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"formatVersion": "1.0", "kind": "changes", "payer": "a", "accountId": "111122223333", "commit": "9f3c",
		"title": "3 changes <&>", "text": "create ou: 3", "do": "x", "time": "2026-11-01T12:01:00Z",
		"counts": map[string]any{"create ou": 3.0}, "missed": 2.0,
		"more": map[string]any{"events": 2.0, "kinds": map[string]any{"failure": 2.0}, "payers": []any{"a", "b"}, "since": "2026-11-01T12:00:00Z"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}
