package report_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	xast "github.com/yuin/goldmark/extension/ast"
	markdown "github.com/yuin/goldmark/text"

	"github.com/payer-reconciler/reconciler/report"
)

// asMarkdown renders a report.
func asMarkdown(t testing.TB, r *report.Report, o report.MarkdownOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteMarkdown(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDanger23MarkupStaysInItsPlace: no name, tag, reason or error is markup,
// HTML, a link or a mention, whatever it is made of.
func TestDanger23MarkupStaysInItsPlace(t *testing.T) {
	for name, inputs := range goldens() {
		r := newReport(name, inputs)
		s := asMarkdown(t, r, report.MarkdownOptions{})
		harmless(t, s)
		inPlace(t, r, s)
		if t.Failed() {
			t.Fatalf("%s:\n%s", name, s)
		}
	}
	for _, in := range []report.Input{markupIn(told, ""), markupIn("", told)} {
		if got := outside(asMarkdown(t, report.New(in), report.MarkdownOptions{})); strings.Contains(got, told) || !strings.Contains(got, "Plan: ") {
			t.Errorf("outside of code there is\n%s", got)
		}
	}
}

// A pull request that touches no payer has a comment, too: it may replace one.
func TestMarkdownOfNoPayer(t *testing.T) {
	r := report.New()
	s := asMarkdown(t, r, report.MarkdownOptions{})
	inPlace(t, r, s)
	if !strings.HasPrefix(s, "<!-- reconciler: payers= -->\n\n### Plan: no payer is touched\n") {
		t.Errorf("it is %q", s)
	}
}

func FuzzMarkdown(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := random{rand.New(rand.NewPCG(seed, 1))}
		inputs := []report.Input{r.input()}
		for range r.IntN(3) {
			inputs = append(inputs, r.input())
		}
		rep := report.New(inputs...)
		o := report.MarkdownOptions{Max: []int{0, 1 << 30, 3000 + r.IntN(20000)}[r.IntN(3)]}
		s := asMarkdown(t, rep, o)
		if s != asMarkdown(t, report.New(inputs...), o) {
			t.Error("the same report is not the same Markdown")
		}
		harmless(t, s)
		inPlace(t, rep, s)
		if out := outside(s); strings.Contains(out, told) {
			t.Errorf("outside of code there is %q", out)
		}
		most := o.Max
		if most == 0 {
			most = report.MarkdownMax
		}
		if len(s) > most {
			t.Errorf("%d bytes, %d allowed", len(s), most)
		}
		if most < 1<<30 {
			return
		}
		for i := range rep.Payers {
			if p := &rep.Payers[i]; !p.Applied && !strings.Contains(s, " cut; ") {
				completeMarkdown(t, p, s)
			}
		}
	})
}

// completeMarkdown checks that a plan's Markdown says what the JSON says.
func completeMarkdown(t *testing.T, p *report.Payer, s string) {
	t.Helper()
	has := func(what, name string) {
		name = report.Clean(name)
		if !strings.Contains(s, name) && !strings.Contains(s, strings.ReplaceAll(name, "|", `\u{007C}`)) {
			t.Errorf("the Markdown lacks the %s %q:\n%s", what, name, s)
		}
	}
	for _, c := range p.Changes {
		has("reason", c.Blocked)
		has("wait", c.Waiting)
		has("lifted protection", c.Lifted)
		if c.Pool == "" {
			has("ref", c.Ref)
			has("name", c.Name)
		}
		for _, f := range c.Fields {
			has("field", f.Name)
		}
	}
	for _, l := range p.Left {
		has("object left", l.Ref)
		has("reason", l.Reason)
	}
	for _, g := range p.Guards {
		has("guard", g.Name)
		has("lift", g.Lift)
	}
	for _, f := range p.Files {
		has("file", f.Path)
		has("error", f.Error)
	}
	for _, i := range p.Impact {
		if len(p.Changes) == 0 {
			break
		}
		has("action", i.Actions[1])
		has("resource", i.Resource)
		has("condition", i.Condition)
		for _, s := range i.Unless {
			has("resource that is left out", s.Resource)
			has("condition that is left out", s.Condition)
		}
	}
	for _, x := range p.Tests {
		if x.Undecided != "" {
			has("open question", x.Undecided)
		}
		if !x.OK || x.Undecided != "" {
			has("test", x.Name)
			has("decision", x.By)
		}
	}
	for l := range strings.SplitSeq(p.Error, "\n") {
		has("error", strings.TrimSpace(strings.ReplaceAll(l, "\t", " ")))
	}
}

var parser = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

