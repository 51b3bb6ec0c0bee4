package report

import (
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

// Snapshot is what AWS had at an earlier moment: a plan from it asked AWS for
// nothing.
type Snapshot struct {
	TakenAt    time.Time `json:"takenAt"`
	AgeSeconds int       `json:"ageSeconds"`
	// Assumed is what was taken for granted, because no snapshot can tell.
	Assumed []string `json:"assumed,omitempty"`
}

// NewSnapshot is a snapshot that was taken at a moment, as of now.
func NewSnapshot(taken, now time.Time, assumed []string) *Snapshot {
	return &Snapshot{TakenAt: taken.UTC(), AgeSeconds: max(0, int(now.Sub(taken).Seconds())), Assumed: assumed}
}

// text says when the snapshot was taken and how old it is.
func (s *Snapshot) text() string { return "from a snapshot of " + s.when() }

func (s *Snapshot) when() string {
	return s.TakenAt.UTC().Format("2006-01-02 15:04") + " UTC, " + s.Age() + " old"
}

// Age says how old the snapshot is, as 30 h.
func (s *Snapshot) Age() string { return words.Age(time.Duration(s.AgeSeconds) * time.Second) }

// assumed are the sentences about what was taken for granted.
func (s *Snapshot) assumed() string {
	var b strings.Builder
	for _, a := range s.Assumed {
		b.WriteString("Taken for granted: " + Clean(a) + ".\n")
	}
	return b.String()
}

// snapshots says what the plans of a report were made from, the oldest of it
// where there are several.
func (r *Report) snapshots() string {
	var oldest *Snapshot
	n := 0
	for i := range r.Payers {
		s := r.Payers[i].Snapshot
		if s == nil {
			continue
		}
		if n++; oldest == nil || s.AgeSeconds > oldest.AgeSeconds {
			oldest = s
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "Planned from a snapshot of " + oldest.when() + "."
	}
	return "Planned from " + count(n, "snapshot") + ", the oldest of " + oldest.when() + "."
}
