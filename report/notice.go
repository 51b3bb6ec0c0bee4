package report

import (
	"strings"
)

// The levels of a notice, the gravest first.
const (
	Caution = "caution" // something may be lost, or is not what it seems
	Warning = "warning" // look twice
	Note    = "note"    // good to know
)

// The names of notices: what each is about, for scripts.
const (
	PayerGone       = "payer-gone"       // a payer is in no file any more
	PayerRenamed    = "payer-renamed"    // a payer has another name in its file
	BrokenBefore    = "broken-before"    // a file had mistakes before, and is left out
	BaseMoved       = "base-moved"       // a branch lacks what its base has, and undoes it
	OldSnapshot     = "old-snapshot"     // AWS may have something else by now
	AllowSelf       = "allow-self"       // what protects the tool and the vendors is lifted
	RetryFailed     = "retry-failed"     // what failed for good is tried again
	PolicyElsewhere = "policy-elsewhere" // a policy is in force on nodes that no file names
	Paused          = "paused"           // nothing of the payer is applied, and nothing healed
	DriftReport     = "drift-report"     // what somebody changes in AWS is told now, and stays
	SafetyLoosened  = "safety-loosened"  // a guard of the payer lets more through than before
	TestsRemoved    = "tests-removed"    // tests of the payer are gone, or ask another thing
	LeaseChanged    = "lease-changed"    // the lock of the payer's one writer is elsewhere
	AccessChanged   = "access-changed"   // the payer or its members are entered in another way
	NotCompared     = "not-compared"     // a payer was broken before: it is held against an older form, or none
	HandoffEnds     = "handoff-ends"     // what a vendor has is protected no longer
	Unmanaged       = "unmanaged"        // what stays in the file holds less there than before
)

// Notice is what a reviewer must know beside the changes.
type Notice struct {
	Name  string `json:"name"`
	Level string `json:"level"` // caution, warning or note
	// Payer is the payer that it is of, where that is not in the report.
	Payer string `json:"payer,omitempty"`
	// Text is one sentence or some, names of theirs in it as they are; it has
	// no markup, which each form of a report makes of its own.
	Text string `json:"text"`
}

// grade is the index of a level; a level that nobody knows counts as the gravest.
func (n *Notice) grade() int {
	switch n.Level {
	case Warning:
		return 1
	case Note:
		return 2
	}
	return 0
}

// levels are what text calls the levels, and in which colour.
var levels = []struct{ word, colour string }{{"Caution", red}, {"Warning", yellow}, {"Note", blue}}

// noticeLines writes notices above a plan, a line each.
func noticeLines(b *strings.Builder, indent string, notices []Notice, o TextOptions) {
	for i := range notices {
		n := &notices[i]
		l := levels[n.grade()]
		b.WriteString(indent + o.paint(l.colour, l.word+": "+Clean(strings.TrimSpace(n.Text))) + "\n")
	}
}

// preface is what stands above the payers: notices and mistakes of files.
func (r *Report) preface(b *strings.Builder, o TextOptions) {
	noticeLines(b, "", r.Notices, o)
	for _, m := range r.Mistakes {
		for i, l := range errorText(m) {
			if i == 0 {
				l = "error: " + l
			} else {
				l = "  " + l
			}
			b.WriteString(o.paint(red, l) + "\n")
		}
	}
	if len(r.Mistakes) > 0 && len(r.Payers) == 0 {
		b.WriteString("No plan could be made: " + count(len(r.Mistakes), "mistake") + ".\n")
	}
	if b.Len() > 0 && len(r.Payers) > 0 {
		b.WriteByte('\n')
	}
}
