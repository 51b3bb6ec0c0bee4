package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/report"
)

func TestMarker(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{nil, "payers="},
		{[]string{"acme-labs"}, "payers=acme-labs"},
		{[]string{"b", "a", "b"}, "payers=a,b"},
		{[]string{"a,b"}, "payers=a%2Cb"},
		{[]string{"x--><script>"}, "payers=x-%2D%3E%3Cscript%3E"},
		{[]string{"-a-", "a--b"}, "payers=%2Da%2D,a-%2Db"},
		{[]string{"é\n"}, "payers=%C3%A9%0A"},
	} {
		if got, want := report.Marker(tt.names), "<!-- reconciler: "+tt.want+" -->"; got != want {
			t.Errorf("Marker(%q) = %s, want %s", tt.names, got, want)
		}
	}
}

func TestMarkerOfManyPayersIsShortAndTheirOwn(t *testing.T) {
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprintf("payer-%04d", i))
	}
	got := report.Marker(names)
	if len(got) > 200 || !strings.HasPrefix(got, "<!-- reconciler: payers=*sha256:") {
		t.Errorf("Marker of 1,000 names = %s", got)
	}
	if got == report.Marker(names[1:]) {
		t.Error("one payer less has the same marker")
	}
}

// TestMarkerOfTouched: a payer that has mistakes or is gone does not change
// which comment the next run replaces.
func TestMarkerOfTouched(t *testing.T) {
	first := func(r *report.Report, o report.MarkdownOptions) string {
		var b strings.Builder
		if err := r.WriteMarkdown(&b, o); err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(b.String(), "\n")
		return line
	}
	want := report.Marker([]string{"a", "b"})
	both := report.New(report.Input{Name: "a"}, report.Input{Name: "b"})
	if got := first(both, report.MarkdownOptions{Payers: []string{"a"}}); got != want {
		t.Errorf("both planned: %s", got)
	}
	one := report.New(report.Input{Name: "b"})
	if got := first(one, report.MarkdownOptions{Payers: []string{"a"}}); got != want {
		t.Errorf("one gone: %s", got)
	}
	none := report.New()
	none.Mistakes = []string{"x"}
	if got := first(none, report.MarkdownOptions{Payers: []string{"b", "a"}}); got != want {
		t.Errorf("with mistakes: %s", got)
	}
}

func FuzzMarker(f *testing.F) {
	f.Add("a", "b")
	f.Add("-->", "--!>")
	f.Add("a,b", "a%2Cb")
	f.Fuzz(func(t *testing.T, a, b string) {
		m := report.Marker([]string{a, b})
		body := strings.TrimSuffix(strings.TrimPrefix(m, "<!--"), "-->")
		if len(body) != len(m)-len("<!---->") || strings.ContainsAny(body, "<>\n\r") || strings.Contains(body, "--") {
			t.Errorf("Marker(%q, %q) = %q", a, b, m)
		}
		if a != b && report.Marker([]string{a}) == report.Marker([]string{b}) {
			t.Errorf("%q and %q have one marker, %s", a, b, m)
		}
	})
}
