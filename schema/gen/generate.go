package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/payer-reconciler/reconciler/spec/file"
)

const module = "github.com/payer-reconciler/reconciler"

// both has every type that the schema defines.
type both struct {
	Payer    file.Payer    `json:"payer"`
	Defaults file.Defaults `json:"defaults"`
}

// one has every type that the schema of presets defines.
type one struct {
	Preset file.Preset `json:"preset"`
}

// generate makes the schema of payer files.
func generate(root string) ([]byte, error) {
	s, err := reflected(root, "spec/file", both{}, "both")
	if err != nil {
		return nil, err
	}
	s.Title = "reconciler payer file"
	s.Description = "What one AWS organization must be (kind: Payer), or what payer files leave out (kind: Defaults)."
	isDefaults := jsonschema.NewProperties()
	isDefaults.Set("kind", &jsonschema.Schema{Const: "Defaults"})
	s.If = &jsonschema.Schema{Properties: isDefaults, Required: []string{"kind"}}
	s.Then = &jsonschema.Schema{Ref: "#/$defs/Defaults"}
	s.Else = &jsonschema.Schema{Ref: "#/$defs/Payer"}
	return written(s)
}

// generatePreset makes the schema of preset files.
func generatePreset(root string) ([]byte, error) {
	s, err := reflected(root, "spec/file", one{}, "one")
	if err != nil {
		return nil, err
	}
	s.Title = "reconciler preset file"
	s.Description = "What a vendor asks of a payer, with parameters."
	s.AllOf = []*jsonschema.Schema{{Ref: "#/$defs/Preset"}}
	return written(s)
}

// reflected makes the definitions of a schema of the types of a package. The
// comments of the fields, which are its descriptions, are read from its source
// under root.
func reflected(root, pkg string, types any, name string) (*jsonschema.Schema, error) {
	r := &jsonschema.Reflector{RequiredFromJSONSchemaTags: true, Anonymous: true, Mapper: special}
	source := map[string]string{}
	comments := &jsonschema.Reflector{CommentMap: source}
	if err := comments.AddGoComments("", filepath.Join(root, pkg)); err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	prefix := filepath.ToSlash(filepath.Join(root, pkg))
	r.CommentMap = map[string]string{}
	for k, v := range source {
		_, name, _ := strings.Cut(k, strings.TrimPrefix(prefix, "/"))
		r.CommentMap[module+"/"+pkg+name] = strings.ReplaceAll(v, "\n", " ")
	}
	s := r.Reflect(types)
	delete(s.Definitions, name)
	for name, def := range s.Definitions {
		if err := finish(name, def); err != nil {
			return nil, err
		}
	}
	s.Version = "http://json-schema.org/draft-07/schema#"
	s.Ref = ""
	return s, nil
}

// written gives a schema as draft 7 has it.
func written(s *jsonschema.Schema) ([]byte, error) {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	b = bytes.ReplaceAll(b, []byte(`"$defs"`), []byte(`"definitions"`))
	b = bytes.ReplaceAll(b, []byte(`#/$defs/`), []byte(`#/definitions/`))
	return append(b, '\n'), nil
}

// special are the types that look otherwise than Go says.
func special(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: lengthOfTime}
	case reflect.TypeFor[file.ID]():
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", MinLength: number(1)}, {Type: "integer"}}}
	case reflect.TypeFor[file.Tag]():
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "null"}}}
	case reflect.TypeFor[file.Amount]():
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: "0"},
			{Type: "string", Pattern: "^(100|[0-9]{1,2})%$"},
		}}
	case reflect.TypeFor[file.Duration]():
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: "3600", Maximum: "43200"},
			{Type: "string", Pattern: "^([0-9]+h)?([0-9]+m)?([0-9]+s?)?$", MinLength: number(1)},
		}}
	case reflect.TypeFor[file.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time", Pattern: `^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$`}
	case reflect.TypeFor[file.AccountQuota]():
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: "1", Maximum: "50000"}, {Const: "auto"},
		}}
	case reflect.TypeFor[file.Null]():
		return &jsonschema.Schema{Type: "null"}
	case reflect.TypeFor[file.Raw]():
		return &jsonschema.Schema{Type: "object"}
	case reflect.TypeFor[file.Any]():
		return &jsonschema.Schema{}
	}
	return nil
}

func number(n uint64) *uint64 { return &n }

// finish turns a struct of shapes into a choice and says what tags cannot.
func finish(name string, def *jsonschema.Schema) error {
	if t, ok := unions[name]; ok {
		return union(t, def)
	}
	for p := def.Properties.Oldest(); p != nil; p = p.Next() {
		s := p.Value
		switch name + "." + p.Key {
		case "Payer.accountId":
			s.OneOf = []*jsonschema.Schema{{Type: "string", Pattern: "^[0-9]{12}$"}, {Type: "integer", Minimum: "100000000000", Maximum: "999999999999"}}
		case "Safety.closeAccounts":
			s.Enum = []any{false}
		case "Safety.maxAccountCreates":
			s.OneOf = s.OneOf[:1]
		case "CSVFile.columns":
			s.Items.Pattern = `^(account_id|my_id|name|email|ou|pool|arn|state|joined|tag:.+)$`
			s.MinItems = number(1)
		}
		if s.Type == "array" && (s.Items.Type == "string" || p.Key == "columns") {
			s.UniqueItems = true
		}
	}
	switch name {
	case "Policy", "IAMPolicy", "PolicyText":
		def.OneOf = []*jsonschema.Schema{{Required: []string{"file"}}, {Required: []string{"document"}}}
	case "Trust", "Members", "Accounts":
		def.MinProperties = number(1)
	case "Surplus":
		park := jsonschema.NewProperties()
		park.Set("action", &jsonschema.Schema{Const: "park"})
		def.If = &jsonschema.Schema{Properties: park}
		def.Then = &jsonschema.Schema{Required: []string{"ou"}}
	}
	return nil
}

// unions are the types that may be written in several shapes, by name: the
// structs whose fields have the tag shape.
var unions = func() map[string]reflect.Type {
	found := map[string]reflect.Type{}
	for _, t := range []reflect.Type{reflect.TypeFor[file.Payer](), reflect.TypeFor[file.Defaults](), reflect.TypeFor[file.Preset]()} {
		findUnions(t, map[reflect.Type]bool{}, found)
	}
	return found
}()

func findUnions(t reflect.Type, seen map[reflect.Type]bool, found map[string]reflect.Type) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || t == reflect.TypeFor[file.Raw]() {
		return
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("shape") != "" {
			found[t.Name()] = t
		}
		findUnions(f.Type, seen, found)
	}
}

func union(t reflect.Type, def *jsonschema.Schema) error {
	var choices []*jsonschema.Schema
	for i := range t.NumField() {
		s, ok := def.Properties.Get(t.Field(i).Name)
		if !ok {
			return fmt.Errorf("type %s: no schema of its shape %s", t, t.Field(i).Name)
		}
		switch {
		case s.Type == "string" && t == unions["CSV"]:
			s.Pattern = `\.csv$`
		case s.Type == "boolean" && t == unions["PublicAccessBlock"]:
			s.Enum = []any{true}
		}
		choices = append(choices, s)
	}
	*def = jsonschema.Schema{OneOf: choices, Description: def.Description}
	return nil
}

// moduleRoot finds the folder with go.mod, from the current one upwards.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find module: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("find module: no go.mod above the current folder")
		}
		dir = up
	}
}
