package report

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// long says that a value is read as lines and not as one string: a JSON
// document, or text of several lines.
func long(s string) bool { return document(s) || strings.Contains(s, "\n") }

func document(s string) bool {
	return len(s) > 1 && (s[0] == '{' || s[0] == '[') && json.Valid([]byte(s))
}

// lineDiff gives the lines that differ, each after "+ " or "- ", with a few
// around them; "…" stands where equal lines were left out. Documents are
// indented first. It gives none where only spacing differs.
func lineDiff(before, after string) []string {
	d := diff.Diff("before", pretty(before), "after", pretty(after))
	lines := strings.Split(strings.TrimSuffix(string(d), "\n"), "\n")
	if len(lines) < 4 {
		return nil
	}
	var out []string
	for i, l := range lines[3:] { // behind the header
		switch {
		case strings.HasPrefix(l, "@@") && i == 0:
		case strings.HasPrefix(l, "@@"):
			out = append(out, "…")
		case l != "":
			out = append(out, strings.TrimRight(l[:1]+" "+Clean(l[1:]), " "))
		}
	}
	return out
}

// pretty gives the lines of a value, each with its line feed.
func pretty(s string) []byte {
	var b bytes.Buffer
	if !document(s) || json.Indent(&b, []byte(s), "", "  ") != nil {
		b.Reset()
		b.WriteString(s)
	}
	if b.Len() > 0 && !bytes.HasSuffix(b.Bytes(), []byte("\n")) {
		b.WriteByte('\n')
	}
	return b.Bytes()
}
