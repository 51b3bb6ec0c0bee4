package report

import (
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

// column is a column of the table of payers.
type column struct {
	name string
	cell func(*Payer) string // Markdown
	text bool                // no number
}

// columns are those of a plan or of an apply. What is rare has a column only
// where there is some of it.
func (r *Report) columns() []column {
	cols := []column{{"payer", func(p *Payer) string { return code(clip(p.Name, maxClip)) }, true}}
	number := func(name string, n func(*Payer) int, always bool) {
		if !always && !r.some(func(p *Payer) bool { return n(p) > 0 }) {
			return
		}
		cols = append(cols, column{name: name, cell: func(p *Payer) string {
			if p.unknown() {
				return "?"
			}
			return words.Comma(n(p))
		}})
	}
	if r.applied() {
		number("created", func(p *Payer) int { return p.ended("create") }, true)
		number("updated", func(p *Payer) int { return p.ended("update") }, true)
		number("deleted", func(p *Payer) int { return p.ended("delete") }, true)
		number("adopted", func(p *Payer) int { return p.ended("adopt") }, false)
		number("resumed", func(p *Payer) int { return p.ended("resume") }, false)
		for _, o := range []string{failed, skipped, waiting} {
			number(o, func(p *Payer) int { return p.outcomes(o) }, o == failed)
		}
		number("blocked", func(p *Payer) int { return p.Summary.Blocked }, true)
		number("not tried", (*Payer).untried, false)
	} else {
		number("create", func(p *Payer) int { return p.Summary.Create }, true)
		number("update", func(p *Payer) int { return p.Summary.Update }, true)
		number("delete", func(p *Payer) int { return p.Summary.Delete }, true)
		number("adopt", func(p *Payer) int { return p.Summary.Adopt }, false)
		number("resume", func(p *Payer) int { return p.Summary.Resume }, false)
		number("waiting", func(p *Payer) int { return p.Summary.Waiting }, false)
		number("blocked", func(p *Payer) int { return p.Summary.Blocked }, true)
	}
	cols = append(cols, column{"guard", (*Payer).verdict, true})
	if !r.applied() {
		cols = append(cols, column{"time", (*Payer).time, true})
	}
	return cols
}

// unknown says that the payer could not be planned, so that no number is known.
func (p *Payer) unknown() bool {
	return p.Error != "" && !p.Applied && len(p.Changes) == 0 && len(p.Files) == 0 && p.failedTests() == 0
}

// ended counts the changes of an op that were done.
func (p *Payer) ended(op string) int {
	n := 0
	for i := range p.Changes {
		if p.Changes[i].Op == op && p.Changes[i].Outcome == done {
			n++
		}
	}
	return n
}

// verdict says what stands against an apply.
func (p *Payer) verdict() string {
	var parts []string
	if len(p.errorLines()) > 0 {
		parts = append(parts, "**error**")
	}
	for i, g := range p.Guards {
		if i == maxListed {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, code(clip(g.Name, maxClip)))
	}
	if n := p.failedTests(); n > 0 {
		parts = append(parts, "**"+count(n, "failed test")+"**")
	}
	if n := len(p.undecided()); n > 0 {
		parts = append(parts, count(n, "undecided test"))
	}
	return strings.Join(parts, " ")
}

// time is how long AWS will take.
func (p *Payer) time() string {
	switch e := p.Estimate; {
	case e == nil || p.unknown() || e.Seconds == 0:
		return ""
	case e.Seconds < 60:
		return "< 1 min"
	default:
		return words.Estimate(time.Duration(e.Seconds) * time.Second)
	}
}

func tableHead(cols []column) []string {
	var names, rules strings.Builder
	for _, c := range cols {
		names.WriteString("| " + c.name + " ")
		if c.text {
			rules.WriteString("|---")
		} else {
			rules.WriteString("|--:")
		}
	}
	return []string{names.String() + "|\n", rules.String() + "|\n"}
}

func (p *Payer) row(cols []column) string {
	var b strings.Builder
	for _, c := range cols {
		b.WriteString("| " + c.cell(p) + " ")
	}
	return b.String() + "|\n"
}
