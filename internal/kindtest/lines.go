package kindtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/resource"
)

var signs = map[planner.Op]string{
	planner.Create: "+", planner.Update: "~", planner.Adopt: "@", planner.Delete: "-", planner.Resume: ">",
}

// Lines shows the changes of a plan, sorted by Ref: sign, Ref, fields. A blocked
// one has its sign behind a "!" and the reason at its end.
//
//	~ ou/Labs name: Old -> Labs
//	!- ou/Old (blocked: account/a@acme.example needs it)
func Lines(p *reconcile.Planned) []string {
	changes := slices.Clone(p.Plan.Changes)
	slices.SortStableFunc(changes, func(a, b planner.Change) int { return a.Ref.Compare(b.Ref) })
	lines := []string{}
	for _, c := range changes {
		lines = append(lines, line(c))
	}
	return lines
}

func line(c planner.Change) string {
	var b strings.Builder
	if c.Blocked != "" {
		b.WriteString("!")
	}
	fmt.Fprintf(&b, "%s %s", signs[c.Op], c.Ref)
	for i, f := range c.Fields {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, " %s: %s -> %s", f.Name, show(f.Before), show(f.After))
	}
	if c.Blocked != "" {
		fmt.Fprintf(&b, " (blocked: %s)", c.Blocked)
	}
	return b.String()
}

func show(t resource.Text) string {
	if t.IsNone() {
		return "none"
	}
	return t.String()
}

// Left shows what a plan reports as ours and no longer in the file.
func Left(p *reconcile.Planned) []string {
	lines := []string{}
	for _, l := range p.Plan.Left {
		s := l.Ref.String()
		if l.Attachments > 0 {
			s += fmt.Sprintf(" (%d attachments)", l.Attachments)
		}
		lines = append(lines, s)
	}
	slices.Sort(lines)
	return lines
}

// Unmanaged shows what a plan leaves alone as somebody else's.
func Unmanaged(p *reconcile.Planned) []string {
	lines := []string{}
	for _, r := range p.Plan.Unmanaged {
		lines = append(lines, r.String())
	}
	slices.Sort(lines)
	return lines
}
