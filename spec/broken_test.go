package spec_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/spec"
)

// standing is what a daemon learns of one Load: the payers it gives, and the
// files that it gives none for, with the places of what is wrong.
func standing(payers []*spec.Payer, err error) []string {
	var all []string
	for _, p := range payers {
		all = append(all, "ok "+p.Name)
	}
	for _, b := range spec.Broken(err) {
		line := b.File + " of " + b.Payer + ":"
		for _, e := range b.Errors {
			line += fmt.Sprintf(" %s:%d", e.File, e.Line)
		}
		all = append(all, line)
	}
	return all
}

func payerFile(name, id, more string) string {
	return fmt.Sprintf("apiVersion: reconciler/v1\nkind: Payer\nname: %s\naccountId: %q\n", name, id) + more
}

// TestBroken changes a repository of three payers, and tells who goes on.
func TestBroken(t *testing.T) {
	const ok = "apiVersion: reconciler/v1\nkind: Defaults\n"
	a, c := payerFile("a", "111122223333", ""), payerFile("c", "333344445555", "")
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"nothing", nil, []string{"ok a", "ok b", "ok c"}},
		{"a mistake", map[string]string{"b.yaml": payerFile("b", "222233334444", "zebra: 1\n")}, []string{"ok a", "ok c", "payers/b.yaml of b: payers/b.yaml:5"}},
		{"not YAML", map[string]string{"b.yaml": payerFile("b", "222233334444", "ous: [\n")}, []string{"ok a", "ok c", "payers/b.yaml of b: payers/b.yaml:5"}},
		{"not text", map[string]string{"b.yaml": payerFile("b # the second", "222233334444", "\xff\n")}, []string{"ok a", "ok c", "payers/b.yaml of b: payers/b.yaml:5"}},
		{"a conflict of git", map[string]string{"b.yaml": strings.Replace(payerFile("b", "222233334444", ""), "name: b", "<<<<<<< HEAD\nname: b\n=======\nname: b2\n>>>>>>> x", 1)},
			[]string{"ok a", "ok c", "payers/b.yaml of b: payers/b.yaml:3"}},
		{"no name", map[string]string{"b.yaml": "apiVersion: reconciler/v1\nkind: Payer\n"}, []string{"ok a", "ok c", "payers/b.yaml of : payers/b.yaml:1 payers/b.yaml:1"}},
		{"a name that is none", map[string]string{"b.yaml": payerFile("'b b'", "222233334444", "")}, []string{"ok a", "ok c", "payers/b.yaml of : payers/b.yaml:3"}},
		{"a name in braces", map[string]string{"b.yaml": `{apiVersion: reconciler/v1, kind: Payer, name: b, accountId: 5}`}, []string{"ok a", "ok c", "payers/b.yaml of b: payers/b.yaml:1"}},
		{"removed", map[string]string{"b.yaml": ""}, []string{"ok a", "ok c"}},
		{"not known what", map[string]string{"b.yaml": strings.Replace(payerFile("b", "222233334444", ""), "kind: Payer", "kind: Payr", 1)},
			[]string{"payers/a.yaml of a: payers/b.yaml:2", "payers/b.yaml of b: payers/b.yaml:2", "payers/c.yaml of c: payers/b.yaml:2"}},
		{"a note", map[string]string{"note.yaml": "hello"},
			[]string{"payers/a.yaml of a: payers/note.yaml:1", "payers/b.yaml of b: payers/note.yaml:1", "payers/c.yaml of c: payers/note.yaml:1", "payers/note.yaml of : payers/note.yaml:1"}},
		{"Defaults with a mistake", map[string]string{"d.yaml": ok + "zebra: 1\n"},
			[]string{"payers/a.yaml of a: payers/d.yaml:3", "payers/b.yaml of b: payers/d.yaml:3", "payers/c.yaml of c: payers/d.yaml:3"}},
		{"Defaults that are not YAML", map[string]string{"d.yaml": ok + "tags: [\n"},
			[]string{"payers/a.yaml of a: payers/d.yaml:3", "payers/b.yaml of b: payers/d.yaml:3", "payers/c.yaml of c: payers/d.yaml:3"}},
		{"two Defaults", map[string]string{"d.yaml": ok, "e.yaml": ok},
			[]string{"payers/a.yaml of a: payers/e.yaml:1", "payers/b.yaml of b: payers/e.yaml:1", "payers/c.yaml of c: payers/e.yaml:1"}},
		{"Defaults that fit one", map[string]string{"d.yaml": ok + "access: {roleArn: \"arn:aws:iam::111122223333:role/x\"}\n"},
			[]string{"ok a", "payers/b.yaml of b: payers/d.yaml:3", "payers/c.yaml of c: payers/d.yaml:3"}},
		{"one name", map[string]string{"d.yaml": payerFile("b", "444455556666", "")}, []string{"ok a", "ok c", "payers/b.yaml of b: payers/d.yaml:3", "payers/d.yaml of b: payers/d.yaml:3"}},
		{"one account", map[string]string{"d.yaml": payerFile("d", "222233334444", "")}, []string{"ok a", "ok c", "payers/b.yaml of b: payers/d.yaml:4", "payers/d.yaml of d: payers/d.yaml:4"}},
		{"one name with a mistake", map[string]string{"b.yaml": payerFile("b", "222233334444", "zebra: 1\n"), "d.yaml": payerFile("b", "444455556666", "")},
			[]string{"ok a", "ok c", "payers/b.yaml of b: payers/b.yaml:5 payers/d.yaml:3", "payers/d.yaml of b: payers/d.yaml:3"}},
		{"emails of two others", map[string]string{"a.yaml": a + "accounts: [{name: x, email: x@acme.example}]\n", "c.yaml": c + "accounts: [{name: y, email: y@acme.example}]\n",
			"d.yaml": payerFile("d", "444455556666", "accounts: [{name: x, email: X@acme.example}, {name: y, email: y@acme.example}]\n")},
			[]string{"ok b", "payers/a.yaml of a: payers/d.yaml:5", "payers/c.yaml of c: payers/d.yaml:5", "payers/d.yaml of d: payers/d.yaml:5"}},
		{"a preset with a mistake", map[string]string{"b.yaml": payerFile("b", "222233334444", "presets: [{use: x}]\n"), "../presets/x.yaml": presetHead},
			[]string{"ok a", "ok c", "payers/b.yaml of b: payers/b.yaml:5 presets/x.yaml:1"}},
		{"a lost document", map[string]string{"b.yaml": payerFile("b", "222233334444", "policies: [{name: A, file: gone.json}]\n")}, []string{"ok a", "ok c", "payers/b.yaml of b: payers/b.yaml:5"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]string{"a.yaml": a, "b.yaml": payerFile("b", "222233334444", ""), "c.yaml": c}
			for name, text := range tt.files {
				files[name] = text
			}
			for name, text := range files {
				if text != "" {
					write(t, filepath.Join(dir, "payers", name), text)
				}
			}
			payers, err := spec.Load([]string{dir}, spec.Options{Root: dir})
			if diff := cmp.Diff(tt.want, standing(payers, err)); diff != "" {
				t.Errorf("standing (-want +got):\n%s\nof %v", diff, err)
			}
			if (err == nil) != (len(spec.Broken(err)) == 0) {
				t.Errorf("%d broken, error %v", len(spec.Broken(err)), err)
			}
		})
	}
}

