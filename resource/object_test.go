package resource

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestObjectRefs(t *testing.T) {
	a, b, c := Ref{Kind: "a", Name: "x"}, Ref{Kind: "b", Name: "x"}, Ref{Kind: "c", Name: "x"}
	o := Object{
		Attrs:  Attrs{"1": Output(b, "id"), "2": Join(Output(a, "id"), Output(b, "arn")), "3": Lit("x"), "4": None()},
		Inputs: Attrs{"1": Output(a, "id")},
		At:     Place{Account: Output(c, "id")},
		After:  []Ref{{Kind: "d", Name: "x"}},
	}
	if diff := cmp.Diff([]Ref{a, b, c}, o.Refs()); diff != "" {
		t.Errorf("Refs (-want +got):\n%s", diff)
	}
	if refs := (Object{}).Refs(); len(refs) != 0 {
		t.Errorf("an empty object refers to %v", refs)
	}
}

func TestObjectJSON(t *testing.T) {
	want := []Object{
		{Ref: Ref{Kind: "ou", Name: "A"}},
		{
			Ref: Ref{Kind: "account", Name: "a@x"}, At: Place{Account: Output(sports, "id"), Region: "eu-west-1"},
			Attrs: Attrs{"a": Lit(""), "b": None(), "c": Output(sports, "id")}, Inputs: Attrs{"d": Lit("x")},
			After: []Ref{sports}, Origin: "a.yaml:3", Facts: map[string]string{FactPool: "p"},
			Outputs: map[string]string{"id": "1"}, Pending: "car-1", Owner: "acme", OwnerRead: true,
		},
	}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got []Object
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s read back (-want +got):\n%s", b, diff)
	}
	if s, _ := json.Marshal(want[0]); strings.Contains(string(s), "At") {
		t.Errorf("a zero place is written: %s", s)
	}
}

func TestStateRefusesTwins(t *testing.T) {
	r := Ref{Kind: "policy", Name: "P"}
	tests := []struct {
		name          string
		first, second Object
		want          string
	}{
		{"ids", Object{Ref: r, Outputs: map[string]string{"id": "p-1"}}, Object{Ref: r, Outputs: map[string]string{"id": "p-2"}}, "policy/P is there twice: p-1 and p-2"},
		{"lines", Object{Ref: r, Origin: "a.yaml:1"}, Object{Ref: r, Origin: "a.yaml:9"}, "policy/P is there twice: a.yaml:1 and a.yaml:9"},
		{"neither", Object{Ref: r}, Object{Ref: r}, "policy/P is there twice: one without an id and one without an id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s State
			if err := s.Add(tt.first); err != nil {
				t.Fatal(err)
			}
			if err := s.Add(tt.second); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if s.Len() != 1 || s.Count("policy") != 1 {
				t.Errorf("the state holds %d objects after a refusal, want 1", s.Len())
			}
		})
	}
}

// TestStateGrow: room for more changes nothing that is there.
func TestStateGrow(t *testing.T) {
	var s State
	for i, name := range []string{"a", "b", "c"} {
		s.Grow(2 * i)
		if err := s.Add(Object{Ref: Ref{Kind: "k", Name: name}, Origin: name}); err != nil {
			t.Fatal(err)
		}
	}
	s.Grow(1000)
	if o, ok := s.Get(Ref{Kind: "k", Name: "b"}); !ok || o.Origin != "b" || s.Len() != 3 || s.Count("k") != 3 {
		t.Errorf("b is %v, %v, among %d and %d", o, ok, s.Len(), s.Count("k"))
	}
	if err := s.Add(Object{Ref: Ref{Kind: "k", Name: "c"}}); err == nil {
		t.Error("a twin is taken")
	}
}

func TestState(t *testing.T) {
	var s State
	if _, found := s.Get(sports); found || s.Len() != 0 || len(s.Kinds()) != 0 {
		t.Error("an empty state holds something")
	}
	for _, name := range []string{"policy/Z", "ou/B", "policy/A", "ou/A"} {
		r, err := ParseRef(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Add(Object{Ref: r, Outputs: map[string]string{"id": "id-" + name}}); err != nil {
			t.Fatal(err)
		}
	}
	c := s.Clone()
	c.Put(Object{Ref: Ref{Kind: "ou", Name: "B"}, Outputs: map[string]string{"id": "new"}})
	c.Put(Object{Ref: Ref{Kind: "role", Name: "R"}})
	if diff := cmp.Diff([]string{"policy/Z", "ou/B", "policy/A", "ou/A"}, names(s.All())); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ou/B", "ou/A"}, names(s.Kind("ou"))); diff != "" {
		t.Errorf("Kind (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"policy/Z", "ou/B", "policy/A", "ou/A", "role/R"}, names(c.All())); diff != "" {
		t.Errorf("All of the clone (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ou", "policy", "role"}, c.Kinds()); diff != "" {
		t.Errorf("Kinds (-want +got):\n%s", diff)
	}
	for state, want := range map[*State]string{&s: "id-ou/B", c: "new"} {
		if got, found := state.Output(Ref{Kind: "ou", Name: "B"}, "id"); !found || got != want {
			t.Errorf("Output: got %q, %v, want %q", got, found, want)
		}
	}
	if _, found := s.Output(Ref{Kind: "ou", Name: "B"}, "arn"); found {
		t.Error("an output that nobody set is found")
	}
	if _, found := s.Output(sports, "id"); found {
		t.Error("an output of an object that is not there is found")
	}
	if s.Count("ou") != 2 || s.Count("role") != 0 || c.Count("role") != 1 {
		t.Errorf("counts: %d, %d, %d", s.Count("ou"), s.Count("role"), c.Count("role"))
	}
	for range s.Kind("ou") {
		break // an early end is no panic
	}
}

func names(objects func(func(Object) bool)) []string {
	var all []string
	for o := range objects {
		all = append(all, o.Ref.String())
	}
	return slices.Clone(all)
}
