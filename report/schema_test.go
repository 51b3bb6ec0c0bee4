package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/schema"
)

// compiled is the schema of the plan, ready to check with.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Plan()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("plan.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("plan.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fits checks what r writes as JSON.
func fits(s *jsonschema.Schema, r *report.Report) error {
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestGoldensFitSchema(t *testing.T) {
	s := compiled(t)
	for name, inputs := range goldens() {
		if err := fits(s, newReport(name, inputs)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := report.New(vocareum())
	r.Payers[0].Changes[0].Op = "destroy"
	if fits(s, r) == nil {
		t.Error("the schema takes an op that is none")
	}
}

// The schema leaves room for later fields, so that fitting it does not show that
// it describes every field; this does.
func TestSchemaDescribesEveryField(t *testing.T) {
	var doc struct {
		definition
		Definitions map[string]definition
	}
	if err := json.Unmarshal(schema.Plan(), &doc); err != nil {
		t.Fatal(err)
	}
	by := struct{ Items definition }{}
	if err := json.Unmarshal(doc.Definitions["estimate"].Properties["by"], &by); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		of   any
		have definition
	}{
		{report.Report{}, doc.definition},
		{report.Notice{}, doc.Definitions["notice"]},
		{report.Payer{}, doc.Definitions["payer"]},
		{report.Summary{}, doc.Definitions["summary"]},
		{report.Change{}, doc.Definitions["change"]},
		{report.Field{}, doc.Definitions["field"]},
		{report.Usage{}, doc.Definitions["usage"]},
		{report.Left{}, doc.Definitions["left"]},
		{report.Guard{}, doc.Definitions["guard"]},
		{report.Estimate{}, doc.Definitions["estimate"]},
		{report.Calls{}, by.Items},
		{report.File{}, doc.Definitions["file"]},
		{report.Unit{}, doc.Definitions["unit"]},
		{report.Impact{}, doc.Definitions["impact"]},
		{report.Scope{}, doc.Definitions["scope"]},
		{report.Test{}, doc.Definitions["test"]},
		{report.Landing{}, doc.Definitions["landing"]},
		{report.Headroom{}, doc.Definitions["headroom"]},
	} {
		all, always := fieldsOf(tt.of)
		var described []string
		for name := range tt.have.Properties {
			described = append(described, name)
		}
		slices.Sort(described)
		slices.Sort(tt.have.Required)
		if diff := cmp.Diff(all, described); diff != "" {
			t.Errorf("%T: properties (-type +schema):\n%s", tt.of, diff)
		}
		if diff := cmp.Diff(always, tt.have.Required); diff != "" {
			t.Errorf("%T: required (-type +schema):\n%s", tt.of, diff)
		}
	}
}

// definition is what the test reads of one object of the schema.
type definition struct {
	Properties map[string]json.RawMessage
	Required   []string
}

// fieldsOf lists the JSON names of a struct, and those that are never left out.
func fieldsOf(v any) (all, always []string) {
	typ := reflect.TypeOf(v)
	for i := range typ.NumField() {
		name, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		all = append(all, name)
		if options == "" {
			always = append(always, name)
		}
	}
	slices.Sort(all)
	slices.Sort(always)
	return all, always
}

// A report can be read back: it is data, not only text.
func TestReadBack(t *testing.T) {
	for name, inputs := range goldens() {
		if name == "nasty" { // holds bytes that are not UTF-8, which JSON cannot
			continue
		}
		r := newReport(name, inputs)
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		var got report.Report
		if err := json.NewDecoder(&b).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(textOf(t, r), textOf(t, &got)); diff != "" {
			t.Errorf("%s: text of the report read back (-want +got):\n%s", name, diff)
		}
	}
}

func textOf(t testing.TB, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	for _, write := range []func(io.Writer) error{
		text(r.WriteText, report.TextOptions{}), text(r.WriteSummary, report.TextOptions{}),
	} {
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}
