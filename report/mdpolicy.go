package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// documentDiff gives the lines in which two values differ, each behind "+ ",
// "- " or two spaces. Of a policy only the statements that differ are shown,
// with the lines around what differs. It gives none where only spacing does.
func documentDiff(before, after string) []string {
	was, ok := parsePolicy(before)
	is, ok2 := parsePolicy(after)
	if ok && ok2 {
		return was.diff(is)
	}
	var out []string
	for _, l := range lineDiff(before, after) {
		if l == "" || strings.IndexByte("+- ", l[0]) < 0 {
			l = "  " + l
		}
		out = append(out, l)
	}
	if before != "" && !document(before) || after != "" && !document(after) {
		return out // in other text a comma may mean something
	}
	return commas(out)
}

// policy is a policy document, apart.
type policy struct {
	statements []statement
	rest       map[string]any // Version, Id
}

// statement is one of a policy, with the lines of its JSON.
type statement struct {
	sid   string
	value map[string]any
	text  string
	lines map[string]bool
}

// parsePolicy reads a document that has statements; ok says that it has.
func parsePolicy(s string) (p policy, ok bool) {
	if s == "" {
		return p, true // there is none: every statement is new
	}
	if s[0] != '{' {
		return p, false
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if d.Decode(&p.rest) != nil || d.More() {
		return p, false
	}
	all, ok := p.rest["Statement"].([]any)
	if one, is := p.rest["Statement"].(map[string]any); is {
		all, ok = []any{one}, true
	}
	delete(p.rest, "Statement")
	for _, v := range all {
		m, is := v.(map[string]any)
		if !is {
			return p, false
		}
		p.statements = append(p.statements, newStatement(m))
	}
	return p, ok
}

func newStatement(m map[string]any) statement {
	var b strings.Builder
	show(&b, m, "")
	b.WriteByte('\n')
	s := statement{value: m, text: b.String(), lines: map[string]bool{}}
	s.sid, _ = m["Sid"].(string)
	for l := range strings.Lines(s.text) {
		s.lines[l] = true
	}
	return s
}

// diff shows the statements that differ, in the order of the new document, then
// those that are gone.
func (p policy) diff(to policy) []string {
	var out []string
	if was, is := showAll(p.rest), showAll(to.rest); was != is {
		out = hunks(out, "", was, is)
	}
	pairs, gone, same := p.pair(to)
	for i, s := range to.statements {
		was := pairs[i]
		if was != nil && was.text == s.text {
			continue
		}
		if was == nil {
			was = &statement{}
		}
		out = hunks(out, s.sid, was.text, s.text)
	}
	for _, s := range gone {
		out = hunks(out, s.sid, s.text, "")
	}
	if len(out) > 0 && same > 0 {
		out = append(out, "  … "+count(same, "other statement stays as it is", "other statements stay as they are"))
	}
	return out
}

// pair finds for each new statement the one it was, by its text, its Sid, or by
// having most lines in common; gone are those that are none of the new.
func (p policy) pair(to policy) (pairs []*statement, gone []statement, same int) {
	pairs = make([]*statement, len(to.statements))
	taken := make([]bool, len(p.statements))
	match := func(is func(was, now *statement) bool) {
		for i := range to.statements {
			for j := range p.statements {
				if pairs[i] == nil && !taken[j] && is(&p.statements[j], &to.statements[i]) {
					pairs[i], taken[j] = &p.statements[j], true
				}
			}
		}
	}
	match(func(was, now *statement) bool { return was.text == now.text })
	for i := range pairs {
		if pairs[i] != nil {
			same++
		}
	}
	match(func(was, now *statement) bool { return was.sid != "" && was.sid == now.sid })
	match(func(was, now *statement) bool {
		common := 0
		for l := range was.lines {
			if now.lines[l] {
				common++
			}
		}
		return 2*common > max(len(was.lines), len(now.lines))
	})
	for j, s := range p.statements {
		if !taken[j] {
			gone = append(gone, s)
		}
	}
	return pairs, gone, same
}

// hunks adds the lines in which two texts differ, with three around them, and
// with the beginning where that is near. name is what the text is called.
func hunks(to []string, name, before, after string) []string {
	d := diff.Diff("before", []byte(before), "after", []byte(after))
	lines := strings.Split(strings.TrimSuffix(string(d), "\n"), "\n")
	if len(lines) < 4 {
		return to
	}
	var out []string
	for i, l := range lines[3:] { // behind the header
		switch {
		case strings.HasPrefix(l, "@@") && i == 0:
			out = begin(out, name, l, before)
		case strings.HasPrefix(l, "@@"):
			out = append(out, "  …")
		case l != "":
			out = append(out, l[:1]+" "+Clean(l[1:]))
		}
	}
	return append(to, commas(out)...)
}

// commas makes lines that differ in their comma only, for another line came
// behind or went, lines that stay.
func commas(lines []string) []string {
	var out []string
	for i := 0; i < len(lines); {
		gone := i
		for i < len(lines) && lines[i][0] == '-' {
			i++
		}
		came := i
		for i < len(lines) && lines[i][0] == '+' {
			i++
		}
		if gone < came && came < i {
			out = alike(out, lines[gone:came], lines[came:i])
			continue
		}
		out = append(out, lines[gone:i]...)
		for i < len(lines) && lines[i][0] != '-' && lines[i][0] != '+' {
			out = append(out, lines[i])
			i++
		}
	}
	return out
}

// alike adds lines that are gone and lines that came, apart at the one that is
// in both.
func alike(to, gone, came []string) []string {
	bare := func(l string) string { return strings.TrimSuffix(l[1:], ",") }
	last := len(gone) - 1 // only a last element has no comma, before or after
	for j, l := range came {
		if bare(gone[last]) == bare(l) {
			to = append(append(to, gone[:last]...), came[:j]...)
			return append(append(to, " "+l[1:]), came[j+1:]...)
		}
	}
	last = len(came) - 1
	for i, l := range gone {
		if bare(came[last]) == bare(l) {
			to = append(append(to, gone[:i]...), came[:last]...)
			return append(append(to, " "+came[last][1:]), gone[i+1:]...)
		}
	}
	return append(append(to, gone...), came...)
}

// nearTop is how many lines may be missing at the top for them to be shown.
const nearTop = 3

// begin adds what stands before the first hunk: the lines themselves, where they
// are few, else whose they are.
func begin(to []string, name, header, before string) []string {
	var start int
	if _, err := fmt.Sscanf(header, "@@ -%d", &start); err != nil || start <= 1 || before == "" {
		return to
	}
	if start > nearTop+1 {
		if name != "" {
			return append(to, "  … in "+Clean(name))
		}
		return append(to, "  …")
	}
	for l := range strings.Lines(before) {
		if start--; start < 1 {
			break
		}
		to = append(to, "  "+Clean(strings.TrimSuffix(l, "\n")))
	}
	return to
}

func showAll(m map[string]any) string {
	if len(m) == 0 {
		return ""
	}
	var b strings.Builder
	show(&b, m, "")
	b.WriteByte('\n')
	return b.String()
}

// usual is the order in which people write the keys of a statement; others
// follow by name.
var usual = []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}

