package handoff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	xast "github.com/yuin/goldmark/extension/ast"
	markdown "github.com/yuin/goldmark/text"
)

// read gives the code spans of Markdown as a site shows them, and all other text.
func read(s string) (spans []string, prose string) {
	src := []byte(s)
	var b strings.Builder
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(markdown.NewReader(src))
	_ = ast.Walk(doc, func(n ast.Node, in bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.CodeSpan:
			if in {
				var span strings.Builder
				for c := n.FirstChild(); c != nil; c = c.NextSibling() {
					span.Write(c.(*ast.Text).Value(src))
				}
				text := span.String()
				if n.Parent().Kind() == xast.KindTableCell { // goldmark leaves the backslash that GitHub takes away
					text = strings.ReplaceAll(text, `\|`, "|")
				}
				spans = append(spans, text)
			}
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			if in {
				b.Write(n.Value(src))
				b.WriteByte('\n')
			}
		case *ast.AutoLink, *ast.Link, *ast.RawHTML, *ast.HTMLBlock:
			b.WriteString("<" + n.Kind().String() + ">\n")
		}
		return ast.WalkContinue, nil
	})
	return spans, b.String()
}

// TestBarsInCode: a value is shown as it is, in a table and out of it, and no bar
// ends a cell.
func TestBarsInCode(t *testing.T) {
	h := &Handoff{Payer: "acme", AccountID: "111122223333", Vendors: []Vendor{{Preset: "p",
		Form:      []Value{{Label: "l|m @team", Value: "a|b", Note: "n|o"}, {Label: "x", Value: `c\|d`, Note: "`|`"}},
		Mail:      &Mail{To: "ops@acme.example", Subject: "s|t"},
		Checklist: []Line{{Title: "1. www.evil.example and @acme/admins #7", State: Done, Changes: []string{"role/a|b"}}}}}}
	var b strings.Builder
	if err := h.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	spans, prose := read(b.String())
	want := []string{"@team", "a|b", `c\\u{007C}d`, "ops@acme.example", "s|t", "1.", "www.evil.example", "@acme/admins", "#7", "role/a|b"}
	if diff := cmp.Diff(want, spans); diff != "" {
		t.Errorf("code (-want +got):\n%s\n%s", diff, b.String())
	}
	for _, bad := range []string{"@", "#7", "www", "<"} {
		if strings.Contains(prose, bad) {
			t.Errorf("%q stands out of code in\n%s", bad, b.String())
		}
	}
	if n := strings.Count(b.String(), "\n| "); n != 3 {
		t.Errorf("%d rows", n)
	}
}

// TestProseIsNoMarkup opens a line with what would be a list, and more.
func TestProseIsNoMarkup(t *testing.T) {
	for _, s := range []string{"- item", "1. one", "=== x", "**b** _i_ <b>", "[a](b)", "a | b", "> q", "+ p", "~~s~~"} {
		doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(markdown.NewReader([]byte(markup(s))))
		if doc.FirstChild().Kind() != ast.KindParagraph || doc.ChildCount() != 1 {
			t.Errorf("%s is a %s", s, doc.FirstChild().Kind())
		}
		for c := doc.FirstChild().FirstChild(); c != nil; c = c.NextSibling() {
			if k := c.Kind(); k != ast.KindText && k != ast.KindCodeSpan && k != ast.KindString {
				t.Errorf("%s holds a %s", s, k)
			}
		}
	}
}
