package resource

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	sports = Ref{Kind: "ou", Name: "Sports"}
	slash  = Ref{Kind: "ou", Name: `a\/"b`}
)

func TestTextForms(t *testing.T) {
	tests := []struct {
		name   string
		text   Text
		known  bool
		value  string
		shown  string
		refs   []Ref
		isNone bool
	}{
		{name: "zero", known: true},
		{name: "literal", text: Lit("a"), known: true, value: "a", shown: "a"},
		{name: "none", text: None(), known: true, isNone: true},
		{name: "output", text: Output(sports, "id"), shown: "${{ ou/Sports.id }}", refs: []Ref{sports}},
		{
			name: "mixed", text: Join(Lit("a "), Lit("b "), Output(slash, "id"), Output(sports, "arn"), Lit("!"), Output(slash, "arn")),
			shown: `a b ${{ ou/a\/"b.id }}${{ ou/Sports.arn }}!${{ ou/a\/"b.arn }}`, refs: []Ref{slash, sports},
		},
		{name: "join of literals is a literal", text: Join(Lit("a"), Text{}, Lit("b")), known: true, value: "ab", shown: "ab"},
		{name: "join of nothing", text: Join(), known: true},
		{name: "join of none", text: Join(None()), known: true},
		{name: "an output of nothing known is kept through Join", text: Join(Output(sports, "id")), shown: "${{ ou/Sports.id }}", refs: []Ref{sports}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if s, known := tt.text.Known(); known != tt.known || known && s != tt.value {
				t.Errorf("Known: got %q, %v, want %q, %v", s, known, tt.value, tt.known)
			}
			if got := tt.text.Value(); got != tt.value {
				t.Errorf("Value: got %q, want %q", got, tt.value)
			}
			if got := tt.text.String(); got != tt.shown {
				t.Errorf("String: got %q, want %q", got, tt.shown)
			}
			if diff := cmp.Diff(tt.refs, tt.text.Refs()); diff != "" {
				t.Errorf("Refs (-want +got):\n%s", diff)
			}
			if tt.text.IsNone() != tt.isNone {
				t.Errorf("IsNone: got %v", !tt.isNone)
			}
		})
	}
}

func TestTextEqual(t *testing.T) {
	all := []Text{Lit(""), None(), Lit("a"), Output(sports, "id"), Output(sports, "arn"), Output(slash, "id"), Join(Lit("a"), Output(sports, "id"))}
	for i, a := range all {
		for j, b := range all {
			if a.Equal(b) != (i == j) {
				t.Errorf("%#v and %#v: Equal is %v", a, b, i != j)
			}
		}
	}
	if !Join(Lit("a"), Lit("b"), Output(sports, "id")).Equal(Join(Lit("ab"), Output(sports, "id"))) {
		t.Error("the same text put together in two ways is not equal")
	}
}

func TestTextResolve(t *testing.T) {
	find := func(r Ref, output string) (string, bool) { return "id-of-" + r.Name, r == sports && output == "id" }
	text := Join(Lit("a "), Output(sports, "id"), Lit(" b "), Output(sports, "arn"))
	before := text.String()
	got := text.Resolve(find)
	if want := Join(Lit("a id-of-Sports b "), Output(sports, "arn")); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if text.String() != before {
		t.Errorf("Resolve changed the text to %s", text)
	}
	if got := Output(sports, "id").Resolve(find); !got.Equal(Lit("id-of-Sports")) {
		t.Errorf("got %#v, want a literal", got)
	}
	if got := None().Resolve(find); !got.IsNone() {
		t.Errorf("None resolved is %#v", got)
	}
}

func TestTextMap(t *testing.T) {
	quote := func(s string) (string, error) {
		b, err := json.Marshal(s)
		return string(b), err
	}
	tests := []struct {
		name       string
		text, want Text
		f          func(string) (string, error)
	}{
		{"known", Lit("a"), Lit("A"), upper},
		{"none stays none", None(), None(), upper},
		{"marks stay, however the refs read", Join(Lit("a"), Output(slash, "id"), Lit("b")), Join(Lit(`"a`), Output(slash, "id"), Lit(`b"`)), quote},
		{"marks change places", Join(Output(sports, "id"), Lit("-"), Output(slash, "id")), Join(Output(slash, "id"), Lit("-"), Output(sports, "id")), swap},
		{"a mark twice", Output(sports, "id"), Join(Output(sports, "id"), Lit("+"), Output(sports, "id")), func(s string) (string, error) { return s + "+" + s, nil }},
		{"a mark dropped", Join(Lit("a"), Output(sports, "id")), Lit("x"), func(string) (string, error) { return "x", nil }},
		{"eleven marks", Join(many(11)...), Join(many(11)...), func(s string) (string, error) { return s, nil }},
		{"a literal that looks like a mark", Join(Lit("\u29830\u2984 \u29831\u2984"), Output(sports, "id")), Join(Lit("\u29830\u2984 \u29831\u2984"), Output(sports, "id")), func(s string) (string, error) { return s, nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.text.Map(tt.f)
			if err != nil || !got.Equal(tt.want) {
				t.Errorf("got %#v, %v, want %#v", got, err, tt.want)
			}
		})
	}
	bad := errors.New("bad")
	for _, text := range []Text{Lit("a"), Output(sports, "id")} {
		if _, err := text.Map(func(string) (string, error) { return "", bad }); !errors.Is(err, bad) {
			t.Errorf("%s: got %v, want the error of f", text, err)
		}
	}
}

