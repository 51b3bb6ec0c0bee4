package preflight

import (
	"fmt"
	"io"
	"strings"

	"github.com/payer-reconciler/reconciler/report"
)

// TextOptions say how text looks.
type TextOptions struct{ Color bool }

var colours = map[string]string{OK: "32", Note: "33", Problem: "31", Unknown: "34", ByHand: "33"}

// WriteText writes the result for people.
func (r *Result) WriteText(w io.Writer, o TextOptions) error {
	var b strings.Builder
	b.WriteString(report.Clean(r.Payer) + " (" + report.Clean(r.AccountID) + ")\n")
	width := 0
	for _, c := range r.Checks {
		width = max(width, len([]rune(report.Clean(c.Name))))
	}
	for _, c := range r.Checks {
		name := report.Clean(c.Name)
		state := fmt.Sprintf("%-8s", c.State)
		if o.Color {
			state = "\x1b[" + colours[c.State] + "m" + state + "\x1b[0m"
		}
		b.WriteString("  " + state + "  " + name + strings.Repeat(" ", width-len([]rune(name))+2) + report.Clean(c.Text) + "\n")
		indent := strings.Repeat(" ", 2+8+2+width+2)
		for _, d := range c.Details {
			b.WriteString(indent + report.Clean(d) + "\n")
		}
		if c.Hint != "" {
			b.WriteString(indent + "hint: " + report.Clean(c.Hint) + "\n")
		}
	}
	b.WriteString(r.sentence() + "\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write preflight: %w", err)
	}
	return nil
}

// sentence says whether a first apply may be tried.
func (r *Result) sentence() string {
	s := r.Summary
	out := "Ready for a first apply, as far as reading can tell."
	if !r.Ready() {
		out = "1 problem stands in the way."
		if s.Problem > 1 {
			out = fmt.Sprintf("%d problems stand in the way.", s.Problem)
		}
	}
	if s.Unknown > 0 {
		out += fmt.Sprintf(" %d could not be found out.", s.Unknown)
	}
	if s.ByHand > 0 {
		out += fmt.Sprintf(" %d by hand.", s.ByHand)
	}
	return out
}
