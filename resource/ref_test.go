package resource

import (
	stdcmp "cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRefText(t *testing.T) {
	tests := []struct {
		ref  Ref
		want string
	}{
		{Ref{Kind: "organization"}, "organization"},
		{Ref{Kind: "ou", Name: "Sports/Football"}, "ou/Sports/Football"},
		{Ref{Kind: "account", Name: "a@x.example"}, "account/a@x.example"},
		{Ref{Kind: "policy", Name: "TAG_POLICY:Cost"}, "policy/TAG_POLICY:Cost"},
		{Ref{Kind: "attachment", Name: "P@ou/Labs"}, "attachment/P@ou/Labs"},
	}
	for _, tt := range tests {
		if got := tt.ref.String(); got != tt.want {
			t.Errorf("String: got %s, want %s", got, tt.want)
		}
		if got, err := ParseRef(tt.want); err != nil || got != tt.ref {
			t.Errorf("ParseRef(%s): got %#v, %v", tt.want, got, err)
		}
	}
	for _, bad := range []string{"", "/", "/a", "ou/"} {
		if got, err := ParseRef(bad); err == nil {
			t.Errorf("ParseRef(%q): got %#v, want an error", bad, got)
		}
	}
}

func TestRefCompareNatural(t *testing.T) {
	order := strings.Fields("account/host account/host-9 account/host-10 account/host-10a account/host-10b2 account/host-10b10 account/host-100 ou/01 ou/1 ou/2 ou/010 ou/18446744073709551616 ou/18446744073709551617")
	for i, a := range order {
		for j, b := range order {
			x, _ := ParseRef(a)
			y, _ := ParseRef(b)
			if got, want := x.CompareNatural(y), stdcmp.Compare(i, j); got != want {
				t.Errorf("%s beside %s: %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestRefJSON(t *testing.T) {
	type doc struct {
		Ref  Ref
		Refs map[Ref]int
	}
	for _, want := range []doc{{Ref: Ref{Kind: "ou", Name: `a\/b`}, Refs: map[Ref]int{{Kind: "ou", Name: "x"}: 1}}, {}} {
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got doc
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s read back (-want +got):\n%s", b, diff)
		}
	}
	var r Ref
	if err := json.Unmarshal([]byte(`"/x"`), &r); err == nil {
		t.Errorf("a ref without a kind was read as %#v", r)
	}
}

func TestRefCompare(t *testing.T) {
	want := []Ref{{}, {Kind: "a"}, {Kind: "a", Name: "b"}, {Kind: "a", Name: "c"}, {Kind: "b", Name: "a"}}
	got := []Ref{want[3], want[4], want[1], want[0], want[2]}
	slices.SortFunc(got, Ref.Compare)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sorted (-want +got):\n%s", diff)
	}
	if !want[0].IsZero() || want[1].IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestEscape(t *testing.T) {
	tests := []struct{ name, want string }{
		{"Labs", "Labs"},
		{"a@b", "a%40b"},
		{"100%", "100%25"},
		{"%40", "%2540"},
		{"%2540", "%252540"},
		{"a\nb\r\u2028\u2029", "a%0Ab%0D%E2%80%A8%E2%80%A9"},
		{"a\vb\fc\u0085d", "a%0Bb%0Cc%C2%85d"},
		{"Łódź / ünïcode", "Łódź / ünïcode"},
	}
	for _, tt := range tests {
		if got := Escape(tt.name); got != tt.want {
			t.Errorf("Escape(%q): got %q, want %q", tt.name, got, tt.want)
		}
		if got := Unescape(tt.want); got != tt.name {
			t.Errorf("Unescape(%q): got %q, want %q", tt.want, got, tt.name)
		}
	}
}

func TestPaths(t *testing.T) {
	tests := []struct {
		names  []string
		path   string
		parent string
	}{
		{nil, "", ""},
		{[]string{"Sports"}, "Sports", ""},
		{[]string{"Sports", "Football"}, "Sports/Football", "Sports"},
		{[]string{"R/D", "a"}, `R\/D/a`, `R\/D`},
		{[]string{"a", "R/D"}, `a/R\/D`, "a"},
		{[]string{`a\`, "b"}, `a\\/b`, `a\\`},
		{[]string{`a\/b`}, `a\\\/b`, ""},
		{[]string{"a@b", "%"}, "a%40b/%25", "a%40b"},
		{[]string{"/", "/"}, `\//\/`, `\/`},
	}
	for _, tt := range tests {
		path := ""
		for _, n := range tt.names {
			path = JoinPath(path, n)
		}
		if path != tt.path {
			t.Errorf("JoinPath of %q: got %s, want %s", tt.names, path, tt.path)
		}
		if diff := cmp.Diff(tt.names, SplitPath(tt.path)); diff != "" {
			t.Errorf("SplitPath(%s) (-want +got):\n%s", tt.path, diff)
		}
		if got := ParentPath(tt.path); got != tt.parent {
			t.Errorf("ParentPath(%s): got %s, want %s", tt.path, got, tt.parent)
		}
	}
}

// FuzzPath checks that names of any letters survive a path and a Ref, and that
// no two lists of names have one path.
func FuzzPath(f *testing.F) {
	f.Add("Sports", "Football")
	f.Add(`a\`, "/b")
	f.Add("%40", "@\n%0A")
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == "" || b == "" {
			t.Skip()
		}
		path := JoinPath(JoinPath("", a), b)
		if diff := cmp.Diff([]string{a, b}, SplitPath(path)); diff != "" {
			t.Errorf("SplitPath(%q) (-want +got):\n%s", path, diff)
		}
		if got, want := ParentPath(path), JoinPath("", a); got != want {
			t.Errorf("ParentPath(%q): got %q, want %q", path, got, want)
		}
		if strings.ContainsAny(path, "@\n\r\v\f\u0085\u2028\u2029") && strings.ToValidUTF8(path, "") == path {
			t.Errorf("the path %q is not safe in a Ref", path)
		}
		if got := Unescape(Escape(a)); got != a {
			t.Errorf("Unescape(Escape(%q)): got %q", a, got)
		}
		r := Ref{Kind: "ou", Name: path}
		if got, err := ParseRef(r.String()); err != nil || got != r {
			t.Errorf("ParseRef(%q): got %#v, %v", r.String(), got, err)
		}
	})
}

func TestAccountOf(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:role/a:b":     "111122223333",
		"arn:aws-cn:iam::111122223333:root":      "111122223333",
		"arn:aws:s3:::bucket/key":                "",
		"arn:aws:iam::aws:policy/ReadOnlyAccess": "",
		"arn:aws:iam::${{account.id}}:root":      "",
		"arn:aws:iam::1111222233x3:root":         "",
		"brn:aws:iam::111122223333:root":         "",
		"arn:aws:iam::111122223333":              "",
		"111122223333":                           "",
		"":                                       "",
	} {
		if got := AccountOf(arn); got != want {
			t.Errorf("AccountOf(%s) = %q, want %q", arn, got, want)
		}
	}
}
