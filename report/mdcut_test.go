package report_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

// manyChanges are changes that share no line.
func manyChanges(n int, name string) *planner.Plan {
	p := &planner.Plan{}
	for i := range n {
		c := change(planner.Update, ref("policy", fmt.Sprintf("%s-%d", name, i)), i)
		c.Fields = []planner.Field{lit("description", "a", "b"), lit("document", denyBefore, denyAfter)}
		p.Changes = append(p.Changes, c)
	}
	return p
}

// payersOf are n payers with a plan each.
func payersOf(n int, plan func(i int) *planner.Plan) []report.Input {
	var all []report.Input
	for i := range n {
		all = append(all, report.Input{Name: fmt.Sprintf("payer-%04d", i), AccountID: "111122223333", Plan: plan(i)})
	}
	return all
}

func deepTree(n int) []report.Unit {
	tree := []report.Unit{{}}
	for i := range n {
		tree = append(tree, report.Unit{Path: fmt.Sprintf("U%d", i), Before: i % 3, After: i % 3})
	}
	last := &tree[len(tree)-1]
	last.After = last.Before + 1
	return append(tree, report.Unit{Path: last.Path + "/Below", Op: "create"})
}

// TestMarkdownIsNeverTooLong: GitHub refuses a comment of more than 65,536
// characters.
func TestMarkdownIsNeverTooLong(t *testing.T) {
	small := func(int) *planner.Plan { return manyChanges(1, "p") }
	guardedPlan := func(i int) *planner.Plan {
		p := manyChanges(1, "p")
		p.Guards = []planner.Guard{{Name: strings.Repeat("g", 2000), Limit: "1", Planned: 2}}
		return p
	}
	longest := report.Input{Name: strings.Repeat("n", 100000), AccountID: strings.Repeat("9", 100000), Commit: strings.Repeat("#", 100000),
		Plan: manyChanges(3, strings.Repeat("日本", 50000)), Err: errors.New(strings.Repeat("e", 200000)), ClaimsRoot: true}
	huge := scpEdit()
	huge.Plan, huge.Tree = manyChanges(600, "é"), deepTree(3000)
	for name, tt := range map[string]struct {
		inputs []report.Input
		want   []string // in the Markdown
		rows   int      // of the table
	}{
		"one large plan":      {[]report.Input{huge}, []string{" lines cut; `reconciler plan` shows all.", "Tests of the payer file", "OUs of 3,002 not drawn"}, 1},
		"one among small":     {append(payersOf(20, small), huge), []string{"<code>payer-0019</code>", " lines cut; "}, 21},
		"hundreds of payers":  {payersOf(400, small), []string{"| `payer-0399` |", "The plans of "}, 400},
		"thousands of payers": {payersOf(2500, small), []string{"payers cut from the table; ", "The plans of 2,500 payers cut"}, -1},
		"as many guards":      {payersOf(400, guardedPlan), []string{" notes cut; "}, -1},
		"long words":          {[]report.Input{longest}, nil, 1},
		"backquotes":          {[]report.Input{{Name: "a", Plan: manyChanges(9, strings.Repeat("`", 9000))}}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := report.New(tt.inputs...)
			s := asMarkdown(t, r, report.MarkdownOptions{})
			if n := len(s); n > report.MarkdownMax || len(utf16.Encode([]rune(s))) > n || n > 65536 {
				t.Errorf("%d bytes", n)
			}
			inPlace(t, r, s)
			for _, want := range tt.want {
				if !strings.Contains(s, want) {
					t.Errorf("the Markdown lacks %q:\n%.3000s", want, s)
				}
			}
			if rows := strings.Count(s, "\n| ``") + strings.Count(s, "\n| `"); tt.rows >= 0 && rows != tt.rows {
				t.Errorf("%d rows of %d are left", rows, tt.rows)
			}
		})
	}
}

