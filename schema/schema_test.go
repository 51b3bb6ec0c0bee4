package schema_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/schema"
)

func compile(t *testing.T) *jsonschema.Schema { return compileOf(t, schema.Payer()) }

// compileOf makes a schema ready to check with.
func compileOf(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fits(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func TestExamplesFit(t *testing.T) {
	files, err := filepath.Glob("../examples/*/payers/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("got %d examples, error %v", len(files), err)
	}
	s := compile(t)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := fits(t, s, b); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestPresetSchema: a preset with the least it needs fits, and each mistake does not.
func TestPresetSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Preset()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("preset.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("preset.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	const least = "apiVersion: reconciler/v1\nkind: Preset\nname: acme/labs\nvendor: Acme\ndescription: Labs\nbody: {}\n"
	for _, right := range []string{"", "parameters: {a: {type: list, description: a, default: [x]}}\n", "form: [{label: a, value: b, $when: \"!a\"}]\n"} {
		if err := fits(t, s, []byte(least+right)); err != nil {
			t.Errorf("%s: %v", right, err)
		}
	}
	for _, wrong := range []string{
		"parameter: {}\n", "parameters: {a: {type: text, description: a}}\n", "parameters: {a: {type: string}}\n", "form: [{label: a}]\n",
		"steps: [{title: a, do: b, url: \"http://acme.example\"}]\n", "checks: [{title: a}]\n", "mail: {to: a}\n",
		"register: {method: GET, url: \"https://acme.example/\", host: acme.example, body: {}}\n",
	} {
		if fits(t, s, []byte(least+wrong)) == nil {
			t.Errorf("fits: %s", wrong)
		}
	}
	if fits(t, s, []byte(strings.Replace(least, "body: {}\n", "", 1))) == nil {
		t.Error("a preset without a body fits")
	}
}

// TestBrokenFilesDoNotFit: what is wrong in shape is refused, each mistake by itself.
func TestBrokenFilesDoNotFit(t *testing.T) {
	a, err := txtar.ParseFile("testdata/broken.txtar")
	if err != nil {
		t.Fatal(err)
	}
	s := compile(t)
	const head = "apiVersion: reconciler/v1\nkind: Payer\nname: acme\naccountId: \"111122223333\"\n"
	if err := fits(t, s, []byte(head)); err != nil {
		t.Fatalf("a file without a mistake: %v", err)
	}
	for _, f := range a.Files {
		text := string(f.Data)
		if !strings.Contains(text, "apiVersion") {
			text = head + text
		}
		if fits(t, s, []byte(text)) == nil {
			t.Errorf("%s fits:\n%s", f.Name, text)
		}
	}
}
