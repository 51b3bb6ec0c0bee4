package iampolicy

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func seed(f *testing.F) {
	for _, g := range groups {
		for _, doc := range g.docs {
			f.Add([]byte(doc))
		}
	}
	for _, doc := range []string{
		"", "%", "%7B%7D", "{}", "[]", `"\ud83d\ude00"`, `{"Statement":[[],{},null,{"Condition":{"a":{"B":[true,null],"b":1}}}]}`,
		`{"Statement":{"Principal":{"AWS":[]},"Action":["B","b"],"Resource":[1]}}`, `{"a":-0.5e-7,"b":"\\\" "}`,
	} {
		f.Add([]byte(doc))
	}
}

func FuzzCanonical(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		before := bytes.Clone(doc)
		once, err := Canonical(doc)
		if !bytes.Equal(before, doc) {
			t.Fatalf("Canonical changed its argument to %q", doc)
		}
		if err != nil {
			return
		}
		if !json.Valid([]byte(once)) {
			t.Fatalf("Canonical(%q) = %q, not JSON", doc, once)
		}
		if twice, err := Canonical([]byte(once)); err != nil || twice != once {
			t.Fatalf("Canonical(%q) = %q, then %q, %v", doc, once, twice, err)
		}
		Allows(doc)
		for documentType := range documents {
			Check(documentType, doc)
			CheckStatement(documentType, doc)
		}
		CanonicalStatement(doc)
		TrustsWithoutExternalID(doc, "111122223333")
		sent, err := Minify(doc)
		if err != nil {
			return // URL encoded
		}
		if got, want := SizeIAM(doc), Size(sent); got != want {
			t.Fatalf("SizeIAM(%q) = %d, want %d as minified", doc, got, want)
		}
		if again, err := Minify(sent); err != nil || !bytes.Equal(again, sent) {
			t.Fatalf("Minify(%q) = %q, then %q, %v", doc, sent, again, err)
		}
		if c, err := Canonical(sent); err != nil || c != once {
			t.Fatalf("Canonical(Minify(%q)) = %q, %v; want %q", doc, c, err, once)
		}
	})
}

// FuzzParse holds the parser against encoding/json: it takes no more, and less
// only for the reasons that it names.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := CanonicalJSON(doc)
		if err != nil {
			stricter := func(why string) bool { return strings.Contains(err.Error(), why) }
			if json.Valid(doc) && !stricter("twice") && !stricter("surrogate") && !stricter("UTF-8") && !stricter("deeper") {
				t.Fatalf("CanonicalJSON(%q): %v", doc, err)
			}
			return
		}
		var want, have any
		if err := number(doc, &want); err != nil {
			t.Fatalf("CanonicalJSON took %q: %v", doc, err)
		}
		if err := number([]byte(got), &have); err != nil || !reflect.DeepEqual(have, want) {
			t.Fatalf("CanonicalJSON(%q) = %q, %v", doc, got, err)
		}
	})
}

func number(doc []byte, v any) error {
	if !json.Valid(doc) {
		return json.Unmarshal(doc, v)
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	return d.Decode(v)
}
