package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/report"
)

// TestAgeOfASnapshot: an old one is told where reviewers look, and one that is
// still to be taken is none.
func TestAgeOfASnapshot(t *testing.T) {
	dir := t.TempDir()
	shot := filepath.Join(dir, "a.json")
	put(t, filepath.Join(dir, "a.yaml"), small("a", "111122223330"))
	try := func(args ...string) (out, errs string, code int) {
		var o, e bytes.Buffer
		code = run(t.Context(), nil, args, strings.NewReader(""), &o, &e)
		return o.String(), e.String(), code
	}
	if _, errs, code := try("snapshot", "a", "-C", dir, "--sandbox", "--out", shot); code != 0 {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	text := read(t, shot)
	for _, tt := range []struct {
		name string
		age  time.Duration
		want string // of the notice, "" for none
		code int
	}{
		{"fresh", 23 * time.Hour, "", 0},
		{"a day", 25 * time.Hour, "a snapshot that is 25 h old", 0},
		{"a year", 365 * 24 * time.Hour, "a snapshot that is 365 days old", 0},
		{"clocks that differ", -4 * time.Minute, "", 0},
		{"to come", -6 * time.Minute, "", 1},
	} {
		taken := time.Now().Add(-tt.age).UTC().Format(time.RFC3339)
		put(t, shot, regexp.MustCompile(`"takenAt": "[^"]*"`).ReplaceAllLiteralString(text, `"takenAt": "`+taken+`"`))
		out, errs, code := try("plan", "--snapshot", shot, "--format", "json", dir)
		var r report.Report
		if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.Payers) != 1 || code != tt.code {
			t.Fatalf("%s: exit code %d, %v\n%s%s", tt.name, code, err, out, errs)
		}
		p := r.Payers[0]
		if tt.code != 0 {
			if want := "was taken at " + taken + ", which is still to come by the clock here"; !strings.Contains(p.Error, want) || !strings.Contains(errs, want) {
				t.Errorf("%s: error %q\n%s", tt.name, p.Error, errs)
			}
			continue
		}
		if tt.want == "" {
			if len(p.Notices) > 0 || errs != "" {
				t.Errorf("%s: %+v\n%s", tt.name, p.Notices, errs)
			}
			continue
		}
		if len(p.Notices) != 1 || p.Notices[0].Name != report.OldSnapshot || p.Notices[0].Level != report.Caution || !strings.Contains(p.Notices[0].Text, tt.want) ||
			!strings.Contains(errs, "caution: a: This plan is made from "+tt.want) {
			t.Errorf("%s: %+v\n%s", tt.name, p.Notices, errs)
		}
		if out, errs, _ := try("plan", "--snapshot", shot, dir); errs != "" || strings.Count(out, tt.want) != 1 {
			t.Errorf("%s, as text: %s%s", tt.name, out, errs)
		}
	}
}