func upper(s string) (string, error) { return strings.ToUpper(s), nil }

func swap(s string) (string, error) {
	a, b, _ := strings.Cut(s, "-")
	return b + "-" + a, nil
}

func many(n int) []Text {
	var ts []Text
	for i := range n {
		ts = append(ts, Lit("x"), Output(sports, strings.Repeat("o", i+1)))
	}
	return ts
}

func TestTextJSON(t *testing.T) {
	tests := []struct {
		text Text
		want string
	}{
		{Lit(""), `""`},
		{Lit("a\n\"b"), `"a\n\"b"`},
		{None(), `null`},
		{Output(Ref{Kind: "organization"}, "id"), `[{"ref":"organization","output":"id"}]`},
		{Join(Lit("a"), Output(slash, "id")), `[{"lit":"a"},{"ref":"ou/a\\/\"b","output":"id"}]`},
	}
	for _, tt := range tests {
		b, err := json.Marshal(tt.text)
		if err != nil || string(b) != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.text, b, err, tt.want)
		}
		got := Lit("old")
		if err := json.Unmarshal(b, &got); err != nil || !got.Equal(tt.text) {
			t.Errorf("%s read back: got %#v, %v", b, got, err)
		}
	}
	for _, bad := range []string{`3`, `{}`, `[1]`, `[{"ref":"/x","output":"id"}]`, `[{"ref":"ou/x"}]`, `[{"output":"id"}]`, `"a`} {
		var got Text
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read as %#v, want an error", bad, got)
		}
	}
}

// FuzzTextMap checks that a form which keeps the marks keeps the outputs.
func FuzzTextMap(f *testing.F) {
	f.Add("a", "Sports", "id", "b")
	f.Add(`{"x":"`, `a\/"b`, "arn", `"}`)
	f.Add("\u29831\u2984", "\u2983", "\u2984", "\u29830\u2984")
	f.Add("\uff5f", "n", "o", "\u2983")
	f.Fuzz(func(t *testing.T, before, name, output, after string) {
		if name == "" || output == "" {
			t.Skip()
		}
		text := Join(Lit(before), Output(Ref{Kind: "ou", Name: name}, output), Lit(after), Output(sports, "id"))
		got, err := text.Map(func(s string) (string, error) { return s, nil })
		if err != nil || !got.Equal(text) {
			t.Errorf("got %#v, %v, want %#v", got, err, text)
		}
	})
}

// FuzzTextJSON checks that any text is read back as it was written.
func FuzzTextJSON(f *testing.F) {
	f.Add("a", "Sports", "id")
	f.Add("", "a/b\\", "arn")
	f.Fuzz(func(t *testing.T, lit, name, output string) {
		lit, name, output = strings.ToValidUTF8(lit, "?"), strings.ToValidUTF8(name, "?"), strings.ToValidUTF8(output, "?")
		if name == "" || output == "" {
			t.Skip()
		}
		for _, text := range []Text{Lit(lit), Join(Lit(lit), Output(Ref{Kind: "ou", Name: name}, output))} {
			b, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			var got Text
			if err := json.Unmarshal(b, &got); err != nil || !got.Equal(text) {
				t.Errorf("%s: got %#v, %v, want %#v", b, got, err, text)
			}
		}
	})
}

// TestTextAsJSON: a document stays JSON, whatever the names of its references are,
// and the end of a reference is none of its name.
func TestTextAsJSON(t *testing.T) {
	doc := Join(Lit(`{"Resource":"`), Output(Ref{Kind: "role", Name: `a}}"b\c` + "\u2028"}, "arn"), Lit(`/x"}`))
	var read struct{ Resource string }
	if err := json.Unmarshal([]byte(doc.JSON()), &read); err != nil {
		t.Fatalf("%s: %v", doc.JSON(), err)
	}
	if want := "${{ role/a%7D%7D\"b\\c\u2028.arn }}/x"; read.Resource != want {
		t.Errorf("read %q, want %q", read.Resource, want)
	}
	if got := Lit(`{}`).JSON(); got != `{}` {
		t.Errorf("without references: %s", got)
	}
}
