package report_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/report"
)

// TestDanger23EscapesInEveryReport renders names that try to fool the reader
// in every form there is: none may reach a terminal.
func TestDanger23EscapesInEveryReport(t *testing.T) {
	in := nasty()
	applied := in
	applied.Err, applied.Files = nil, nil
	for range in.Plan.Changes {
		applied.Outcomes = append(applied.Outcomes, "failed")
		applied.Errs = append(applied.Errs, errors.New("a\x1b[2J\r\nDone.\u202e"))
	}
	forms := map[string]func(io.Writer) error{}
	for name, input := range map[string]report.Input{"plan": in, "apply": applied} {
		r := report.New(input)
		forms[name+" json"] = r.WriteJSON
		for of, o := range map[string]report.TextOptions{"text": {}, "verbose": {Verbose: true}, "narrow": {Width: 40}} {
			forms[name+" "+of] = text(r.WriteText, o)
			forms[name+" summary "+of] = text(r.WriteSummary, o)
		}
	}
	for i, c := range in.Plan.Changes {
		forms["line of "+string(c.Op)] = func(w io.Writer) error {
			_, err := io.WriteString(w, report.ChangeLine(report.NewChange(c, "failed", applied.Errs[i]), 1, 2, report.TextOptions{}))
			return err
		}
	}
	for name, write := range forms {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(name, err)
		}
		if b.Len() == 0 {
			t.Errorf("%s is empty", name)
		}
		if i := strings.IndexFunc(b.String(), obeyed); i >= 0 {
			t.Errorf("%s has something at %d that a terminal obeys: %q", name, i, b.String()[max(0, i-30):i+1])
		}
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimSpace(line); line == "No changes." || line == "Done." {
				t.Errorf("%s has a line that a name wrote: %q", name, line)
			}
		}
	}
}

// obeyed says that a terminal would obey the rune, or hide it.
func obeyed(r rune) bool {
	switch {
	case r == '\n':
		return false
	case r < ' ', r >= 0x7f && r < 0xa0, r == '\ufeff', r == '\u2028', r == '\u2029':
		return true
	}
	return r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2060' && r <= '\u2069'
}
