package report

import (
	"strings"
)

// look is the symbol and the colour of an op.
func look(op string) (symbol, colour string) {
	switch op {
	case "create":
		return "+", green
	case "update":
		return "~", yellow
	case "delete":
		return "-", red
	case "adopt":
		return "@", cyan
	case "resume":
		return ">", blue
	}
	return "?", ""
}

// subject names an object: its ref, after the name where the ref does not end in it.
func subject(ref, name string) string {
	_, in, _ := strings.Cut(ref, "/")
	if name == "" || name == in || strings.HasSuffix(in, "/"+name) || strings.HasSuffix(in, ":"+name) {
		return Clean(ref)
	}
	return Clean(name) + " (" + Clean(ref) + ")"
}

// plural makes a plural of a kind's name.
func plural(kind string) string {
	if strings.HasSuffix(kind, "y") {
		return Clean(strings.TrimSuffix(kind, "y")) + "ies"
	}
	return Clean(kind) + "s"
}

// subject names the object, or the accounts of a pool, or what is in them.
func (g *group) subject() string {
	if !g.many() {
		return subject(g.Ref, g.Name)
	}
	s := count(len(g.members), g.Kind, plural(g.Kind))
	if g.Kind != "account" {
		s += " " + Clean(g.Name)
	}
	return s + " of pool " + Clean(g.Pool)
}

// entry says everything about a change; of the documents of a creation as many
// lines as there is room for, which it takes.
func (g *group) entry(o TextOptions, room *int) entry {
	e, parts, all := g.head(o)
	e.detail = strings.Join(parts, "  ")
	for _, s := range g.foreign(Clean) {
		e.below = append(e.below, "! "+s)
	}
	if g.Lifted != "" {
		e.below = append(e.below, g.lifted())
	}
	if !all {
		e.below = append(e.below, g.fieldLines(room)...)
	}
	return e
}

// head is the line of a change, the parts of its detail, the reason of what is
// held behind place and sizes, and whether they say all of its fields.
func (g *group) head(o TextOptions) (e entry, parts []string, all bool) {
	e = entry{subject: g.subject(), why: g.Why}
	e.symbol, e.colour = look(g.Op)
	if g.many() {
		parts = append(parts, ranges(g.ids))
	}
	if g.OU != "" && g.Blocked == "" {
		arrow := "-> " + Clean(g.OU)
		if len(parts) > 0 {
			arrow = parts[0] + " " + arrow
		}
		parts = []string{arrow}
	}
	for _, u := range g.Usage {
		parts = append(parts, u.text())
	}
	if g.Op == "resume" && g.Blocked == "" && g.Waiting == "" {
		parts = append(parts, underWay(g.Kind))
	}
	if g.Blocked != "" {
		e.symbol, e.colour = "!", red
		parts = append(parts, held(g.Op, "blocked", g.Blocked))
	} else if g.Waiting != "" {
		e.symbol, e.colour = ">", blue
		parts = append(parts, held(g.Op, "waiting", g.Waiting))
	}
	inline := g.inline()
	if inline != "" && (len(parts) == 0 || len(parts) == 1 && g.many()) && g.fits(parts, inline, o) {
		parts = append(parts, inline)
		all = true
	}
	return e, parts, all || len(g.Fields) == 0
}

// held says why nothing is done; that an update was wanted goes without saying.
func held(op, how, reason string) string {
	s := how + ": " + Clean(reason)
	if op != "update" {
		s = op + " " + s
	}
	return s
}

// lifted says what protection the change goes past.
func (g *group) lifted() string { return "only by --allow-self: " + Clean(g.Lifted) }

func underWay(kind string) string {
	if kind == "account" {
		return "creation under way"
	}
	return "under way in AWS"
}

// inlineMax is how long a field may be to stand behind its object.
const inlineMax = 72

// inline is the only field of a change, where it is short enough.
func (g *group) inline() string {
	if g.creates() && len(g.Fields) == 1 {
		if m := g.makes()[0]; m.lines == nil && width(m.line) <= inlineMax {
			return m.line
		}
		return ""
	}
	if len(g.Fields) != 1 || g.Fields[0].long() {
		return ""
	}
	if s := g.fieldText(0); width(s) <= inlineMax {
		return Clean(g.Fields[0].Name) + "  " + s
	}
	return ""
}

func (g *group) fits(parts []string, inline string, o TextOptions) bool {
	n := 2 + max(subjectMin, width(g.subject())) + 4 + width(inline)
	for _, p := range parts {
		n += width(p) + 2
	}
	return o.Width <= 0 || n <= o.Width
}

// fieldLines are the fields one below another, names in a column, documents as
// the lines that differ.
func (g *group) fieldLines(room *int) []string {
	if g.creates() {
		var out []string
		for _, m := range g.makes() {
			out = append(out, m.text(room)...)
		}
		return out
	}
	column := 0
	for _, f := range g.Fields {
		if !f.long() {
			column = max(column, width(Clean(f.Name)))
		}
	}
	var out []string
	for i, f := range g.Fields {
		name := Clean(f.Name)
		if !f.long() {
			out = append(out, name+strings.Repeat(" ", column-width(name)+2)+g.fieldText(i))
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
		out = append(out, name)
		for _, l := range lines {
			out = append(out, "  "+l)
		}
	}
	return out
}

// fieldText is before and after.
func (g *group) fieldText(i int) string {
	f := g.Fields[i]
	before := "(none)"
	switch {
	case i < len(g.various) && g.various[i]:
		before = "(various)"
	case f.Before != nil:
		before = quote(*f.Before)
	}
	after := "(none)"
	switch {
	case f.AfterUnknown:
		after = "(known after apply)"
	case f.After != nil:
		after = quote(*f.After)
	}
	return before + " -> " + after
}

// long says that the field is shown as lines.
func (f Field) long() bool {
	switch {
	case f.AfterUnknown:
		return long(f.AfterTemplate)
	case f.After == nil || f.Before == nil:
		return long(value(f.After)) || long(value(f.Before))
	}
	return long(*f.Before) || long(*f.After)
}

// after is the new value, as far as it is known.
func (f Field) after() string {
	if f.AfterUnknown {
		return f.AfterTemplate
	}
	return value(f.After)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
