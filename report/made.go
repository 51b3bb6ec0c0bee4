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
		if s, known := v.Known(); known && (s == "" || k == "name" && s == name) {
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
	size  string // of a document: how large it is
}

// makes are the fields of a creation, names in a column.
func (g *group) makes() []made {
	out := make([]made, len(g.Fields))
	column := 0
	for i := range g.Fields {
		f := &g.Fields[i]
		if f.value() != "" {
			column = max(column, width(Clean(f.Name)))
		}
	}
	for i := range g.Fields {
		f := &g.Fields[i]
		name := Clean(f.Name)
		if v := f.value(); v != "" {
			out[i].line = name + strings.Repeat(" ", column-width(name)+2) + v
		} else if f.long() {
			out[i].line, out[i].lines = name, documentLines(f.after())
			out[i].size = documentSize(f.after(), len(out[i].lines))
			if f.AfterUnknown {
				out[i].line += "  (known after apply where it says ${{ }})"
			}
		} else {
			out[i].line = name
		}
	}
	return out
}

// value is a field of a creation in a line; "" where its name says all, or where
// it is read as lines.
func (f *Field) value() string {
	v := f.after()
	switch {
	case f.Name == "trust":
		return trustLine(v)
	case strings.HasPrefix(f.Name, "managed.") && v == "attached", strings.HasPrefix(f.Name, "member.") && v == "member", f.long():
		return ""
	case f.AfterUnknown:
		return quote(v) + " (known after apply)"
	}
	return quote(v)
}

// documentSize says how large a document is.
func documentSize(s string, lines int) string {
	out := count(lines, "line") + ", " + count(width(s), "character")
	if n := statementsOf(s); n != "" {
		out = n + ", " + out
	}
	return out
}

// text are the lines of a field in text: the whole of it where it is short.
func (m *made) text() []string {
	if len(m.lines) > madeLines {
		return []string{m.line + "  " + m.size + "; --format json shows it"}
	}
	out := []string{m.line}
	for _, l := range m.lines {
		out = append(out, "  "+l)
	}
	return out
}
