package words_test

import (
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 accounts", 1: "1 account", 999: "999 accounts", 10200: "10,200 accounts"} {
		if got := words.Count(n, "account", "accounts"); got != want {
			t.Errorf("Count(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestLists(t *testing.T) {
	for _, tt := range []struct {
		all        string
		most       int
		some, list string
	}{
		{"", 3, "", ""},
		{"a", 3, "a", "a"},
		{"a", 0, "a", "a"},
		{"a b", 0, "2 more", "2 more"},
		{"a b", 3, "a and b", "a, b"},
		{"a b c", 2, "a, b and c", "a, b, c"},
		{"a b c d", 2, "a, b and 2 more", "a, b and 2 more"},
		{"a b c", 1, "a and 2 more", "a and 2 more"},
		{strings.Repeat("x ", 1002), 1, "x and 1,001 more", "x and 1,001 more"},
	} {
		all := strings.Fields(tt.all)
		if got := words.Some(all, tt.most); got != tt.some {
			t.Errorf("Some(%d of %.20q) = %q, want %q", tt.most, all, got, tt.some)
		}
		if got := words.List(all, tt.most); got != tt.list {
			t.Errorf("List(%d of %.20q) = %q, want %q", tt.most, all, got, tt.list)
		}
	}
}

// TestTimes: an age is rounded down and an estimate up, by the same steps.
func TestTimes(t *testing.T) {
	const h = time.Hour
	for _, tt := range []struct {
		d             time.Duration
		age, estimate string
	}{
		{-h, "0 s", "0 s"},
		{0, "0 s", "0 s"},
		{1500 * time.Millisecond, "1 s", "2 s"},
		{59 * time.Second, "59 s", "59 s"},
		{59*time.Second + 1, "59 s", "1 min"},
		{time.Minute, "1 min", "1 min"},
		{61 * time.Second, "1 min", "2 min"},
		{99 * time.Minute, "99 min", "99 min"},
		{99*time.Minute + 1, "99 min", "1 h 40 min"},
		{2 * h, "2 h", "2 h"},
		{130 * time.Minute, "2 h 10 min", "2 h 10 min"},
		{10*h - time.Second, "9 h 59 min", "10 h"},
		{10*h + time.Second, "10 h", "11 h"},
		{71*h + time.Second, "71 h", "3 days"},
		{72 * h, "3 days", "3 days"},
		{72*h + time.Second, "3 days", "3.1 days"},
		{1056 * 24 * h, "1,056 days", "1,056 days"},
	} {
		if got := words.Age(tt.d); got != tt.age {
			t.Errorf("Age(%v) = %q, want %q", tt.d, got, tt.age)
		}
		if got := words.Estimate(tt.d); got != tt.estimate {
			t.Errorf("Estimate(%v) = %q, want %q", tt.d, got, tt.estimate)
		}
	}
}

func TestCommit(t *testing.T) {
	for hash, want := range map[string]string{"": "", "9f": "9f", "9f3c0123": "9f3c0123", "9f3c01234567": "9f3c0123", "a-long-branch": "a-long-branch"} {
		if got := words.Commit(hash); got != want {
			t.Errorf("Commit(%q) = %q, want %q", hash, got, want)
		}
	}
}
