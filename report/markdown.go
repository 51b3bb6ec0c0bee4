package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// MarkdownMax is how many bytes of Markdown there are at most. GitHub takes
// 65,536 characters; no character is less than a byte, however it counts them,
// and the rest is for whom adds a line of their own.
const MarkdownMax = 65000

// MarkdownOptions are how Markdown is shown.
type MarkdownOptions struct {
	// Full is where the whole report is, such as the URL of a file that the same
	// job keeps; it is named where something was cut. "" where it is nowhere.
	Full string
	// Payers are those that the report is about beside its own, such as one that
	// has mistakes or is gone: the first line names them too, so that a later
	// report of the same payers finds it, whatever became of them.
	Payers []string
	// Max bounds the bytes; 0 is MarkdownMax.
	Max int
}

// WriteMarkdown writes the report as one comment for a pull request: a hidden
// first line (see [Marker]), what must be known before anything else (mistakes of
// files, notices), a table of the payers, what could hurt, and a fold for each
// payer. It is never longer than o.Max, whatever the report is, and
// says what was cut. Nothing that the report was told (a name, a tag, an error)
// is markup in it.
func (r *Report) WriteMarkdown(w io.Writer, o MarkdownOptions) error {
	if o.Max <= 0 {
		o.Max = MarkdownMax
	}
	if _, err := io.WriteString(w, r.page(o).write(o.Max)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func (r *Report) page(o MarkdownOptions) *page {
	names := slices.Clone(o.Payers)
	for _, p := range r.Payers {
		names = append(names, p.Name)
	}
	cols := r.columns()
	p := &page{marker: Marker(names), title: r.title(), foot: r.foot(), more: r.more(o)}
	p.first, p.rest = r.first()
	if len(r.Payers) > 0 {
		p.head = tableHead(cols)
	}
	var equal []string
	for i := range r.Payers {
		payer := &r.Payers[i]
		p.rows = append(p.rows, payer.row(cols))
		if f := payer.fold(); len(f.pieces) > 0 {
			p.folds = append(p.folds, f)
		} else {
			equal = append(equal, payer.Name)
		}
	}
	p.notes = r.notes()
	if len(equal) > 0 && len(equal) < len(r.Payers) {
		p.foot = "No changes in " + codes(equal, maxListed) + ".\n\n" + p.foot
	}
	return p
}

// maxListed is how many payers, OUs or actions one sentence names.
const maxListed = 8

// more says how to see what was cut. An apply cannot be had again.
func (r *Report) more(o MarkdownOptions) string {
	switch {
	case o.Full != "" && r.applied():
		return "all is in " + link(o.Full)
	case o.Full != "":
		return "all is in " + link(o.Full) + ", and `reconciler plan` shows it"
	case r.applied():
		return "the JSON form has all"
	}
	return "`reconciler plan` shows all"
}

// link is a link where s is a plain address on the web, else code.
func link(s string) string {
	safe := func(c rune) bool {
		return c > ' ' && c <= '~' && !strings.ContainsRune("<>\"\\^`{|}*_[]", c)
	}
	if len(s) <= maxClip && (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) &&
		!strings.ContainsFunc(s, func(c rune) bool { return !safe(c) }) {
		return "<" + s + ">"
	}
	return code(clip(s, maxClip))
}

// maxClip is how long a text may be that stands in a line of Markdown.
const maxClip = 300

// applied says that an apply was tried.
func (r *Report) applied() bool {
	return r.some(func(p *Payer) bool {
		return p.Applied || slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Outcome != "" })
	})
}

// title sums all payers.
func (r *Report) title() string {
	if r.applied() {
		ops := map[string]int{}
		outcomes := map[string]int{}
		for i := range r.Payers {
			for _, c := range r.Payers[i].Changes {
				outcomes[c.Outcome]++
				if c.Outcome == done {
					ops[c.Op]++
				}
			}
		}
		return "### Applied: " + words.Comma(ops["create"]) + " created, " + words.Comma(ops["update"]) + " updated, " + words.Comma(ops["delete"]) + " deleted" +
			some(outcomes[failed], "failed") + some(outcomes[skipped], "skipped") + some(outcomes[waiting], "waiting")
	}
	return r.planTitle()
}

// planTitle sums the plans of all payers, and what else is to be known of them.
func (r *Report) planTitle() string {
	s, _ := r.sum()
	bad, tests := 0, 0
	var files []File
	for i := range r.Payers {
		p := &r.Payers[i]
		files = append(files, p.Files...)
		tests += p.failedTests()
		if len(p.errorLines()) > 0 {
			bad++
		}
	}
	var also string
	for _, part := range []string{some(tests, plainPlural(tests, "failed test")), some(len(r.Mistakes), plainPlural(len(r.Mistakes), "mistake")+" in files"), r.gone()} {
		also += part
	}
	switch {
	case len(r.Payers) == 0 && len(r.Mistakes) > 0:
		return "### No plan could be made: " + count(len(r.Mistakes), "mistake")
	case len(r.Payers) == 0 && also != "":
		return "### Plan: " + strings.TrimPrefix(also, ", ")
	case len(r.Payers) == 0:
		return "### Plan: no payer is touched"
	case !r.Changed() && bad == 0:
		return "### Plan: no changes" + also
	case !r.Changed() && bad == len(r.Payers):
		return "### No plan could be made" + also
	}
	return "### Plan: " + s.brief(files) + broken(bad) + also
}

// plainPlural is a noun for a number that stands before it.
func plainPlural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// gone counts the payers that the tool would manage no longer.
func (r *Report) gone() string {
	n := 0
	add := func(all []Notice) {
		for i := range all {
			if all[i].Name == PayerGone {
				n++
			}
		}
	}
	add(r.Notices)
	for i := range r.Payers {
		add(r.Payers[i].Notices) // its accountId is another one's
	}
	return some(n, plainPlural(n, "payer")+" no longer managed")
}

// broken counts payers with an error.
func broken(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + count(n, "payer with an error", "payers with an error")
}

// heads says which commit of the branch was planned, as its readers know it.
func (r *Report) heads() string {
	switch {
	case r.Head == "":
		return ""
	case r.Base == "":
		return "Commit " + code(clip(Clean(words.Commit(r.Head)), maxClip)) + "."
	}
	return "Commit " + code(clip(Clean(words.Commit(r.Head)), maxClip)) + ", merged into " + code(clip(Clean(words.Commit(r.Base)), maxClip)) + "."
}

// foot is the legend, the commit where it is one for all, and what the changes
// were looked for against: a pull request can get another base.
func (r *Report) foot() string {
	var parts []string
	if r.Changed() {
		parts = append(parts, "`+` create, `!` change, `-` delete.")
	}
	if s := r.heads(); s != "" {
		parts = append(parts, s)
	} else if len(r.Payers) > 0 && r.Payers[0].Commit != "" {
		one := r.Payers[0].Commit
		if !slices.ContainsFunc(r.Payers, func(p Payer) bool { return p.Commit != one }) {
			parts = append(parts, "Commit "+code(clip(Clean(words.Commit(one)), maxClip))+".")
		}
	}
	if r.Since != "" {
		parts = append(parts, "Changes since "+code(clip(r.Since, maxClip))+".")
	}
	if s := r.snapshots(); s != "" {
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		return ""
	}
	return "<sub>" + strings.Join(parts, " ") + "</sub>\n"
}
