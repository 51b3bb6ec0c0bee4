package impact

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
)

// college is an organization of 10,000 accounts in 2,000 units, with Vocareum's
// policies on the root and on every tenth unit, and an edit of one on the root.
func college(t testing.TB) Tree {
	t.Helper()
	docs := map[string]string{"Full": `{"Version":"2012-10-17","Statement":[` + full + `]}`}
	files, err := filepath.Glob("../presets/vocareum/[A-Z]*.json")
	if err != nil || len(files) != 5 {
		t.Fatalf("find the policies: %v, %v", files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		docs[strings.TrimSuffix(filepath.Base(f), ".json")] = string(text)
	}
	put := func(node string, names ...string) []Policy {
		var all []Policy
		for _, n := range names {
			name, _, _ := strings.Cut(n, "'")
			doc := docs[name]
			if n != name {
				doc = strings.Replace(doc, `"mobiletargeting:*",`, `"ecs:Run*",`, 1)
			}
			all = append(all, Policy{resource.Ref{Kind: "policy", Name: name}, resource.Ref{Kind: "attachment", Name: name + "@" + node}, scp, doc})
		}
		return all
	}
	tree := Tree{Changed: map[resource.Ref]bool{{Kind: "policy", Name: "VocUnconditionalDeny"}: true}}
	tree.Nodes = append(tree.Nodes, Node{"", 0, put("root", "Full", "VocProtections", "VocUnconditionalDeny"), put("root", "Full", "VocProtections", "VocUnconditionalDeny'")})
	for i := range 2000 {
		path := fmt.Sprintf("Faculty %d/Course %d", i%40, i)
		names := []string{"Full"}
		if i%10 == 0 {
			names = append(names, "ConditionalDeny", "RestrictRegions", "AllowServices")
		}
		list := put("ou/"+path, names...)
		tree.Nodes = append(tree.Nodes, Node{path, 5, list, list})
	}
	return tree
}

func TestCollege(t *testing.T) {
	got, err := Of(college(t))
	if err != nil {
		t.Fatal(err)
	}
	if got.NewlyDenied != 10000 || len(got.Impacts) != 2 {
		t.Errorf("newly denied to %d accounts, %d impacts: %q", got.NewlyDenied, len(got.Impacts), lines(got))
	}
}

// BenchmarkOf is the impact of one edit of an SCP on 10,000 accounts.
func BenchmarkOf(b *testing.B) {
	tree := college(b)
	for b.Loop() {
		if _, err := Of(tree); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOfMoves moves 10,000 accounts from one unit to another, and each unit's
// accounts to the next one.
func BenchmarkOfMoves(b *testing.B) {
	tree := college(b)
	tree.Changed = nil
	for i := range tree.Nodes {
		tree.Nodes[i].After = tree.Nodes[i].Before
	}
	b.Run("one way", func(b *testing.B) {
		tree.Groups = []Group{{From: tree.Nodes[1].Path, Path: tree.Nodes[2].Path, Accounts: 10000}}
		for b.Loop() {
			if _, err := Of(tree); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("2000 ways", func(b *testing.B) {
		tree.Groups = nil
		for i := 1; i < len(tree.Nodes); i++ {
			tree.Groups = append(tree.Groups, Group{From: tree.Nodes[i].Path, Path: tree.Nodes[1+i%2000].Path, Accounts: 5})
		}
		for b.Loop() {
			if _, err := Of(tree); err != nil {
				b.Fatal(err)
			}
		}
	})
}
