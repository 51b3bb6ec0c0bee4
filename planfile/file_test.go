package planfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

var made = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sample is a file of two payers with every shape of value.
func sample() File {
	labs, policy := resource.Ref{Kind: "ou", Name: "Labs"}, resource.Ref{Kind: "policy", Name: "P\u2028<"}
	return File{ToolVersion: "v1", CreatedAt: made, Payers: []Payer{
		{Name: "acme", AccountID: "111122223333", Commit: "c0ffee", ClaimsRoot: true,
			Sources: []Source{{Path: "acme.yaml", SHA256: "00"}},
			CSVs:    []CSV{{Source: Source{Path: "acme.csv"}, Add: 2}},
			Refers:  []resource.Object{{Ref: labs, Outputs: map[string]string{"id": "ou-1"}}},
			Plan: &planner.Plan{
				Changes: []planner.Change{
					{Op: planner.Create, Ref: policy, Want: &resource.Object{Ref: policy,
						Attrs: resource.Attrs{"a": resource.None(), "b": resource.Lit("x\xff"), "c": resource.Output(labs, "id")}}},
					{Op: planner.Update, Ref: labs, Fields: []planner.Field{{Name: "tags.a", Before: resource.Lit("1"), After: resource.None()}},
						Have: &resource.Object{Ref: labs, OwnerRead: true}, Want: &resource.Object{Ref: labs}},
				},
				Guards:   []planner.Guard{{Name: "maxMoves", Limit: "25%", Planned: 3}},
				Estimate: planner.Estimate{Seconds: 3, By: []planner.Calls{{Operation: "CreateAccount", Calls: 1}}},
			}},
		{Name: "beta", AccountID: "222233334444", Sources: []Source{}, Plan: &planner.Plan{}},
	}}
}

func TestWrittenIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(path, []byte("an older one"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := sample()
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); len(entries) != 1 || err != nil {
		t.Errorf("%d files, %v", len(entries), err)
	}
	got, err := Read(path, "v1", made.Add(MaxAge))
	if err != nil {
		t.Fatal(err)
	}
	want.Payers[0].Plan.Changes[0].Want.Attrs["b"] = resource.Lit("x\ufffd")
	opts := cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(File{}, "FormatVersion", "Digest")}
	if diff := cmp.Diff(&want, got, opts); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if err := want.Write(filepath.Join(t.TempDir(), "none", "plan.json")); err == nil {
		t.Error("written into a folder that is not there")
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	twice, again, empty := sample(), sample(), sample()
	twice.Payers[1].Name = "acme"
	again.Payers[0].Plan.Changes[1].Ref = again.Payers[0].Plan.Changes[0].Ref
	empty.Payers[1].Plan = nil
	for _, tt := range []struct {
		name   string
		file   File
		change func(string) string
		tool   string
		after  time.Duration
		want   error
		says   string
	}{
		{"another tool", sample(), nil, "v2", time.Hour, ErrAnother, "reconciler v1; this is v2"},
		{"another form", sample(), replace(`"formatVersion":"1.0"`, `"formatVersion":"2.0"`), "v1", time.Hour, ErrAnother, "form 2.0"},
		{"25 h old", sample(), nil, "v1", 25 * time.Hour, ErrAge, "it was made at 2026-03-01T12:00:00Z, more than 24 h ago, and is not applied"},
		{"a minute too old", sample(), nil, "v1", 24*time.Hour + time.Minute, ErrAge, "more than 24 h ago"},
		{"of tomorrow", sample(), nil, "v1", -time.Hour, ErrAge, "2026-03-01T12:00:00Z, which is still to come"},
		{"another account", sample(), replace("111122223333", "999922223333"), "v1", 0, ErrDamaged, "its digest is another"},
		{"younger than it is", sample(), replace("2026-03-01T12", "2026-03-02T12"), "v1", 25 * time.Hour, ErrDamaged, "its digest is another"},
		{"cut off", sample(), func(s string) string { return s[:len(s)/2] }, "v1", 0, ErrDamaged, "unexpected end"},
		{"something behind", sample(), func(s string) string { return s + "{}" }, "v1", 0, ErrDamaged, "after top-level value"},
		{"another file", sample(), func(string) string { return `{"payers":[]}` }, "v1", 0, ErrOther, "it is no saved plan"},
		{"a payer file", sample(), func(string) string { return "kind: Payer" }, "v1", 0, ErrOther, "it is no saved plan"},
		{"nothing", sample(), func(string) string { return "" }, "v1", 0, ErrOther, "it is no saved plan"},
		{"a payer twice", twice, nil, "v1", 0, ErrDamaged, "payer acme is in it twice"},
		{"an object twice", again, nil, "v1", 0, ErrDamaged, "is in it twice"},
		{"no plan", empty, nil, "v1", 0, ErrDamaged, "payer 2 has no name, no accountId or no plan"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.file.Write(path); err != nil {
				t.Fatal(err)
			}
			if tt.change != nil {
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(tt.change(string(b))), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Read(path, tt.tool, made.Add(tt.after))
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.says)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none"), "v1", made); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestIs: a plan is one by how it begins, also where it is not to be applied.
func TestIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := sample().Write(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{string(b): true, string(b[:600]): true, string(b[:20]): false, "kind: Payer": false, "": false, `{"payers":[]}`: false} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Is(path); got != want || err != nil {
			t.Errorf("%.30q: %v, %v; want %v", text, got, err, want)
		}
	}
	if is, err := Is(os.DevNull); is || err != nil {
		t.Errorf("a device: %v, %v", is, err)
	}
	if _, err := Is(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestUnknownFieldIsRefused although the digest is right.
func TestUnknownFieldIsRefused(t *testing.T) {
	b := []byte(`{"formatVersion":"1.0","digest":"","toolVersion":"v1","createdAt":"2026-03-01T12:00:00Z","payers":[],"more":1}`)
	signed := strings.Replace(string(b), `"digest":""`, `"digest":"`+sum(b)+`"`, 1)
	if _, err := parse([]byte(signed), "v1", made); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "more") {
		t.Errorf("got %v", err)
	}
}

func replace(old, with string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, with, 1) }
}
