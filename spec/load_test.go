package spec_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"
	"golang.org/x/tools/txtar"

	"github.com/payer-reconciler/reconciler/spec"
)

var update = flag.Bool("update", false, "write what was got into the archives")

// extract writes an archive into a new repository, without the files that only
// the test reads.
func extract(t testing.TB, a *txtar.Archive) (dir string, files map[string]string) {
	t.Helper()
	dir, files = t.TempDir(), map[string]string{}
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		files[f.Name] = string(f.Data)
		if f.Name == "want" || f.Name == "only" || f.Name == "paths" {
			continue
		}
		write(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	return dir, files
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// report is what Load says, as a person reads it: the names of the payers
// without a mistake, each with its warnings, then one mistake a line.
func report(payers []*spec.Payer, err error) string {
	var b strings.Builder
	for _, p := range payers {
		b.WriteString("ok " + p.Name + "\n")
		for _, w := range p.Warnings {
			b.WriteString(w.Warning() + "\n")
		}
	}
	if err != nil {
		b.WriteString(err.Error() + "\n")
	}
	return b.String()
}

// TestLoad reads each archive of testdata as a repository. The file want holds
// what Load says, paths the paths it is given (without it, the root), only the
// names of payers.
func TestLoad(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir, files := extract(t, a)
			paths := []string{dir}
			if p, ok := files["paths"]; ok {
				paths = nil
				for f := range strings.FieldsSeq(p) {
					paths = append(paths, filepath.Join(dir, f))
				}
			}
			payers, err := spec.Load(paths, spec.Options{Only: strings.Fields(files["only"])})
			got := strings.ReplaceAll(report(payers, err), filepath.ToSlash(dir)+"/", "")
			if *update {
				rewrite(t, name, a, got)
				return
			}
			if diff := cmp.Diff(files["want"], got); diff != "" {
				t.Errorf("Load (-want +got):\n%s", diff)
			}
			checkErrors(t, err)
		})
	}
}

// checkErrors wants the promised types, and a place on every mistake.
func checkErrors(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var all *multierror.Error
	if !errors.As(err, &all) {
		t.Fatalf("the error is a %T", err)
	}
	for _, e := range all.Errors {
		var one *spec.Error
		if !errors.As(e, &one) {
			t.Fatalf("a mistake is a %T", e)
		}
		if one.File == "" || one.Msg == "" || (one.Line < 1 || one.Column < 1) && one.Path != "" {
			t.Errorf("no place or no message: %+v", one)
		}
	}
}

func rewrite(t *testing.T, name string, a *txtar.Archive, want string) {
	t.Helper()
	for i := range a.Files {
		if a.Files[i].Name == "want" {
			a.Files[i].Data = []byte(want)
		}
	}
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}
