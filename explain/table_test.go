package explain

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// load reads a payer file that must be without a mistake.
func load(t testing.TB, path string) *spec.Payer {
	t.Helper()
	payers, err := spec.Load([]string{path}, spec.Options{Presets: presets.FS})
	if err != nil || len(payers) != 1 {
		t.Fatalf("load %s: %d payers, %v", path, len(payers), err)
	}
	return payers[0]
}

func offline(t testing.TB, p *spec.Payer) *Tree {
	t.Helper()
	tree, err := Offline(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// rows reads the lines of a table, without comments, each as its columns.
func rows(t testing.TB, text string, columns int) [][]string {
	t.Helper()
	var all [][]string
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		cells := strings.Split(l, "|")
		if len(cells) != columns {
			t.Fatalf("%d columns, want %d: %s", len(cells), columns, l)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		all = append(all, cells)
	}
	return all
}

// short stand for what the table says often.
var short = strings.NewReplacer(
	"$us", "aws:RequestedRegion=us-east-1",
	"$voc", "aws:PrincipalArn=arn:aws:iam::444455556666:role/vocareum",
	"$lab", "aws:PrincipalArn=arn:aws:iam::444455556666:role/voclabs",
	"$role", "arn:aws:iam::444455556666:role",
)

func contextOf(t testing.TB, cell string) map[string][]string {
	t.Helper()
	context := map[string][]string{}
	for _, pair := range strings.Split(cell, ";") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		if err := AddContext(context, pair); err != nil {
			t.Fatal(err)
		}
	}
	return context
}

// decided is who decides, as the table writes it.
func decided(a *Answer) string {
	var by []string
	if a.Decision == Allow {
		return ""
	}
	for _, s := range a.By {
		by = append(by, s.Policy.Name+"#"+s.Name())
	}
	if len(by) == 0 {
		for _, c := range a.Closed {
			by = append(by, "no allow "+c.Node.String())
		}
	}
	return strings.Join(by, " ")
}

// TestVocareum holds what was decided by hand against what is evaluated.
func TestVocareum(t *testing.T) {
	tree := offline(t, load(t, "testdata/vocareum.yaml"))
	text, err := os.ReadFile("testdata/vocareum.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := rows(t, string(text), 7)
	if len(table) < 120 {
		t.Errorf("%d rows, want 120 at least", len(table))
	}
	met := map[string]bool{}
	for _, c := range table {
		q := Question{OU: strings.TrimPrefix(c[0], "/"), Action: c[1], Resource: short.Replace(c[2]), Context: contextOf(t, short.Replace(c[3]))}
		got, err := tree.Ask(q)
		if err != nil {
			t.Fatal(err)
		}
		if got.Decision != c[4] || decided(got) != c[5] {
			t.Errorf("%s\n  got %s by %q", strings.Join(c, " | "), got.Decision, decided(got))
		}
		for _, s := range got.By {
			met[s.Policy.Name+"#"+s.Name()] = true
		}
	}
	want := map[string]bool{}
	for _, n := range tree.nodes {
		for _, p := range n.scps {
			for i := range p.Len() {
				ref, _ := resource.ParseRef(p.Name)
				want[ref.Name+"#"+Statement{Number: i + 1, Sid: p.Sid(i)}.Name()] = true
			}
		}
	}
	if diff := cmp.Diff(want, met); diff != "" {
		t.Errorf("statements that decide some row (-want +got):\n%s", diff)
	}
}

// TestPublishedExamples holds what AWS says of its own examples against what is
// evaluated.
func TestPublishedExamples(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/aws.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := 0; i < len(archive.Files); i += 2 {
		policy, table := archive.Files[i], archive.Files[i+1]
		list := []Attached{{Policy: spec.PolicyRef(spec.SCP, policy.Name), Type: spec.SCP, Document: string(policy.Data)}}
		if !strings.Contains(string(policy.Data), `"Allow"`) {
			list = append(list, Attached{Policy: spec.PolicyRef(spec.SCP, spec.FullAWSAccess), Type: spec.SCP, Document: Full})
		}
		tree, err := New(map[string][]Attached{"": list})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range rows(t, string(table.Data), 5) {
			n++
			got, err := tree.Ask(Question{Action: c[0], Resource: c[1], Context: contextOf(t, c[2])})
			if err != nil {
				t.Fatal(err)
			}
			if got.Decision != c[3] {
				t.Errorf("%s: %s\n  got %s by %q", policy.Name, strings.Join(c, " | "), got.Decision, decided(got))
			}
		}
	}
	if n < 40 {
		t.Errorf("%d rows were read", n)
	}
}
