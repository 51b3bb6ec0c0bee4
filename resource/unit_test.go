package resource

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnit(t *testing.T) {
	for path, want := range map[string]string{"": "root", "Labs": "ou/Labs", `Labs/a\/b`: `ou/Labs/a\/b`} {
		if got := Unit(path).String(); got != want {
			t.Errorf("Unit(%q) = %s, want %s", path, got, want)
		}
	}
}

func TestAbove(t *testing.T) {
	for path, want := range map[string][]string{
		"":             {""},
		"Labs":         {"", "Labs"},
		`Labs/a\/b/c`:  {"", "Labs", `Labs/a\/b`, `Labs/a\/b/c`},
		"Labs/One/Two": {"", "Labs", "Labs/One", "Labs/One/Two"},
	} {
		if diff := cmp.Diff(want, Above(path)); diff != "" {
			t.Errorf("Above(%q) (-want +got):\n%s", path, diff)
		}
	}
}