// outside is all text that is not in code: what a site would look into for
// mentions, references and links.
func outside(s string) string {
	src := []byte(s)
	var b strings.Builder
	_ = ast.Walk(parser.Parse(markdown.NewReader(src)), func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if !in {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan, *ast.FencedCodeBlock, *ast.CodeBlock:
			return ast.WalkSkipChildren, nil
		case *ast.HTMLBlock:
			b.WriteString(inCode.ReplaceAllString(string(n.Lines().Value(src)), "") + "\n")
		case *ast.Text:
			b.Write(n.Value(src))
			b.WriteByte('\n')
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

var inCode = regexp.MustCompile(`<code>[^<>]*</code>`)

// The lines of HTML that a report has, and the lines of its diagrams.
var (
	htmlLine = regexp.MustCompile(`^(<!-- reconciler: payers=[A-Za-z0-9.,%*:_-]* -->|</?details>|<summary>Tree of OUs</summary>|<summary>[0-9,]+ documents? of what is created</summary>|<summary>(Mistakes|Cautions|Warnings|Notes) in full</summary>|` +
		`<summary><b><code>[^<>]*</code></b>( \(<code>[^<>]*</code>\))?:? [a-z0-9 ,]*</summary>)$`)
	mermaidLine = regexp.MustCompile("^(graph LR|classDef [a-z]+ [a-z0-9#:,-]+|n[0-9]+ --- n[0-9]+|" +
		`n[0-9]+\["([^"` + "`" + `<>\[\](){}|\\%&;]|#(?:[0-8][0-9]*|9|9[013-9]|9[0-9]{2,});|<br/>)*"\](:::(create|delete|change))?)$`)
	diffLine = regexp.MustCompile(`^([-+!#] |[-+!#]   |    )`)
	alertAt  = regexp.MustCompile(`^\[!(CAUTION|WARNING|NOTE)\]$`)
)

// inPlace reads the Markdown as a site would, and checks that it is made of
// nothing but the report's own elements.
func inPlace(t *testing.T, r *report.Report, s string) {
	t.Helper()
	var names []string
	for _, p := range r.Payers {
		names = append(names, p.Name)
	}
	if first, _, _ := strings.Cut(s, "\n"); first != report.Marker(names) {
		t.Errorf("the first line is %q", first)
	}
	src := []byte(s)
	doc := parser.Parse(markdown.NewReader(src))
	seen := map[string]int{}
	err := ast.Walk(doc, func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if !in {
			return ast.WalkContinue, nil
		}
		seen[n.Kind().String()]++
		if block, ok := n.(*ast.HTMLBlock); ok {
			html := string(block.Lines().Value(src))
			seen["opened"] += strings.Count(html, "<details>")
			seen["closed"] += strings.Count(html, "</details>")
		}
		if wrong := odds(n, src); wrong != "" {
			t.Errorf("%s: %s", n.Kind(), wrong)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen["Heading"] != 1 || seen["Table"] != min(1, len(r.Payers)) || seen["TableRow"] > len(r.Payers) {
		t.Errorf("%d headings, %d tables and %d rows of %d payers", seen["Heading"], seen["Table"], seen["TableRow"], len(r.Payers))
	}
	if seen["opened"] != seen["closed"] {
		t.Errorf("%d folds are opened and %d closed", seen["opened"], seen["closed"])
	}
}

// odds says what is wrong with a node of the document.
func odds(n ast.Node, src []byte) string {
	switch n := n.(type) {
	case *ast.Document, *ast.Paragraph, *ast.TextBlock, *ast.Text, *ast.List, *ast.ListItem, *ast.Emphasis, *ast.CodeSpan,
		*xast.Table, *xast.TableHeader, *xast.TableRow:
		return ""
	case *xast.TableCell:
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if k := c.Kind(); k != ast.KindText && k != ast.KindCodeSpan && k != ast.KindEmphasis {
				return "a cell holds " + k.String()
			}
		}
		return ""
	case *ast.Heading:
		return unless(n.Level == 3, "level "+strconv.Itoa(n.Level))
	case *ast.Blockquote:
		first, _, _ := strings.Cut(string(n.FirstChild().Lines().Value(src)), "\n")
		return unless(alertAt.MatchString(first), "it begins with "+first)
	case *ast.RawHTML:
		s := string(n.Segments.Value(src))
		return unless(s == "<sub>" || s == "</sub>", s)
	case *ast.HTMLBlock:
		return lines(string(n.Lines().Value(src)), htmlLine)
	case *ast.FencedCodeBlock:
		switch lang := string(n.Language(src)); lang {
		case "diff":
			return lines(string(n.Lines().Value(src)), diffLine)
		case "mermaid":
			return lines(string(n.Lines().Value(src)), mermaidLine)
		default:
			return unless(lang == "", "a fence of "+lang)
		}
	}
	return "there is none in a report"
}

func unless(ok bool, wrong string) string {
	if ok {
		return ""
	}
	return wrong
}

// lines gives the first line that does not fit.
func lines(s string, fits *regexp.Regexp) string {
	for l := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		if !fits.MatchString(l) {
			return fmt.Sprintf("the line %q", l)
		}
	}
	return ""
}
