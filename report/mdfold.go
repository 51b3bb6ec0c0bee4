package report

import (
	"slices"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

// fold is the part of one payer, closed until somebody opens it. A payer that
// equals its file has none.
func (p *Payer) fold() fold {
	f := fold{}
	if lines := p.errorLines(); len(lines) > 0 {
		f.add(section("Error"), fenced("", lines))
	}
	if p.Applied || slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Outcome != "" }) {
		p.appliedPieces(&f)
	} else {
		p.planPieces(&f)
	}
	f.lines("Objects of ours that left the file and stay", p.leftLines())
	p.impactPieces(&f)
	if p.failedTests()+len(p.undecided()) > 0 || len(f.pieces) > 0 {
		p.testPieces(&f)
	}
	if len(f.pieces) == 0 {
		return f
	}
	if s := p.remarks(); s != "" {
		f.text(s + "\n\n")
	}
	if len(p.Changes) > 0 {
		f.diagram(p.Tree)
	}
	f.pieces = slices.Insert(f.pieces, 0, piece{text: "<details>\n" + p.headline() + "\n\n"})
	f.text("</details>\n\n")
	return f
}

func (f *fold) add(pieces ...piece) { f.pieces = append(f.pieces, pieces...) }

func (f *fold) text(s string) { f.add(piece{text: s}) }

// lines adds a diff behind a title; nothing where there are none.
func (f *fold) lines(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	if title != "" {
		f.add(section(title))
	}
	f.add(fenced("diff", lines))
}

// inner adds pieces in a fold of their own.
func (f *fold) inner(title string, of ...piece) {
	f.text("<details>\n<summary>" + title + "</summary>\n\n")
	f.add(of...)
	f.text("</details>\n\n")
}

func section(title string) piece { return piece{text: "**" + title + "**\n\n"} }

// headline is what is seen of a fold that is closed: a line of HTML.
func (p *Payer) headline() string {
	s := "<summary><b>" + codeHTML(clip(p.Name, maxClip)) + "</b>"
	if p.AccountID != "" {
		s += " (" + codeHTML(clip(p.AccountID, maxClip)) + ")"
	}
	switch {
	case p.unknown():
		s += " could not be planned"
	case p.Applied:
		s += ": " + strings.TrimPrefix(p.tally(), ", ")
	default:
		s += ": " + p.Summary.brief(p.Files)
	}
	return s + "</summary>"
}

// tally counts how the changes of an apply ended.
func (p *Payer) tally() string {
	s := some(p.outcomes(done), "done") + some(p.outcomes(failed), "failed") + some(p.outcomes(skipped), "skipped") +
		some(p.outcomes(waiting), "waiting") + some(p.Summary.Blocked, "blocked") + some(p.untried(), "not tried")
	if s == "" {
		return "nothing to do"
	}
	return s
}

// brief counts only what there is.
func (s Summary) brief(files []File) string {
	out := some(s.Create, "to create") + some(s.Update, "to update") + some(s.Delete, "to delete") +
		some(s.Adopt, "to adopt") + some(s.Resume, "to resume") + some(s.Blocked, "blocked") + some(s.Waiting, "waiting")
	if len(files) > 0 {
		out += ", " + count(len(files), "file") + " to write"
	}
	if out == "" {
		return "no changes"
	}
	return strings.TrimPrefix(out, ", ")
}

// planPieces are the changes of a plan: what is done, and what is held.
func (p *Payer) planPieces(f *fold) {
	var act, blocked, waits []string
	docs := documents{room: documentRoom}
	lines := groups(p.Changes, false)
	for i := range lines {
		switch g := &lines[i]; {
		case g.Blocked != "":
			blocked = g.diff(blocked, &docs)
		case g.Waiting != "":
			waits = g.diff(waits, &docs)
		default:
			act = g.diff(act, &docs)
		}
	}
	f.lines("", append(act, fileLines(p.Files, false)...))
	f.lines("Blocked: nothing is done", blocked)
	f.lines("Waiting for AWS", waits)
	docs.fold(f)
}