// show writes JSON for reading: what holds one plain value stays on its line.
func show(b *strings.Builder, v any, indent string) {
	in := indent + "  "
	switch v := v.(type) {
	case map[string]any:
		if flat(v) {
			b.WriteByte('{')
			for k, e := range v {
				b.WriteString(plainJSON(k) + ": ")
				show(b, e, "")
			}
			b.WriteByte('}')
			return
		}
		b.WriteString("{\n")
		for i, k := range keys(v) {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString(in + plainJSON(k) + ": ")
			if list, ok := v[k].([]any); ok && strings.HasSuffix(k, "Action") {
				showList(b, list, in) // a list that grows and shrinks: always a line each
			} else {
				show(b, v[k], in)
			}
		}
		b.WriteString("\n" + indent + "}")
	case []any:
		if flat(v) {
			b.WriteByte('[')
			for _, e := range v {
				show(b, e, "")
			}
			b.WriteByte(']')
			return
		}
		showList(b, v, indent)
	default:
		b.WriteString(plainJSON(v))
	}
}

func showList(b *strings.Builder, v []any, indent string) {
	b.WriteString("[\n")
	for i, e := range v {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(indent + "  ")
		show(b, e, indent+"  ")
	}
	b.WriteString("\n" + indent + "]")
}

func keys(m map[string]any) []string {
	out := slices.Sorted(maps.Keys(m))
	slices.SortStableFunc(out, func(a, b string) int { return rank(a) - rank(b) })
	return out
}

func rank(key string) int {
	if i := slices.Index(usual, key); i >= 0 {
		return i
	}
	return len(usual)
}

// flat says that a value holds at most one plain value.
func flat(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			return len(v) == 1 && flat(e)
		}
	case []any:
		return len(v) == 0 || len(v) == 1 && flat(v[0])
	}
	return true
}

// plainJSON is a key or a plain value.
func plainJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "null" // a key, a string, a number, a bool or nil: these encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}
