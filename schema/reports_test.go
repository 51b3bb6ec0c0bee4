package schema_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/handoff"
	"github.com/payer-reconciler/reconciler/preflight"
	"github.com/payer-reconciler/reconciler/schema"
)

// TestReportSchemas: the schemas of the JSON reports say of every field of the
// forms, and of no other, and a form with all of them fits.
func TestReportSchemas(t *testing.T) {
	wholeHandoff := handoff.Handoff{FormatVersion: "1.0", Payer: "p", AccountID: "1", Commit: "c", Summary: handoff.Summary{Done: 1}, Vendors: []handoff.Vendor{{
		Preset: "v", Description: "d", Register: "h", Form: []handoff.Value{{Label: "l", Value: "v", Unknown: true, Note: "n"}},
		Mail: &handoff.Mail{To: "t", Subject: "s", Body: "b", Unknown: true}, Links: []handoff.Link{{Role: "r", Account: "1", Name: "n", URL: "u"}},
		Checklist: []handoff.Line{{State: handoff.ByHand, Title: "t", Do: "d", URL: "u", Changes: []string{"c"}, More: 1}},
	}}}
	wholePreflight := preflight.Result{FormatVersion: "1.0", Payer: "p", AccountID: "1", Summary: preflight.Summary{OK: 1},
		Checks: []preflight.Check{{Name: "n", State: preflight.Note, Text: "t", Details: []string{"d"}, Hint: "h"}}}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	wholeStatus := status.Status{FormatVersion: "1.0", Version: "v", StartedAt: at, Now: at, Mode: "apply",
		Git:    status.Git{URL: "u", Branch: "b", Commit: "c", FetchedAt: at, Error: "e", Unverified: "c", Mistakes: []string{"m"}},
		Config: status.Config{Path: "p", LoadedAt: at, Error: "e"},
		Payers: []status.Payer{{Name: "p", AccountID: "1", File: "f", State: status.Paused, Since: at, Commit: "c",
			LastPass: &status.Pass{StartedAt: at, Seconds: 1.5, Result: "ok", Trigger: "timer"}, LastCleanAt: at, NextAt: at,
			Running: &status.Running{Phase: "apply", Since: at, Done: 1, Total: 2}, Error: "e", Failures: 1, Summary: &status.Summary{Create: 1},
			Guards: []string{"g"}, Blocked: []string{"b"}, Accounts: map[string]int{"active": 1}, Pools: []status.Pool{{Name: "s", Wanted: 1}},
			Quota: &status.Quota{Limit: 10, Used: 1}, Lease: &status.Lease{Kind: "s3", Holder: "h", Expires: at, Mine: true},
			Pause: &status.Pause{By: "a", Reason: "r", Since: at, Until: at, From: "command"}}}}
	wholeExplain := explain.Form{FormatVersion: "1.0", Payer: "p", AccountID: "1", Source: "file", Where: "root", Action: "a:B", Resource: "*",
		Context: map[string][]string{"a:b": {"c"}}, Decision: explain.Deny, Notes: []string{"n"},
		By:      []explain.FormStatement{{Node: "root", Type: "SERVICE_CONTROL_POLICY", Policy: "policy/P", Statement: 1, Sid: "s"}},
		NoAllow: []explain.FormNode{{Node: "root", Type: "SERVICE_CONTROL_POLICY"}}}
	for _, tt := range []struct {
		name   string
		schema []byte
		form   any
		wrong  string // a state that is none
	}{
		{"handoff", schema.Handoff(), wholeHandoff, `"state":"by hand"`},
		{"preflight", schema.Preflight(), wholePreflight, `"state":"note"`},
		{"status", schema.Status(), wholeStatus, `"state":"paused"`},
		{"explain", schema.Explain(), wholeExplain, `"decision":"deny"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var doc map[string]any
			if err := json.Unmarshal(tt.schema, &doc); err != nil {
				t.Fatal(err)
			}
			want := map[string]bool{}
			fieldsOf(reflect.TypeOf(tt.form), want)
			got := map[string]bool{}
			propertiesOf(doc, got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("fields (-form +schema):\n%s", diff)
			}
			c := jsonschema.NewCompiler()
			if err := c.AddResource("s.json", doc); err != nil {
				t.Fatal(err)
			}
			compiled, err := c.Compile("s.json")
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(tt.form)
			if err != nil {
				t.Fatal(err)
			}
			for i, b := range [][]byte{text, bytes.Replace(text, []byte(tt.wrong), []byte(`"state":"fine"`), 1)} {
				v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
				if err != nil {
					t.Fatal(err)
				}
				if err := compiled.Validate(v); (err == nil) != (i == 0) {
					t.Errorf("%s: %v", b, err)
				}
			}
		})
	}
}

// fieldsOf collects the JSON names of a struct and of those inside.
func fieldsOf(t reflect.Type, names map[string]bool) {
	for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice}, t.Kind()) {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names[t.Name()+"."+name] = true
		fieldsOf(t.Field(i).Type, names)
	}
}

// propertiesOf collects the properties of a schema and of its definitions.
func propertiesOf(doc map[string]any, names map[string]bool) {
	title := map[string]string{"reconciler handoff": "Handoff", "reconciler preflight": "Result", "reconciler status": "Status", "reconciler explain": "Form"}[doc["title"].(string)]
	add := func(owner string, of any) {
		for p := range of.(map[string]any)["properties"].(map[string]any) {
			names[owner+"."+p] = true
		}
	}
	add(title, doc)
	for name, d := range doc["definitions"].(map[string]any) {
		add(strings.ToUpper(name[:1])+name[1:], d)
	}
}