// appliedPieces are the changes of an apply by how they ended.
func (p *Payer) appliedPieces(f *fold) {
	f.lines("Failed", causeLines(p.causes(failed, red)))
	var finished, stopped, held, untried []string
	lines := groups(p.Changes, false)
	for i := range lines {
		switch g := &lines[i]; {
		case g.Outcome == done:
			finished = g.diff(finished, nil)
		case g.Outcome == skipped:
			stopped = g.diff(stopped, nil)
		case g.Blocked != "":
			held = g.diff(held, nil)
		case g.Outcome == "":
			untried = g.diff(untried, nil)
		}
	}
	f.lines("Skipped, for what they need failed", stopped)
	f.lines("Waiting for AWS", causeLines(p.causes(waiting, blue)))
	f.lines("Blocked: nothing was done", held)
	f.lines("Not tried", untried)
	f.lines("Done", append(finished, fileLines(p.Files, true)...))
}

// remarks are the sentences below the changes.
func (p *Payer) remarks() string {
	var parts []string
	if e := p.Estimate; e != nil && e.Seconds >= 60 && !p.Applied {
		s := "AWS will take about " + words.Estimate(time.Duration(e.Seconds)*time.Second)
		if len(e.By) > 0 {
			s += " (" + e.By[0].markdown() + ")"
		}
		parts = append(parts, s+".")
	}
	if e := p.Estimate; e != nil && !p.Applied {
		parts = append(parts, e.landings()...)
		for _, q := range e.tight() {
			parts = append(parts, "Of "+words.Comma(q.Limit)+" "+code(clip(q.Name, maxClip))+", "+words.Comma(q.Used)+" are taken now and "+words.Comma(q.After)+" after an apply.")
		}
	}
	if p.Snapshot != nil {
		for _, a := range p.Snapshot.Assumed {
			parts = append(parts, "Taken for granted: "+code(clip(a, maxClip))+".")
		}
	}
	if p.ClaimsRoot && !p.Applied {
		parts = append(parts, "An apply first marks the organization's root as owned by "+code(clip(p.Name, maxClip))+".")
	}
	if p.Summary.Unmanaged > 0 && len(p.Changes)+len(p.Files)+len(p.Left) > 0 {
		parts = append(parts, count(p.Summary.Unmanaged, "unmanaged object")+" left alone.")
	}
	return strings.Join(parts, "\n")
}

// markdown says a number of calls and how fast AWS takes them.
func (c Calls) markdown() string {
	if _, ours := operations[c.Operation]; ours {
		return c.text()
	}
	s := c.text()
	i := strings.Index(s, Clean(c.Operation))
	return s[:i] + code(clip(c.Operation, maxClip)) + s[i+len(Clean(c.Operation)):]
}

// landings says what is done on which day, where not all is done today.
func (e *Estimate) landings() []string {
	var out []string
	for i := 0; i < len(e.Lands); {
		day := e.Lands[i].Day
		var calls []string
		for ; i < len(e.Lands) && e.Lands[i].Day == day; i++ {
			calls = append(calls, Calls{Operation: e.Lands[i].Operation, Calls: e.Lands[i].Calls}.markdown())
		}
		when := "Today"
		switch {
		case day == 1:
			when = "Tomorrow"
		case day > 1:
			when = "In " + count(day, "day")
		}
		if len(out) == maxListed {
			return append(out, "And so on until day "+words.Comma(e.Lands[len(e.Lands)-1].Day)+".")
		}
		out = append(out, when+": "+strings.Join(calls, ", ")+".")
	}
	return out
}

// errorText are the lines of an error.
func errorText(s string) []string {
	var out []string
	for l := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		if l = Clean(strings.TrimSpace(strings.ReplaceAll(l, "\t", " "))); l != "" {
			out = append(out, l)
		}
	}
	return out
}
