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
		Statements(doc)
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

// FuzzEvaluate asks what must hold whatever the policy is: it does not panic, the
// canonical form decides alike, and one more Deny never turns a denial into an
// allowance.
func FuzzEvaluate(f *testing.F) {
	for _, tt := range cases {
		f.Add([]byte(`{"Version":"2012-10-17","Statement":[`+tt.statements+`]}`), "s3:GetObject", object, "a:x", "1")
	}
	f.Fuzz(func(t *testing.T, doc []byte, action, resource, key, value string) {
		p, err := Compile(doc)
		if err != nil {
			return
		}
		r := &Request{Action: action, Resource: resource, Principal: Principal{ARN: ann}, Context: keys{key: {value}}}
		got := Evaluate([]*Policy{p}, r)
		c, err := Canonical(doc)
		if err != nil {
			t.Fatalf("Compile takes %q, Canonical does not: %v", doc, err)
		}
		same, err := Compile([]byte(c))
		if err != nil {
			t.Fatalf("Compile takes %q, but not its canonical form %q: %v", doc, c, err)
		}
		if again := Evaluate([]*Policy{same}, r); again.Effect != got.Effect {
			t.Fatalf("%q decides %v, its canonical form %q %v", doc, got, c, again)
		}
		deny := &Policy{statements: []statement{{deny: true, notAction: true, notResource: true}}}
		if after := Evaluate([]*Policy{p, deny}, r); after.Effect != ExplicitDeny {
			t.Fatalf("%q with a Deny of everything decides %v", doc, after)
		}
		r.Unknown = func(string) bool { return true }
		if sure := Evaluate([]*Policy{p}, r); !sure.Unsure && got.Allowed() != sure.Allowed() {
			t.Fatalf("%q is sure of %v without knowing, but decides %v", doc, sure, got)
		}
		Trust(p, r)
		(&Access{Resource: p, Identity: []*Policy{p}, Boundary: p, Session: []*Policy{p}}).Decide(r)
		p.Keys()
	})
}