// TestNone: what the call names and what is not there is no mistake of a file.
func TestNone(t *testing.T) {
	dir := t.TempDir()
	sound := filepath.Join(dir, "a.yaml")
	write(t, sound, "apiVersion: reconciler/v1\nkind: Payer\nname: a\naccountId: \"111122223333\"\n")
	write(t, filepath.Join(dir, "b.yaml"), "apiVersion: reconciler/v1\nkind: Payer\nname: b\n")
	for _, tt := range []struct {
		paths, only []string
		want        []bool
	}{
		{[]string{t.TempDir()}, nil, []bool{true}},
		{[]string{filepath.Join(dir, "c.yaml")}, nil, []bool{true}},
		{[]string{sound}, []string{"c"}, []bool{true}},
		{[]string{dir}, nil, []bool{false}},
	} {
		_, err := spec.Load(tt.paths, spec.Options{Only: tt.only})
		var m *multierror.Error
		if !errors.As(err, &m) {
			t.Fatalf("%v %v: %v", tt.paths, tt.only, err)
		}
		var got []bool
		for _, err := range m.Errors {
			var e *spec.Error
			got = append(got, errors.As(err, &e) && e.None)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v %v: %v, want %v\n%v", tt.paths, tt.only, got, tt.want, err)
		}
	}
}

// TestBrokenFolders: a folder that cannot be looked into may hold any payer, an
// empty one holds none.
func TestBrokenFolders(t *testing.T) {
	dir := t.TempDir()
	if got := standing(spec.Load([]string{dir}, spec.Options{Root: dir})); len(got) != 0 {
		t.Errorf("an empty folder: %v", got)
	}
	gone := filepath.Join(dir, "gone")
	if got := standing(spec.Load([]string{gone}, spec.Options{Root: dir})); len(got) != 1 || !strings.HasSuffix(got[0], " of : "+filepath.ToSlash(gone)+":0") {
		t.Errorf("no folder: %v", got)
	}
	write(t, filepath.Join(dir, "a.yaml"), payerFile("a", "111122223333", ""))
	if err := os.Symlink("nowhere", filepath.Join(dir, "payers")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if diff := cmp.Diff([]string{"ok a", "payers of : payers:0"}, standing(spec.Load([]string{dir}, spec.Options{Root: dir}))); diff != "" {
		t.Errorf("a link to nowhere (-want +got):\n%s", diff)
	}
	if err := os.Remove(filepath.Join(dir, "payers")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "payers"), "a file of that name")
	if diff := cmp.Diff([]string{"ok a"}, standing(spec.Load([]string{dir}, spec.Options{Root: dir}))); diff != "" {
		t.Errorf("a file called payers (-want +got):\n%s", diff)
	}
	if spec.Broken(nil) != nil || spec.Broken(errors.New("another")) != nil {
		t.Error("an error that is not of Load has broken files")
	}
}

// TestLoadHoldsNothing: after a thousand loads, good and bad, no file is open
// and no goroutine is left.
func TestLoadHoldsNothing(t *testing.T) {
	open := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skipf("open files cannot be counted here: %v", err)
		}
		return len(list)
	}
	good := withPreset(t, "presets: [{use: x}]\n", "body: {policies: [{name: A, file: a.json}]}\n")
	write(t, filepath.Join(good, "presets", "a.json"), denyS3)
	bad := withPreset(t, "presets: [{use: x}, {use: y}]\npolicies: [{name: A, file: gone.json}]\n", "body: {policies: [{name: A, file: gone.json}]}\n")
	if got := load(good); got != "ok acme\n" {
		t.Fatal(got)
	}
	files, routines := open(), runtime.NumGoroutine()
	for range 500 {
		load(good)
		load(bad)
	}
	if got := open(); got != files {
		t.Errorf("%d files are open, %d were before", got, files)
	}
	if got := runtime.NumGoroutine(); got != routines {
		t.Errorf("%d goroutines, %d before", got, routines)
	}
}
