package strictyaml

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var tool = File{Name: "a tool file", Begin: "it needs a name", Depth: 5, Values: 40, Aliased: 10, Copied: 100}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"nothing", "", "1:1: is empty: it needs a name"},
		{"a comment", "# later\n", "1:1: is empty: it needs a name"},
		{"null", "~\n", "1:1: is empty: it needs a name"},
		{"a byte", "a: b\nnäme: \"\xff\"\n", `2:8: byte 0xff is not text in UTF-8`},
		{"NUL", "a: \x00\n", "1:4: byte 0x00 is not text in UTF-8"},
		{"two documents", "a: b\n---\nc: d\n", "2:1: a second document: a tool file has one"},
		{"a comment behind", "a: b\n---\n# no more\n", ""},
		{"a mistake behind", "a: b\n---\nc: [\n", "3:1: not YAML: did not find expected node content"},
		{"a tab", "a:\n\t- b\n", "2:1: not YAML: found character that cannot start any token"},
		{"a key that breaks a block", "a: b\nc: d\n e: f\n", "3:1: not YAML: mapping values are not allowed in this context"},
		{"an alias of nothing", "a: b\nnäme: *x\n", "2:7: not YAML: unknown anchor 'x' referenced"},
		{"an alias of nothing, perhaps in a comment", "a: b # *x\nc: *x\n", "1:1: not YAML: unknown anchor 'x' referenced"},
		{"depth", "a: {b: {c: {d: {e: {f: g}}}}}\n", "1:21: values nest deeper than 5 levels"},
		{"an alias of itself", "a: &a {b: *a}\n", "1:8: values nest deeper than 5 levels"},
		{"aliases", "a: &a [1, 2, 3, 4]\nb: [*a, *a]\n", ""},
		{"many aliases", "a: &a [1, 2, 3, 4, 5, 6]\nb: [*a, *a]\n", "1:14: aliases stand for more than 10 values"},
		{"long aliases", "a: &a " + strings.Repeat("x", 60) + "\nb: [*a, *a]\n", "2:9: aliases stand for more than 100 bytes of text"},
		{"values", "[" + strings.Repeat("1, ", 39) + "1]", "1:119: more than 40 values"},
		{"as many values as may be", "[" + strings.Repeat("1, ", 38) + "1]", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, m := Parse([]byte(c.src), tool)
			got := ""
			if m != nil {
				got = fmt.Sprintf("%d:%d: %s", m.Line, m.Column, m.Msg)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
			if (n == nil) != (m != nil) {
				t.Errorf("Parse gives %v and %v", n, m)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a: &a [*a]\n---\n")
	f.Add("? [\n: }")
	f.Add("%YAML 1.1\n--- !!binary x\n")
	f.Fuzz(func(t *testing.T, src string) {
		n, m := Parse([]byte(src), tool)
		switch {
		case (n == nil) == (m == nil):
			t.Fatalf("Parse gives %v and %v", n, m)
		case m != nil && (m.Line < 1 || m.Column < 1 || m.Line > 1+bytes.Count([]byte(src), []byte("\n"))):
			t.Fatalf("%v is no place of the text", m)
		}
	})
}
