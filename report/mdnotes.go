package report

import (
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// notes are what could hurt, above the folds so that nobody misses it: what
// went wrong or stops an apply, then what a plan newly denies and allows.
func (r *Report) notes() []string {
	var bad, reach []string
	for i := range r.Payers {
		p := &r.Payers[i]
		name := "**" + code(clip(p.Name, maxClip)) + "**: "
		if len(r.Payers) == 1 {
			name = ""
		}
		for _, s := range p.wrongs() {
			bad = append(bad, name+s)
		}
		for _, s := range p.lets() {
			reach = append(reach, name+s)
		}
		for _, s := range slices.Concat(p.reaches(), p.moves(), p.unsure()) {
			reach = append(reach, name+s)
		}
	}
	return append(alert("CAUTION", bad), alert("WARNING", reach)...)
}

// noteLines is how many lines one alert has.
const noteLines = 20

// alert puts lines into alerts, which GitHub and GitLab frame and colour.
func alert(kind string, lines []string) []string {
	var out []string
	for len(lines) > 0 {
		n := min(len(lines), noteLines)
		var b strings.Builder
		b.WriteString("> [!" + kind + "]\n")
		for _, l := range lines[:n] {
			b.WriteString("> - " + l + "\n")
		}
		out = append(out, b.String()+"\n")
		lines = lines[n:]
	}
	return out
}

// wrongs are the errors, guards and failed tests of a payer, and in an apply
// what failed.
func (p *Payer) wrongs() []string {
	var out []string
	if lines := p.errorLines(); len(lines) > 0 {
		out = append(out, "error: "+codeLines(lines))
	}
	for _, g := range p.Guards {
		out = append(out, g.markdown())
	}
	for i, c := range p.causesOf(failed) {
		if i == maxListed {
			out = append(out, "and more causes, below")
			break
		}
		out = append(out, count(len(c.changes), "change")+" failed: "+code(clip(c.text, maxClip)))
	}
	for i, t := range p.failures() {
		if i == maxListed {
			out = append(out, "and "+count(p.failedTests()-i, "more failed test"))
			break
		}
		out = append(out, "test "+code(clip(t.Name, maxClip))+" fails: "+code(clip(t.Action, maxClip))+" in "+code(clip(t.Where, maxClip))+
			" must be "+verb(t.Expect)+" and is "+verb(t.Got))
	}
	if len(p.Guards) > 0 || p.failedTests() > 0 && !p.Applied {
		out = append(out, "**this plan will not be applied**")
	}
	return out
}

// shownLines is how many lines of an error stand above the folds.
const shownLines = 3

// codeLines are the first lines of an error, each as code.
func codeLines(lines []string) string {
	var parts []string
	for i, l := range lines {
		if i == shownLines && len(lines) > shownLines+1 {
			return strings.Join(parts, " ") + " and " + words.Comma(len(lines)-i) + " more lines"
		}
		parts = append(parts, code(clip(l, maxClip)))
	}
	return strings.Join(parts, " ")
}

// verb says what allow and deny do.
func verb(decision string) string {
	switch decision {
	case "allow":
		return "allowed"
	case "deny":
		return "denied"
	}
	return "undecided"
}

// markdown says what is too much, how much is allowed, and where to allow more.
func (g Guard) markdown() string {
	s := "guard " + code(clip(g.Name, maxClip)) + ": " + g.counts()
	if g.Kind != "" {
		s += " of kind " + code(clip(g.Kind, maxClip))
	}
	s += " planned, " + code(clip(limit(g.Limit), maxClip)) + " allowed; "
	if g.Lift == "" {
		return s + "raise it under `safety` in the payer file"
	}
	return s + "raise it at " + code(clip(g.Lift, maxClip))
}