// What is cut is the longest fold, and no more of it than there must be.
func TestMarkdownCutsTheLongestFold(t *testing.T) {
	inputs := append(payersOf(3, func(int) *planner.Plan { return manyChanges(5, "small") }), report.Input{Name: "large", Plan: manyChanges(400, "large")})
	s := asMarkdown(t, report.New(inputs...), report.MarkdownOptions{Full: "https://ci.example/run/1"})
	if n := strings.Count(s, " lines cut; all is in <https://ci.example/run/1>"); n != 1 {
		t.Errorf("%d fences are cut", n)
	}
	if n := strings.Count(s, "! policy/small-4 "); n != 3 {
		t.Errorf("%d of 3 small plans are whole", n)
	}
	if len(s) < report.MarkdownMax-1000 {
		t.Errorf("%d bytes: more was cut than had to be", len(s))
	}
	shown := strings.Count(s, "\n")
	all := strings.Count(asMarkdown(t, report.New(inputs...), report.MarkdownOptions{Max: 1 << 30}), "\n")
	var cut int
	at := strings.Index(s, " lines cut")
	if _, err := fmt.Sscanf(strings.ReplaceAll(s[strings.LastIndex(s[:at], "*")+1:at], ",", ""), "%d", &cut); err != nil {
		t.Fatal(err)
	}
	if shown+cut != all+2 { // the line that says so, and the empty one behind it
		t.Errorf("%d lines are shown and %d said to be cut, of %d", shown, cut, all)
	}
}

// A place that is no plain address is shown, and no link.
func TestMarkdownFull(t *testing.T) {
	for full, want := range map[string]string{
		"plan.md in the artifacts":       "`plan.md in the artifacts`",
		"https://x.example/> <script>":   "`https://x.example/> <script>`",
		"https://ci.example/run/1?a=b&c": "<https://ci.example/run/1?a=b&c>",
		"javascript:alert(1)":            "`javascript:alert(1)`",
	} {
		s := asMarkdown(t, report.New(report.Input{Name: "a", Plan: manyChanges(400, "p")}), report.MarkdownOptions{Full: full})
		if !strings.Contains(s, "all is in "+want+", and `reconciler plan` shows it") {
			t.Errorf("%s is not told as %s", full, want)
		}
	}
}

// A tree of too many OUs shows those that change, with what is above them.
func TestDiagramOfAWideTree(t *testing.T) {
	in := scpEdit()
	in.Tree = deepTree(500)
	s := asMarkdown(t, report.New(in), report.MarkdownOptions{})
	for _, want := range []string{`["U499<br/>1 to 2 accounts"]:::change`, `["Below"]:::create`, "*402 OUs of 502 not drawn: "} {
		if !strings.Contains(s, want) {
			t.Errorf("the diagram lacks %q", want)
		}
	}
	if n := strings.Count(s, " --- "); n != 99 {
		t.Errorf("%d lines join 100 nodes", n)
	}
}

// largeMarkdown is a plan of n changes of all sorts, with what goes along.
func largeMarkdown(n int) report.Input {
	in := large(n)
	in.Tree = deepTree(2000)
	in.Plan.Changes = append(in.Plan.Changes, manyChanges(20, "p").Changes...)
	in.Plan.Unmanaged = make([]resource.Ref, 1000)
	return in
}

func BenchmarkMarkdown10000(b *testing.B) {
	in := largeMarkdown(10000)
	for b.Loop() {
		if err := report.New(in).WriteMarkdown(io.Discard, report.MarkdownOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

var nodeLine = regexp.MustCompile(`(?m)^n[0-9]+\["`)

// A node is drawn with what is above it or not at all.
func TestDiagramHasNoLooseNodes(t *testing.T) {
	in := scpEdit()
	in.Tree = []report.Unit{{}}
	for i := range 80 {
		in.Tree = append(in.Tree, report.Unit{Path: fmt.Sprintf("U%d", i)}, report.Unit{Path: fmt.Sprintf("U%d/V", i), After: 1})
	}
	s := asMarkdown(t, report.New(in), report.MarkdownOptions{})
	if nodes, lines := len(nodeLine.FindAllString(s, -1)), strings.Count(s, " --- "); nodes != 100 || lines != 99 {
		t.Errorf("%d nodes and %d lines", nodes, lines)
	}
}
