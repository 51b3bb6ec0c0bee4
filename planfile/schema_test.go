package planfile

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/schema"
)

// TestSchema: a file with every field fits, and the schema takes no other field.
func TestSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Planfile()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("planfile.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("planfile.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := whole().Write(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fits := func(text string) error {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(v)
	}
	if err := fits(string(b)); err != nil {
		t.Error(err)
	}
	for _, name := range []string{`"payers"`, `"op"`, `"attrs"`, `"sha256"`, `"limit"`, `"output"`} {
		if fits(strings.Replace(string(b), name, `"other":1,`+name, 1)) == nil {
			t.Errorf("the schema takes another field beside %s", name)
		}
	}
}

// whole has every field of every type.
func whole() File {
	f := sample()
	f.RetryFailed, f.AllowSelf = true, true
	sha := strings.Repeat("a", 64)
	o := resource.Object{Ref: resource.Ref{Kind: "root"}, At: resource.Place{Account: resource.Lit("1"), Region: "eu-west-1"},
		Attrs: resource.Attrs{"a": resource.None()}, Inputs: resource.Attrs{"b": resource.Output(resource.Ref{Kind: "root"}, "id")},
		After: []resource.Ref{{Kind: "root"}}, Under: []resource.Ref{{Kind: "root"}}, Origin: "a.yaml:1", Facts: map[string]string{"name": "x"},
		Outputs: map[string]string{"id": "r"}, Pending: "car-1", Owner: "acme", OwnerRead: true}
	c := planner.Change{Op: planner.Adopt, Ref: o.Ref, Fields: []planner.Field{{Name: "a"}}, Usage: []planner.Usage{{Name: "slots", Used: 1, Limit: 2}},
		Blocked: "b", Lifted: "l", Refused: "r", Waiting: "w", Needs: []int{0}, Move: true, Have: &o, Want: &o}
	f.Payers = append(f.Payers, Payer{Name: "whole", AccountID: "333344445555", Commit: "c", Sources: []Source{{"a.yaml", sha}}, ClaimsRoot: true,
		Refers: []resource.Object{o}, CSVs: []CSV{{Source{"a.csv", sha}, 1, 2}},
		Plan: &planner.Plan{Changes: []planner.Change{c}, Left: []planner.Left{{Ref: o.Ref, Name: "l", Attachments: 1, Prunes: true}},
			Unmanaged: []resource.Ref{o.Ref}, Guards: []planner.Guard{{Name: "g", Limit: "1", Planned: 2, Kind: "ou", Lift: "a.yaml:1"}},
			Estimate: planner.Estimate{Seconds: 1, By: []planner.Calls{{Operation: "A", Calls: 1, PerMinute: 6}}}, Unsure: []resource.Ref{o.Ref}}})
	f.Payers[0].Sources[0].SHA256 = sha
	return f
}

// TestWholeIsWhole: so that a field which is new is in the schema too.
func TestWholeIsWhole(t *testing.T) {
	f := whole()
	p := f.Payers[2]
	f.FormatVersion, f.Digest = "1.0", "x" // Write's own
	for _, v := range []any{f, p, p.Sources[0], p.CSVs[0], *p.Plan, p.Plan.Changes[0], p.Plan.Changes[0].Usage[0], *p.Plan.Changes[0].Have,
		p.Plan.Changes[0].Have.At, p.Plan.Left[0], p.Plan.Guards[0], p.Plan.Estimate, p.Plan.Estimate.By[0]} {
		s := reflect.ValueOf(v)
		for i := range s.NumField() {
			if s.Field(i).IsZero() {
				t.Errorf("%T: %s is not set", v, s.Type().Field(i).Name)
			}
		}
	}
}
