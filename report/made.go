package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// The rule of creations: what is made is told with its content, for who is
// trusted and what may be done is what a review is about. Only kinds whose line
// says all (the ref, the place, the tags of an account that a pool gives) go
// without.

// bare are the kinds whose creation needs no fields.
var bare = map[string]bool{"organization": true, "trusted-service": true, "policy-type": true, "ou": true, "account": true, "attachment": true}

// madeFields are the attributes of what a change creates, by name. What is empty
// and what repeats the name is left out.
func madeFields(c *planner.Change, name string) []Field {
	if c.Op != planner.Create || c.Want == nil || bare[c.Ref.Kind] {
		return nil
	}
	var out []Field
	for k, v := range c.Want.Attrs {
		if v.IsNone() {
			continue
		}
		if s, known := v.Known(); known && (s == "" || k == "name" && (s == name || strings.HasSuffix(name, ":"+s))) {
			continue
		}
		out = append(out, newField(planner.Field{Name: k, Before: resource.None(), After: v}))
	}
	slices.SortFunc(out, func(a, b Field) int { return cmp.Or(order(a.Name)-order(b.Name), strings.Compare(a.Name, b.Name)) })
	return out
}

// order puts who is trusted before what may be done, and both before the rest.
func order(name string) int {
	switch {
	case name == "trust":
		return 0
	case strings.HasPrefix(name, "managed."):
		return 1
	case strings.HasPrefix(name, "inline."), strings.HasPrefix(name, "statement."), name == "document":
		return 3
	}
	return 2
}

// madeLines is how many lines of a document stand below what is created; of a
// longer one its size does.
const madeLines = 40

// made is a field of what is created: a line, and for what is read as lines these.
type made struct {
	line  string
	lines []string
	size  string // of a document: its name, and how large it is
}

// madeColumn is how wide the column of names is at most: a longer name moves no
// other value off a narrow screen.
const madeColumn = 20

// makes are the fields of a creation, names in a column.
func (g *group) makes() []made {
	out := make([]made, len(g.Fields))
	column := 0
	for i := range g.Fields {
		f := &g.Fields[i]
		if f.value() != "" {
			column = max(column, min(width(Clean(f.Name)), madeColumn))
		}
	}
	for i := range g.Fields {
		out[i] = g.make(&g.Fields[i], column)
	}
	return out
}

// make is a field of a creation; short values stand in a column.
func (g *group) make(f *Field, column int) made {
	name := Clean(f.Name)
	head := name + strings.Repeat(" ", max(column-width(name), 0)+2)
	if v := f.value(); v != "" {
		return made{line: head + v}
	}
	if !f.long() {
		return made{line: name}
	}
	line, lines := name, documentLines(f.after())
	switch {
	case f.AfterUnknown:
		line = head + "(known after apply where it says ${{ }})"
	case len(lines) == 1 && width(lines[0]) <= compactMax:
		return made{line: head + lines[0]}
	}
	return made{line: line, lines: lines, size: head + g.documentSize(f.after(), len(lines))}
}

// value is a field of a creation in a line; "" where its name says all, or where
// it is read as lines.
func (f *Field) value() string {
	v := f.after()
	if f.Name == "trust" {
		if s := trustLine(v); s != "" {
			return s
		}
	}
	switch {
	case strings.HasPrefix(f.Name, "managed.") && v == "attached", strings.HasPrefix(f.Name, "member.") && v == "member", f.long():
		return ""
	case f.AfterUnknown:
		return quote(v) + " (known after apply)"
	}
	return quote(v)
}

// documentSize says how large a document is; where its characters are counted
// against a limit, that says them.
func (g *group) documentSize(s string, lines int) string {
	out := count(lines, "line")
	if !slices.ContainsFunc(g.Usage, func(u Usage) bool { return u.Name == "characters" }) {
		out += ", " + count(width(s), "character")
	}
	if n := statementsOf(s); n != "" {
		out = n + ", " + out
	}
	return out
}

// fits says that the lines of a document are to stand below its name, and takes
// the room for them.
func (m *made) fits(room *int) bool {
	n := len(m.lines)
	if n == 0 {
		return true
	}
	if n > madeLines || n > *room {
		return false
	}
	*room -= n
	return true
}

// text are the lines of a field in text: the whole of it where it is short.
func (m *made) text(room *int) []string {
	if !m.fits(room) {
		return []string{m.size + "; --format json shows it"}
	}
	out := []string{m.line}
	for _, l := range m.lines {
		out = append(out, "  "+l)
	}
	return out
}
