package report

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// ChangeLine is the line of progress for a change that has ended, the done-th
// of total. It has no line feed.
func ChangeLine(c Change, done, total int, o TextOptions) string {
	n := strconv.Itoa(total)
	symbol, colour := look(c.Op)
	s := fmt.Sprintf("[%*d/%s] %s %s", len(n), done, n, o.paint(colour, symbol), subject(c.Ref, c.Name))
	if c.OU != "" {
		s += " -> " + Clean(c.OU)
	}
	switch c.Outcome {
	case failed:
		return s + "  " + o.paint(red, "failed: "+Clean(c.Error))
	case skipped:
		return s + "  " + o.paint(dim, trimTo("skipped", c.Error))
	case waiting:
		return s + "  " + o.paint(blue, trimTo("waiting", c.Error))
	}
	return s
}

// trimTo writes an outcome with its reason, which may begin with it.
func trimTo(outcome, reason string) string {
	reason = strings.TrimPrefix(reason, outcome+": ")
	if reason == "" {
		return outcome
	}
	return outcome + ": " + Clean(reason)
}

// WriteSummary ends an apply: what was done, every cause of failure once with
// what it stopped, what waits, and what to do next.
func (r *Report) WriteSummary(w io.Writer, o TextOptions) error {
	var b strings.Builder
	for i := range r.Payers {
		if i > 0 {
			b.WriteByte('\n')
		}
		r.Payers[i].summary(&b, o)
	}
	return flush(w, &b)
}

func (p *Payer) summary(b *strings.Builder, o TextOptions) {
	p.head(b, o)
	if p.Error != "" {
		errorLines(b, p.Error, o)
	}
	switch {
	case len(p.Guards) > 0:
		for _, g := range p.Guards {
			b.WriteString(o.paint(red, g.text()) + "\n")
		}
		b.WriteString("Nothing was applied.\n")
		return
	case len(p.Changes) == 0 && len(p.Files) == 0:
		if p.Error == "" {
			b.WriteString(p.sentence())
		}
		return
	case !p.Applied && p.outcomes(done)+p.outcomes(failed) == 0:
		b.WriteString("Nothing was applied.\n")
		return
	}
	b.WriteString(p.applied())
	var all []entry
	all = append(all, p.causes(failed, red)...)
	all = append(all, p.causes(waiting, blue)...)
	all = append(all, p.blockedEntries(o)...)
	write(b, append(all, fileEntries(p.Files, true)...), o)
	p.next(b, o)
}

// applied counts the changes by outcome.
func (p *Payer) applied() string {
	ops := map[string]int{}
	for _, c := range p.Changes {
		if c.Outcome == done {
			ops[c.Op]++
		}
	}
	s := "Applied: " + words.Comma(ops["create"]) + " created, " + words.Comma(ops["update"]) + " updated, " + words.Comma(ops["delete"]) + " deleted" +
		some(ops["adopt"], "adopted") + some(ops["resume"], "resumed") + "."
	rest := some(p.outcomes(failed), "failed") + some(p.outcomes(skipped), "skipped") +
		some(p.outcomes(waiting), "waiting") + some(p.Summary.Blocked, "blocked") + some(p.untried(), "not tried")
	if rest != "" {
		s += " " + strings.TrimPrefix(rest, ", ") + "."
	}
	return s + p.Summary.rest() + "\n"
}

// untried counts changes that a pass which ended early did not come to.
func (p *Payer) untried() int {
	return p.outcomes("") - p.Summary.Blocked
}

// requestID is what differs between two errors of one cause.
var requestID = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)

// cause is one reason, and the changes that ended with it.
type cause struct {
	text    string   // of the first change
	differ  bool     // other texts name other objects
	changes []Change // without their errors, so that they group
}

// causesOf gathers the changes of an outcome by reason. Two reasons are one
// where they differ only in the object they name and in AWS's request ids.
func (p *Payer) causesOf(outcome string) []cause {
	var out []cause
	index := map[string]int{}
	for _, c := range p.Changes {
		if c.Outcome != outcome {
			continue
		}
		k := mask(c)
		at, ok := index[k]
		if !ok {
			at = len(out)
			index[k] = at
			out = append(out, cause{text: strings.TrimPrefix(c.Error, outcome+": ")})
		}
		out[at].differ = out[at].differ || strings.TrimPrefix(c.Error, outcome+": ") != out[at].text
		c.Error = ""
		out[at].changes = append(out[at].changes, c)
	}
	return out
}

// mask gives the error of a change without what is its own.
func mask(c Change) string {
	s := requestID.ReplaceAllString(c.Error, "*")
	_, name, _ := strings.Cut(c.Ref, "/")
	for _, own := range []string{c.Ref, name, c.Name} {
		if len(own) > 2 {
			s = strings.ReplaceAll(s, own, "*")
		}
	}
	return withID(s, c.ID)
}

// causes are the entries of an outcome: a cause each, its changes below.
func (p *Payer) causes(outcome, colour string) []entry {
	var out []entry
	for _, c := range p.causesOf(outcome) {
		text := Clean(strings.TrimSpace(c.text))
		switch {
		case text == "":
			text = "no reason was given"
		case c.differ:
			text += " (the first of " + words.Comma(len(c.changes)) + ")"
		}
		e := entry{symbol: "x", colour: colour, subject: outcome + ": " + text}
		if outcome == waiting {
			e.symbol = ">"
		}
		lines := groups(c.changes, false)
		for i := range lines {
			if i == maxCauses && len(lines) > maxCauses+1 {
				e.below = append(e.below, "and "+words.Comma(len(lines)-i)+" more lines")
				break
			}
			e.below = append(e.below, lines[i].brief())
		}
		out = append(out, e)
	}
	return out
}

// maxCauses is how many changes are listed below one cause.
const maxCauses = 10

// brief names the objects of a line and the line of the file.
func (g *group) brief() string {
	s := g.Op + " " + g.subject()
	if g.many() {
		s += " " + ranges(g.ids)
	}
	if g.Why != "" {
		s += "  # " + Clean(g.Why)
	}
	return s
}

// blockedEntries are the lines of what was blocked, without their fields.
func (p *Payer) blockedEntries(o TextOptions) []entry {
	var changes []Change
	for _, c := range p.Changes {
		if c.Blocked != "" {
			changes = append(changes, c)
		}
	}
	lines := groups(changes, o.Verbose)
	out := make([]entry, 0, len(lines))
	for i := range lines {
		e := lines[i].entry(o, new(int))
		e.below = nil
		out = append(out, e)
	}
	return out
}

// next says what a person does now.
func (p *Payer) next(b *strings.Builder, o TextOptions) {
	again := "apply again"
	if o.Saved {
		again = "make a new plan with plan --out, and apply that"
	}
	// A pass that was interrupted ends with an error, and nothing of it failed.
	left := p.Error != "" && p.outcomes(waiting) > 0 && !slices.ContainsFunc(p.Files, func(f File) bool { return f.Error != "" })
	switch {
	case p.outcomes(failed) == 0 && (p.untried() > 0 || left):
		b.WriteString("Next: " + again + "; what is done stays done, and the rest goes on from there.\n")
	case p.outcomes(failed) > 0 || p.Error != "":
		b.WriteString("Next: fix what failed and " + again + "; what is done stays done.\n")
	case p.outcomes(waiting) > 0:
		b.WriteString("Next: " + again + " later; what waits goes on from where it is.\n")
	case p.Summary.Blocked > 0:
		b.WriteString("Next: what is blocked needs a change in the payer file or in AWS; see the reasons.\n")
	}
}
