package strictyaml

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

func TestMeant(t *testing.T) {
	known := []string{"name", "interval", "OU path", "été"}
	for name, want := range map[string]string{
		"nam":                    ` (did you mean "name"?)`,
		"Interval":               ` (did you mean "interval"?)`,
		"“name”":                 ` (did you mean "name"?)`,
		"ou path":                ` (did you mean "OU path"?)`,
		"ete":                    "",
		"something":              "",
		"":                       "",
		strings.Repeat("x", 999): "",
	} {
		if got := Meant(name, known); got != want {
			t.Errorf("Meant(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestShown(t *testing.T) {
	for s, want := range map[string]string{
		"a b":                           "a b",
		"a\x1b[2Jb\u202ec\n":            "a\ufffd[2Jb\ufffdc\ufffd",
		strings.Repeat("ü", most):       strings.Repeat("ü", most),
		strings.Repeat("ü", most) + "x": strings.Repeat("ü", most) + "…",
	} {
		if got := Shown(s); got != want || !utf8.ValidString(got) {
			t.Errorf("Shown(%q) = %q, want %q", s, got, want)
		}
	}
	if got, want := Quoted(`a "b\c"`), `"a \"b\c\""`; got != want {
		t.Errorf("Quoted gives %s, want %s", got, want)
	}
}

func TestPaths(t *testing.T) {
	for key, want := range map[string]string{
		"name":                  "ous[0].name",
		"a b":                   `ous[0]["a b"]`,
		"1st":                   `ous[0]["1st"]`,
		"":                      `ous[0][""]`,
		strings.Repeat("x", 81): `ous[0]["` + strings.Repeat("x", 80) + `…"]`,
	} {
		if got := Child(Entry("ous", 0), key); got != want {
			t.Errorf("Child(%q) = %s, want %s", key, got, want)
		}
	}
	if got := Child("", "ous"); got != "ous" {
		t.Errorf("Child at the top = %s", got)
	}
}

func TestNull(t *testing.T) {
	for src, want := range map[string]bool{"a: ~": true, "a:": true, "a: null": true, `a: ""`: false, "a: []": false, "a: nil": false} {
		n, m := Parse([]byte(src), tool)
		if m != nil {
			t.Fatal(m)
		}
		if got := IsNull(n.Content[1]); got != want {
			t.Errorf("IsNull of %s = %t", src, got)
		}
	}
	anchor := &yaml.Node{Kind: yaml.ScalarNode, Value: "x"}
	if got := Deref(&yaml.Node{Kind: yaml.AliasNode, Alias: anchor}); got != anchor {
		t.Errorf("Deref gives %v", got)
	}
}
