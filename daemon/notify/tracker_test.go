package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var passStart = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// pass is one pass of a story: minutes after its start.
type pass struct {
	minute int
	r      Result
	want   []string // kind and title of the events
}

func ok() Result                  { return Result{} }
func failing(cause string) Result { return Result{Failed: true, Cause: cause} }
func held(lines ...string) Result { return Result{Blocked: lines} }

// TestTracker: stories of passes, and what is told of them.
func TestTracker(t *testing.T) {
	denied := "list accounts: operation error Organizations: ListAccounts, https response error StatusCode: 400, RequestID: 5f1e0d3c-1a2b-4c3d-8e9f-%012d, AccessDeniedException: no"
	for name, story := range map[string][]pass{
		"nothing": {{0, ok(), nil}, {5, ok(), nil}},
		"one failure for hours": {
			{0, failing(fmt.Sprintf(denied, 1)), []string{"failure: the pass failed"}},
			{5, failing(fmt.Sprintf(denied, 2)), nil},
			{359, failing(fmt.Sprintf(denied, 3)), nil},
			{360, failing(fmt.Sprintf(denied, 4)), []string{"failure: passes fail, for 6 h, 4 passes"}},
			{365, failing(fmt.Sprintf(denied, 5)), nil},
			{490, ok(), []string{"recovery: works again after 8 h 10 min, 5 failed passes"}},
			{495, ok(), nil},
			{500, failing(fmt.Sprintf(denied, 6)), []string{"failure: the pass failed"}},
			{505, ok(), []string{"recovery: works again after 5 min, 1 failed pass"}},
		},
		"causes that take turns": {
			{0, failing("a"), []string{"failure: the pass failed"}},
			{5, failing("b"), []string{"failure: passes fail, for 5 min, 2 passes"}},
			{10, failing("a"), nil},
			{15, failing("b"), nil},
			{361, failing("b"), nil},
			{362, failing("a"), []string{"failure: passes fail, for 6 h 2 min, 6 passes"}},
		},
		"blocked": {
			{0, held(), nil},
			{5, held("policy/A: exists, not ours"), []string{"blocked: 1 blocked line"}},
			{10, held("policy/A: exists, not ours"), nil},
			{15, failing("x"), []string{"failure: the pass failed"}},
			{20, held("policy/A: exists, not ours"), []string{"recovery: works again after 5 min, 1 failed pass"}},
			{25, held("policy/B: exists, not ours", "policy/A: exists, not ours"), []string{"blocked: 2 blocked lines"}},
			{30, held("policy/A: exists, not ours", "policy/B: exists, not ours"), nil},
			{35, held(), []string{"blocked: nothing is blocked any more"}},
			{40, held(), nil},
		},
		"ages are no news": {
			{0, held("account/a@x: failed 58 min ago: EMAIL_ALREADY_EXISTS"), []string{"blocked: 1 blocked line"}},
			{5, held("account/a@x: failed 1 h 3 min ago: EMAIL_ALREADY_EXISTS"), nil},
			{10, held("account/a@x: failed 2 days ago: EMAIL_ALREADY_EXISTS"), nil},
			{15, held("account/b@x: failed 2 days ago: EMAIL_ALREADY_EXISTS"), []string{"blocked: 1 blocked line"}},
			{20, held("account/b@x: failed 2 days ago: ACCOUNT_LIMIT_EXCEEDED"), []string{"blocked: 1 blocked line"}},
		},
		"guards and changes": {
			{0, Result{Guards: []string{"maxMoves: 300 of 25%; lift it at payers/acme.yaml:60"}, Blocked: []string{"x"}},
				[]string{"blocked: 1 guard in the way: nothing is applied, 1 blocked line"}},
			{5, Result{Changes: map[string]int{"create ou": 3, "update policy": 1234}, Accounts: 37},
				[]string{"changes: 1,237 changes, 37 accounts ready", "blocked: nothing is blocked any more"}},
			{10, Result{Changes: map[string]int{"create ou": 1}, Failed: true, Cause: "x"}, []string{"changes: 1 change", "failure: the pass failed"}},
			{15, Result{Accounts: 1}, []string{"recovery: works again after 5 min, 1 failed pass", "changes: 1 account ready"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var tr Tracker
			for _, p := range story {
				p.r.Payer, p.r.Time = "acme-labs", passStart.Add(time.Duration(p.minute)*time.Minute)
				var got []string
				for _, e := range tr.Events(p.r) {
					got = append(got, e.Kind+": "+e.Title)
					if e.Payer != "acme-labs" || !e.Time.Equal(p.r.Time) {
						t.Errorf("minute %d: the event is of %s at %v", p.minute, e.Payer, e.Time)
					}
				}
				if diff := cmp.Diff(p.want, got); diff != "" {
					t.Errorf("minute %d (-want +got):\n%s", p.minute, diff)
				}
			}
		})
	}
}

// TestManyCauses: an outage whose cause is never the same is no flood.
func TestManyCauses(t *testing.T) {
	var tr Tracker
	told := 0
	for i := range 1000 {
		cause := strings.Repeat("x", i) // essence would take numbers for one
		told += len(tr.Events(Result{Failed: true, Cause: cause, Time: passStart.Add(time.Duration(i) * time.Second)}))
	}
	if told != causesKnown+1 || len(tr.told) != causesKnown+1 {
		t.Errorf("%d of 1,000 were told, %d are kept", told, len(tr.told))
	}
}

// TestEventsOfResults: the events hold what a reader needs.
func TestEventsOfResults(t *testing.T) {
	var tr Tracker
	lines := []string{"first\nwith a break"}
	for i := range 14 {
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	got := tr.Events(Result{
		Payer: "acme-labs", AccountID: "111122223333", Commit: "9f3c", Time: passStart,
		Blocked: lines, Guards: []string{"maxMoves; lift it at payers/acme.yaml:60"},
		Changes: map[string]int{"update policy": 1, "create ou": 3}, Accounts: 2,
	})
	want := []Event{
		{Kind: Changes, Payer: "acme-labs", AccountID: "111122223333", Commit: "9f3c", Time: passStart,
			Title: "4 changes, 2 accounts ready", Text: "create ou: 3\nupdate policy: 1",
			Counts: map[string]int{"create ou": 3, "update policy": 1, "accounts ready": 2}},
		{Kind: Blocked, Payer: "acme-labs", AccountID: "111122223333", Commit: "9f3c", Time: passStart,
			Title: "1 guard in the way: nothing is applied, 15 blocked lines",
			Text:  "maxMoves; lift it at payers/acme.yaml:60\nfirst with a break\nline 0\nline 1\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\n… and 6 more",
			Do:    "`reconciler plan` shows all of it.", Counts: map[string]int{"blocked": 15, "guards": 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	got = tr.Events(Result{Payer: "a", Failed: true, Cause: "list accounts: AccessDenied", Time: passStart})
	if len(got) != 1 || got[0].Text != "list accounts: AccessDenied" || !strings.Contains(got[0].Do, "`reconciler status`") {
		t.Errorf("the failure is %+v", got)
	}
}

// TestTrackerTellsAFileWithMistakes from a pass that failed.
func TestTrackerTellsAFileWithMistakes(t *testing.T) {
	var tracker Tracker
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	broken := Result{Payer: "acme", Commit: "bbbbbbbbbbbb", Time: now, Failed: true, Cause: "payers/acme.yaml:3:1: not YAML",
		File: "payers/acme.yaml", Stays: "aaaaaaaaaaaa"}
	events := tracker.Events(broken)
	if len(events) != 1 || events[0].Title != "the payer file has mistakes; aaaaaaaa stays in force" || events[0].Commit != broken.Commit ||
		!strings.Contains(events[0].Do, "reconciler validate payers/acme.yaml") || events[0].Counts != nil {
		t.Errorf("events %+v", events)
	}
	for range 3 {
		if got := tracker.Events(broken); len(got) != 0 {
			t.Errorf("told again: %+v", got)
		}
	}
	events = tracker.Events(Result{Payer: "acme", Time: now.Add(2 * time.Hour)})
	if len(events) != 1 || events[0].Kind != Recovery || events[0].Title != "the payer file is sound again, after 2 h" {
		t.Errorf("events %+v", events)
	}
}
