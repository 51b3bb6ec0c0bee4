package orgs

import (
	"regexp"
	"strings"
	"testing"
)

// tagValue is the pattern of a tag value in the Organizations API reference.
var tagValue = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$`)

func TestMarkNameFitsATag(t *testing.T) {
	long := strings.Repeat("Größe/", 50)
	seen := map[string]string{}
	for _, tt := range []struct {
		name string
		kept bool // as it is
	}{
		{"Labs", true}, {"Labs/Trial 2", true}, {"a+b@acme.example", true}, {"Größe", true}, {long[:200], true},
		{`A\/B`, false}, {"A_/B", true}, {"100%25", false}, {"x%40root", false}, {"R&D", false}, {"R#D", false}, {"R_D", true},
		{"a!b@acme.example", false}, {long, false}, {long + "x", false}, {"", true},
	} {
		got := MarkName(tt.name)
		if (got == tt.name) != tt.kept {
			t.Errorf("%q is marked as %q, kept: want %v", tt.name, got, tt.kept)
		}
		if !tagValue.MatchString(got) {
			t.Errorf("%q is marked as %q, which no tag can hold", tt.name, got)
		}
		if other, twice := seen[got]; twice {
			t.Errorf("%q and %q are marked alike: %q", other, tt.name, got)
		}
		seen[got] = tt.name
	}
}
