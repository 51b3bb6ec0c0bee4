package resource

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Text is a string that may hold outputs of other objects, known only after
// those exist. The zero Text is the empty string. A Text is a value: no
// function changes one.
type Text struct {
	lit   string // the whole value where parts is nil
	parts []part
	none  bool // see None
}

// part is a literal, or one output of one object.
type part struct {
	Lit    string `json:"lit,omitempty"`
	Ref    Ref    `json:"ref,omitzero"`
	Output string `json:"output,omitempty"`
}

// Lit is a text that is known now.
func Lit(s string) Text { return Text{lit: s} }

// None is the wish that an attribute be absent, such as the tag in
// tags: {old: null}. It equals an attribute that a live object does not have.
func None() Text { return Text{none: true} }

// IsNone says that t is [None].
func (t Text) IsNone() bool { return t.none }

// Output is what the object r will give under that name, such as the id that
// ou/Sports will have.
func Output(r Ref, name string) Text { return Text{parts: []part{{Ref: r, Output: name}}} }

// Join writes texts one behind the other.
func Join(ts ...Text) Text {
	var parts []part
	for _, t := range ts {
		for _, p := range t.all() {
			if n := len(parts); p.Ref.IsZero() && n > 0 && parts[n-1].Ref.IsZero() {
				parts[n-1].Lit += p.Lit
				continue
			}
			parts = append(parts, p)
		}
	}
	return normal(parts)
}

func normal(parts []part) Text {
	switch {
	case len(parts) == 0:
		return Text{}
	case len(parts) == 1 && parts[0].Ref.IsZero():
		return Text{lit: parts[0].Lit}
	}
	return Text{parts: parts}
}

func (t Text) all() []part {
	if t.parts != nil {
		return t.parts
	}
	if t.lit == "" {
		return nil
	}
	return []part{{Lit: t.lit}}
}

// Known gives the string, and whether it is known now.
func (t Text) Known() (string, bool) { return t.lit, t.parts == nil }

// Value is the string of a known text, and "" of one that is not.
func (t Text) Value() string { return t.lit }

// Refs lists the objects whose outputs t holds, each once, in order of their place.
func (t Text) Refs() []Ref {
	var refs []Ref
	for _, p := range t.parts {
		if !p.Ref.IsZero() && !slices.Contains(refs, p.Ref) {
			refs = append(refs, p.Ref)
		}
	}
	return refs
}

// Resolve puts in every output that find knows and leaves the others.
func (t Text) Resolve(find func(r Ref, output string) (string, bool)) Text {
	if t.parts == nil {
		return t
	}
	ts := make([]Text, len(t.parts))
	for i, p := range t.parts {
		ts[i] = Text{parts: []part{p}}
		if p.Ref.IsZero() {
			ts[i] = Lit(p.Lit)
		} else if s, ok := find(p.Ref, p.Output); ok {
			ts[i] = Lit(s)
		}
	}
	return Join(ts...)
}

// Map applies f to a text once it is known; until then the result is unknown
// too. It is meant for forms, such as a canonical document, that can be made
// only of the whole value, so f must keep the ${{ }} marks of unknown outputs
// when it is given them: Map calls f on the text with a mark for each output
// and finds the marks again in what f returns. [None] stays None.
func (t Text) Map(f func(string) (string, error)) (Text, error) {
	if t.none {
		return t, nil
	}
	if t.parts == nil {
		s, err := f(t.lit)
		return Lit(s), err
	}
	var b strings.Builder
	marks := map[string]part{}
	begin := t.unused("\u2983")
	for i, p := range t.parts {
		if p.Ref.IsZero() {
			b.WriteString(p.Lit)
			continue
		}
		m := fmt.Sprintf("%s%d\u2984", begin, i)
		marks[m] = p
		b.WriteString(m)
	}
	s, err := f(b.String())
	if err != nil {
		return Text{}, err
	}
	return unmark(s, marks), nil
}

// unused repeats s until no literal of t holds that.
func (t Text) unused(s string) string {
	for run := s; ; run += s {
		if !slices.ContainsFunc(t.parts, func(p part) bool { return strings.Contains(p.Lit, run) }) {
			return run
		}
	}
}

// unmark turns the marks in s back into outputs.
func unmark(s string, marks map[string]part) Text {
	var ts []Text
	for s != "" {
		at, found := len(s), ""
		for m := range marks {
			if i := strings.Index(s, m); i >= 0 && i < at {
				at, found = i, m
			}
		}
		ts = append(ts, Lit(s[:at]))
		if found == "" {
			break
		}
		ts = append(ts, Text{parts: []part{marks[found]}})
		s = s[at+len(found):]
	}
	return Join(ts...)
}

// Equal says whether two texts are the same, unknown outputs included.
func (t Text) Equal(o Text) bool {
	return t.lit == o.lit && t.none == o.none && slices.Equal(t.parts, o.parts)
}

// String shows the text to a person: an output that is not known yet as
// ${{ ou/Sports.id }}.
func (t Text) String() string {
	if t.parts == nil {
		return t.lit
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.Ref.IsZero() {
			b.WriteString(p.Lit)
		} else {
			fmt.Fprintf(&b, "${{ %s.%s }}", p.Ref, p.Output)
		}
	}
	return b.String()
}

// JSON shows a document of JSON, which stays one: an output that is not known
// yet stands in it as ${{ ou/Sports.id }}, with %7D for a brace of a name.
func (t Text) JSON() string {
	return t.Resolve(func(r Ref, output string) (string, bool) {
		b, _ := json.Marshal(strings.ReplaceAll(r.String(), "}", "%7D") + "." + output) // a string always encodes
		return "${{ " + strings.Trim(string(b), `"`) + " }}", true
	}).Value()
}

// MarshalJSON writes a known text as a string, [None] as null, else a list of parts.
func (t Text) MarshalJSON() ([]byte, error) {
	if t.none {
		return []byte("null"), nil
	}
	if t.parts == nil {
		return json.Marshal(t.lit)
	}
	return json.Marshal(t.parts)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Text) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = None()
		return nil
	}
	if len(b) > 0 && b[0] == '"' {
		*t = Text{}
		return json.Unmarshal(b, &t.lit)
	}
	var parts []part
	if err := json.Unmarshal(b, &parts); err != nil {
		return fmt.Errorf("read text: %w", err)
	}
	for _, p := range parts {
		if p.Ref.IsZero() == (p.Lit == "") || p.Ref.IsZero() != (p.Output == "") {
			return fmt.Errorf("read text %s: a part is a literal, or a ref with an output", b)
		}
	}
	*t = normal(parts)
	return nil
}
