package report

import (
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// The lines of a diff as sites colour it: what stands first in a line is its
// colour: + green, - red, ! orange, # grey.

// mark is the first character of an op.
func mark(op string) string {
	switch op {
	case "create":
		return "+"
	case "delete":
		return "-"
	}
	return "!"
}

// lineMax is how long a line is before the next part of a change goes below it:
// short, for a narrow screen.
const lineMax = 64

// diff adds the lines of a change. What is created has its content below it, as
// far as docs has room; without docs only its line, for it is done.
func (g *group) diff(to []string, docs *documents) []string {
	e, parts, all := g.head(TextOptions{})
	first := mark(g.Op)
	switch {
	case g.Blocked != "":
		first = "!"
	case g.Waiting != "", g.Outcome == skipped:
		first = "#"
	case g.Op == "adopt":
		e.subject = "adopt " + e.subject
	}
	to = diffLines(to, first, e, parts)
	for _, s := range g.foreign(Clean) {
		to = append(to, "!   "+s)
	}
	if g.Lifted != "" {
		to = append(to, "!   "+g.lifted())
	}
	if all {
		return to
	}
	if g.creates() {
		return docs.add(to, first, g)
	}
	return g.fieldDiff(to)
}

// diffLines adds the line of an entry, and below it those parts of its detail
// that it has no room for, in the same colour.
func diffLines(to []string, first string, e entry, parts []string) []string {
	s := first + " " + e.subject
	for len(parts) > 0 && width(s)+2+width(parts[0]) <= lineMax {
		s += "  " + parts[0]
		parts = parts[1:]
	}
	if e.why != "" {
		s += "  # " + Clean(e.why)
	}
	to = append(to, s)
	for _, p := range parts {
		to = append(to, first+"   "+p)
	}
	return to
}

// fieldDiff adds the fields of a change one below another, documents as the
// statements that differ.
func (g *group) fieldDiff(to []string) []string {
	column := 0
	for _, f := range g.Fields {
		if !f.long() {
			column = max(column, width(Clean(f.Name)))
		}
	}
	for i, f := range g.Fields {
		name := Clean(f.Name)
		if !f.long() {
			to = append(to, "    "+name+strings.Repeat(" ", column-width(name)+2)+g.fieldText(i))
			continue
		}
		lines := documentDiff(value(f.Before), f.after())
		if f.Name == "document" { // letter case and order that mean nothing are not the file's
			name += ", in canonical form"
		}
		switch {
		case f.AfterUnknown:
			name += "  (known after apply where it says ${{ }})"
		case lines == nil:
			name += "  (differs in spacing only)"
		}
		to = append(to, "    "+name)
		for _, l := range lines {
			to = append(to, l[:1]+"  "+l[1:])
		}
	}
	return to
}

// fileLines are the files by the number of their rows.
func fileLines(files []File, applied bool) []string {
	var out []string
	for _, f := range files {
		first := "!"
		switch {
		case f.Error != "":
		case f.Remove == 0 && f.Add > 0:
			first = "+"
		case f.Add == 0 && f.Remove > 0:
			first = "-"
		}
		out = diffLines(out, first, entry{subject: Clean(f.Path)}, []string{f.text(applied)})
	}
	return out
}

func (p *Payer) leftLines() []string {
	var out []string
	for _, e := range leftEntries(p.Left, TextOptions{}) {
		out = diffLines(out, "#", e, []string{e.detail})
		for _, l := range e.below {
			out = append(out, "#   "+l)
		}
	}
	return out
}

// causeLines are reasons with the changes that ended so.
func causeLines(entries []entry) []string {
	var out []string
	for _, e := range entries {
		first := "-"
		if e.symbol == ">" {
			first = "#"
		}
		out = diffLines(out, first, e, nil)
		for _, l := range e.below {
			out = append(out, "    "+l)
		}
	}
	return out
}

// impactPieces say what the plan newly denies and allows.
func (p *Payer) impactPieces(f *fold) {
	var lines []string
	for _, i := range p.Impact {
		lines = i.diff(lines)
	}
	f.lines("What accounts may no longer do, and may do now", lines)
}

// maxActions is how many actions have a line each.
const maxActions = 12

func (i Impact) diff(to []string) []string {
	first, word := "-", "denied"
	if i.Effect == "allowed" {
		first, word = "+", "allowed"
	}
	who := count(i.Accounts, "account")
	if len(i.From) > 0 {
		who = i.movers()
	}
	to = append(to, first+" "+word+" in "+who+":")
	for n, a := range i.sorted() {
		if n == maxActions && len(i.Actions) > maxActions+1 {
			to = append(to, first+"   and "+words.Comma(len(i.Actions)-n)+" more")
			break
		}
		if not, ok := strings.CutPrefix(a, "!"); ok {
			a = "but not " + not
		}
		to = append(to, first+"   "+Clean(a))
	}
	if i.Resource != "" {
		to = append(to, "    on "+Clean(i.Resource))
	}
	if i.Condition != "" {
		to = append(to, "    if "+Clean(i.Condition))
	}
	for _, l := range i.unless(maxListed, Clean) {
		to = append(to, "    "+l)
	}
	switch {
	case len(i.From) > 0:
		to = append(to, "    from "+names(nodes(i.From), maxListed)+" to "+names(nodes(i.OUs), maxListed))
	case len(i.OUs) > 0:
		to = append(to, "    in "+names(nodes(i.OUs), maxListed))
	}
	if len(i.By) > 0 {
		to = append(to, "    by "+names(i.By, maxListed))
	}
	return to
}

// names lists names: the first few and how many more there are.
func names(all []string, most int) string {
	return words.List(each(all, Clean), most)
}

// each gives the names in a form.
func each(all []string, form func(string) string) []string {
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = form(n)
	}
	return out
}
