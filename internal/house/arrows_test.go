package house

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/payer-reconciler/reconciler"

// arrows says which packages of this module a package may import. A name that
// ends in /... stands for all packages below it. The first row that matches a
// package counts, and a package without a row is a mistake: a new room says
// here what it may touch.
//
// The leaves have empty rows. Kinds see each other along Requires, for their
// Refs and for what the required kind has read.
var arrows = []struct{ who, may string }{
	{"words", ""},
	{"resource", ""},
	{"iampolicy", ""},
	{"cloud", ""},
	{"inventory", ""},
	{"gitrepo", "words"},
	{"lease", ""},
	{"presets", ""},
	{"awssim/wire", ""},
	{"awssim/world", "iampolicy"},
	{"awssim", "awssim/wire awssim/world iampolicy"},
	{"strictyaml", ""},
	{"spec/file", ""},
	{"spec", "resource iampolicy spec/file strictyaml"},
	{"schema", ""},
	{"schema/gen", "spec/file daemon/config strictyaml"},
	{"kind", "resource spec cloud"},
	{"kinds/internal/...", "resource spec iampolicy cloud kinds/internal/..."},
	{"kinds/...", "words kind resource spec iampolicy cloud kinds/..."},
	{"kinds", "kind kinds/..."},
	{"impact", "iampolicy resource"},
	{"explain", "iampolicy spec resource strictyaml"},
	{"lint", "words iampolicy spec resource"},
	{"planner", "words resource"},
	{"live", "kind resource spec cloud"},
	{"executor", "planner kind resource spec cloud"},
	{"report", "words planner executor resource"},
	{"forecast", "planner cloud"},
	{"outfile", ""},
	{"planfile", "words outfile planner resource spec"},
	{"comment", ""},
	{"bootstrap", "spec"},
	{"handoff", "spec planner resource report"},
	{"preflight", "reconcile lease planner spec cloud resource report kind"},
	{"reconcile", "words live planner executor inventory gitrepo lease spec kind cloud resource impact explain iampolicy forecast"},
	{"reconcile/tell", "words reconcile report cloud executor spec impact explain planner resource forecast"},
	{"daemon/config", "strictyaml"},
	{"daemon/hook", ""},
	{"daemon/notify", "words"},
	{"daemon/metrics", ""},
	{"daemon/status", "words"},
	{"daemon", "words daemon/... reconcile reconcile/tell report kind gitrepo lease spec cloud executor planner resource inventory"},
	{"snapshot", "cloud outfile spec"},
	{"cmd/reconciler", "words comment snapshot outfile planfile explain lint kinds/chain bootstrap handoff preflight daemon daemon/... gitrepo lease reconcile reconcile/tell report kinds awssim schema presets planner executor spec cloud resource"},
	{"systemd", ""},
	{"internal/...", "..."},
}

// pkg is what the go command says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// packages lists the packages of the module, without their tests, by the path
// below the module.
func packages(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = root
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	all := map[string]pkg{}
	for dec := json.NewDecoder(out); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if name, ok := ours(p.ImportPath); ok {
			all[name] = p
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("go list: %v\n%s", err, said.String())
	}
	return all
}

// ours takes the module's path off an import path.
func ours(importPath string) (string, bool) {
	return strings.CutPrefix(importPath, module+"/")
}

func matches(pattern, name string) bool {
	if below, ok := strings.CutSuffix(pattern, "..."); ok {
		return strings.HasPrefix(name, below)
	}
	return pattern == name
}

// row finds what a package may import.
func row(name string) (may []string, ok bool) {
	for _, r := range arrows {
		if matches(r.who, name) {
			return strings.Fields(r.may), true
		}
	}
	return nil, false
}

// wrongArrows names the imports of a package that its row does not allow.
func wrongArrows(name string, imports []string) (wrong []string) {
	may, ok := row(name)
	if !ok {
		return []string{"(it has no row in arrows)"}
	}
	for _, i := range imports {
		dep, ok := ours(i)
		if ok && !slices.ContainsFunc(may, func(p string) bool { return matches(p, dep) }) {
			wrong = append(wrong, dep)
		}
	}
	return wrong
}

// TestArrows holds every import between the packages of this module against
// the table. A chain of allowed imports is allowed, so nothing points back.
func TestArrows(t *testing.T) {
	all := packages(t)
	if len(all) < 15 {
		t.Fatalf("go list shows %d packages of the module", len(all))
	}
	for name, p := range all {
		if wrong := wrongArrows(name, p.Imports); wrong != nil {
			t.Errorf("%s may not import %s", name, strings.Join(wrong, ", "))
		}
	}
}

// TestArrowsFindMistakes proves that the table can say no.
func TestArrowsFindMistakes(t *testing.T) {
	for _, tt := range []struct{ who, imports, want string }{
		{"planner", "resource", ""},
		{"planner", "resource cloud", "cloud"},
		{"kinds/ou", "kind kinds/organization executor", "executor"},
		{"kinds/internal/orgs", "kinds/ou", "kinds/ou"},
		{"awssim/world", "resource", "resource"},
		{"room", "resource", "(it has no row in arrows)"},
	} {
		var imports []string
		for _, i := range strings.Fields(tt.imports) {
			imports = append(imports, path.Join(module, i))
		}
		if got := strings.Join(wrongArrows(tt.who, imports), " "); got != tt.want {
			t.Errorf("%s with %s: %q, want %q", tt.who, tt.imports, got, tt.want)
		}
	}
}

// TestPlannerIsAlone: the planner is pure. Of this module it sees resource and
// words, at any distance, and of AWS nothing.
func TestPlannerIsAlone(t *testing.T) {
	for _, dep := range packages(t)["planner"].Deps {
		name, own := ours(dep)
		if own && name != "resource" && name != "words" || strings.HasPrefix(dep, "github.com/aws/") || dep == "net" || dep == "net/http" {
			t.Errorf("the planner depends on %s", dep)
		}
	}
}

// TestPurePackages: what is pure neither reads nor writes nor logs, and does
// not ask what time it is of its own.
func TestPurePackages(t *testing.T) {
	all := packages(t)
	for _, name := range []string{"planner", "resource", "iampolicy", "forecast", "words"} {
		p, ok := all[name]
		if !ok {
			t.Errorf("no package %s", name)
		}
		for _, i := range []string{"os", "os/exec", "io/fs", "net", "net/http", "log", "log/slog", "context"} {
			if slices.Contains(p.Imports, i) {
				t.Errorf("%s imports %s", name, i)
			}
		}
	}
}

// TestInternalIsForTests: no package that users run imports one of internal.
func TestInternalIsForTests(t *testing.T) {
	for name, p := range packages(t) {
		for _, i := range p.Imports {
			dep, own := ours(i)
			if own && strings.HasPrefix(dep, "internal/") && !strings.HasPrefix(name, "internal/") {
				t.Errorf("%s imports %s, which is for tests", name, dep)
			}
		}
	}
}
