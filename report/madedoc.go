package report

import (
	"encoding/json"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// documentLines are a document for reading: of a policy its statements, and of
// what stands beside them only what is unusual. The lines of what is no JSON have
// a bar in front, so that none of them reads as one of the report's own.
func documentLines(s string) []string {
	if p, ok := parsePolicy(s); ok && len(p.statements) > 0 {
		var out []string
		if v := p.rest["Version"]; v == "2012-10-17" {
			delete(p.rest, "Version")
		}
		if len(p.rest) > 0 {
			out = append(out, compact(p.rest)...)
		}
		for i := range p.statements {
			out = append(out, compact(p.statements[i].value)...)
		}
		return out
	}
	var v any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if !document(s) || d.Decode(&v) != nil {
		out := cleanLines(s)
		for i := range out {
			out[i] = strings.TrimRight("| "+out[i], " ")
		}
		return out
	}
	return compact(v)
}

// compactMax is how long a value is that stands in one line.
const compactMax = 72

// compact writes JSON for reading; unlike [show], whose lines are to be compared,
// it keeps on one line what has room there.
func compact(v any) []string {
	var b strings.Builder
	showCompact(&b, v, "")
	return cleanLines(b.String())
}

func showCompact(b *strings.Builder, v any, indent string) {
	if s := inLine(v); s != "" && len(indent)+len(s) <= compactMax {
		b.WriteString(s)
		return
	}
	in := indent + "  "
	switch v := v.(type) {
	case map[string]any:
		b.WriteString("{")
		for i, k := range keys(v) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("\n" + in + plainJSON(k) + ": ")
			showCompact(b, v[k], in)
		}
		b.WriteString("\n" + indent + "}")
	case []any:
		b.WriteString("[")
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("\n" + in)
			showCompact(b, e, in)
		}
		b.WriteString("\n" + indent + "]")
	default:
		b.WriteString(plainJSON(v))
	}
}

// inLine is JSON in one line, "" where that is longer than any line here.
func inLine(v any) string {
	var parts []string
	size := 2
	add := func(s string) bool {
		size += len(s) + 2
		parts = append(parts, s)
		return s != "" && size <= compactMax+2
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range keys(v) {
			if s := inLine(v[k]); s == "" || !add(plainJSON(k)+": "+s) {
				return ""
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, e := range v {
			if !add(inLine(e)) {
				return ""
			}
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return plainJSON(v)
}

func cleanLines(s string) []string {
	out := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i := range out {
		out[i] = Clean(out[i])
	}
	return out
}

// statementsOf counts the statements of a policy by their effect.
func statementsOf(s string) string {
	p, ok := parsePolicy(s)
	if !ok || len(p.statements) == 0 {
		return ""
	}
	var denies, allows int
	for i := range p.statements {
		switch p.statements[i].value["Effect"] {
		case "Deny":
			denies++
		case "Allow":
			allows++
		}
	}
	out := count(len(p.statements), "statement")
	switch {
	case denies+allows != len(p.statements):
		return out
	case allows == 0:
		return out + " (deny)"
	case denies == 0:
		return out + " (allow)"
	}
	return out + " (" + words.Comma(allows) + " allow, " + words.Comma(denies) + " deny)"
}
