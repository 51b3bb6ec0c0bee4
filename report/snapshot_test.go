package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/report"
)

// TestSnapshotIsSaid in every form: when it was taken, how old it is, and what
// it cannot tell.
func TestSnapshotIsSaid(t *testing.T) {
	taken := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for age, word := range map[time.Duration]string{
		59 * time.Second: "59 s old", 3*time.Hour + 59*time.Minute: "3 h 59 min old", 47 * time.Minute: "47 min old", 72 * time.Hour: "3 days old",
	} {
		in := vocareum()
		in.Snapshot = report.NewSnapshot(taken, taken.Add(age), []string{"no other AWS account has a bucket named <b>x"})
		other := vocareum()
		other.Snapshot = report.NewSnapshot(taken.Add(time.Minute), taken.Add(age), nil)
		r := report.New(in)
		if err := fits(compiled(t), r); err != nil {
			t.Error(err)
		}
		var text, markdown, both bytes.Buffer
		if err := r.WriteText(&text, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := r.WriteMarkdown(&markdown, report.MarkdownOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := report.New(in, other).WriteMarkdown(&both, report.MarkdownOptions{}); err != nil {
			t.Fatal(err)
		}
		for want, have := range map[string]string{
			"\n  from a snapshot of 2026-11-22 12:00 UTC, " + word + "\n":           text.String(),
			"Taken for granted: no other AWS account has a bucket named <b>x.\n":    text.String(),
			"Planned from a snapshot of 2026-11-22 12:00 UTC, " + word + ".":        markdown.String(),
			"Taken for granted: `no other AWS account has a bucket named <b>x`.":    markdown.String(),
			"Planned from 2 snapshots, the oldest of 2026-11-22 12:00 UTC, " + word: both.String(),
		} {
			if !strings.Contains(have, want) {
				t.Errorf("%q is not in:\n%s", want, have)
			}
		}
	}
}

// TestSnapshotOfTheFuture is of a clock that is wrong: it is not older than now.
func TestSnapshotOfTheFuture(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	if s := report.NewSnapshot(now.Add(time.Hour), now, nil); s.AgeSeconds != 0 {
		t.Errorf("it is %d s old", s.AgeSeconds)
	}
}
