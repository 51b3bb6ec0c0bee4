package report

import (
	"sort"
	"strings"
)

// A site takes only so much. The rule of cutting: documents of what is created
// are cut first, then the longest fences, all to one length, and each says how many of its lines are missing;
// where that is not enough, whole payers go, the last first, then what stands
// below the table, then rows of the table, and at last what stands first.

// page is the Markdown of a report before it is cut.
type page struct {
	marker, title string
	first         []string // alerts: what a reader must know before anything else
	rest          fold     // what they have no room for
	head          []string // of the table
	rows          []string // a payer each
	notes         []string // what could hurt, a block each
	folds         []fold   // a payer each
	foot          string
	more          string // how to see what was cut, as Markdown
}

// fold is the part of one payer.
type fold struct{ pieces []piece }

// piece is text that stays as it is, or lines in a fence, which can be cut.
type piece struct {
	text  string
	lang  string
	lines []string
	whole bool // cut wholly or not at all
	early bool // cut before the others

	fence string
	ends  []int // bytes up to the end of each line
}

// fenced are lines in a fence that none of them can close.
func fenced(lang string, lines []string) piece {
	p := piece{lang: lang, lines: lines, ends: make([]int, len(lines))}
	ticks, n := 2, 0
	for i, l := range lines {
		ticks = max(ticks, longest(l, '`'))
		n += len(l) + 1
		p.ends[i] = n
	}
	p.fence = strings.Repeat("`", ticks+1)
	return p
}

// keep is how many lines fit into so many bytes.
func (p *piece) keep(most int) int {
	n := sort.SearchInts(p.ends, most+1)
	if p.whole && n < len(p.lines) {
		return 0
	}
	return n
}

// size is how long the piece is when cut to so many bytes.
func (p *piece) size(s shape, more string) int {
	if p.lines == nil {
		return len(p.text)
	}
	n := p.keep(s.of(p))
	size := 0
	if n > 0 {
		size = 2*len(p.fence) + len(p.lang) + len("\n\n\n") + p.ends[n-1]
	}
	return size + len(p.cut(n, more))
}

// cut says how many lines are missing.
func (p *piece) cut(kept int, more string) string {
	if kept == len(p.lines) {
		return ""
	}
	return "*" + count(len(p.lines)-kept, "line") + " cut; " + more + ".*\n\n"
}

func (p *piece) write(b *strings.Builder, s shape, more string) {
	if p.lines == nil {
		b.WriteString(p.text)
		return
	}
	n := p.keep(s.of(p))
	if n > 0 {
		b.WriteString(p.fence + p.lang + "\n")
		for _, l := range p.lines[:n] {
			b.WriteString(l)
			b.WriteByte('\n')
		}
		b.WriteString(p.fence + "\n\n")
	}
	b.WriteString(p.cut(n, more))
}

func (f *fold) size(s shape, more string) int {
	n := 0
	for i := range f.pieces {
		n += f.pieces[i].size(s, more)
	}
	return n
}

func (f *fold) write(b *strings.Builder, s shape, more string) {
	for i := range f.pieces {
		f.pieces[i].write(b, s, more)
	}
}

// shape is how much of a page is shown.
type shape struct{ early, fence, folds, notes, rows, first int }

// of is how many bytes of a piece are shown.
func (s shape) of(p *piece) int {
	if p.early {
		return min(s.early, s.fence)
	}
	return s.fence
}

// shape finds how much of the page fits into so many bytes.
func (p *page) shape(most int) shape {
	s := shape{most, most, len(p.folds), len(p.notes), len(p.rows), len(p.first)}
	fits := func() bool { return p.size(s) <= most }
	// largest gives the most of what fits with 0 of it; 0 where nothing does.
	largest := func(v *int, n int) {
		*v = sort.Search(n, func(i int) bool { *v = i + 1; return !fits() })
	}
	if fits() {
		return s
	}
	if largest(&s.early, most); fits() {
		return s
	}
	largest(&s.fence, most)
	for _, part := range []*int{&s.folds, &s.notes, &s.rows, &s.first} {
		if fits() {
			return s
		}
		largest(part, *part)
	}
	return s
}

// size is how long the page is in a shape.
func (p *page) size(s shape) int {
	n := len(p.start(s)) + len(p.end(s))
	if p.whole(s) {
		n += p.rest.size(s, p.more)
	}
	for _, r := range p.rows[:s.rows] {
		n += len(r)
	}
	for _, t := range p.notes[:s.notes] {
		n += len(t)
	}
	for i := range p.folds[:s.folds] {
		n += p.folds[i].size(s, p.more)
	}
	return n + len(p.afterRows(s)) + len(p.afterNotes(s))
}

func (p *page) write(most int) string {
	s := p.shape(most)
	var b strings.Builder
	b.Grow(p.size(s))
	b.WriteString(p.start(s))
	for _, r := range p.rows[:s.rows] {
		b.WriteString(r)
	}
	b.WriteString(p.afterRows(s))
	for _, t := range p.notes[:s.notes] {
		b.WriteString(t)
	}
	b.WriteString(p.afterNotes(s))
	if p.whole(s) {
		p.rest.write(&b, s, p.more)
	}
	for i := range p.folds[:s.folds] {
		p.folds[i].write(&b, s, p.more)
	}
	b.WriteString(p.end(s))
	return b.String()
}

// whole says that all that stands first is there, and its fold with it.
func (p *page) whole(s shape) bool { return s.first == len(p.first) }

func (p *page) start(s shape) string {
	out := p.marker + "\n\n" + p.title + "\n\n" + strings.Join(p.first[:s.first], "")
	if n := len(p.first) - s.first; n > 0 {
		out += "*" + count(n, "note") + " cut; " + p.more + ".*\n\n"
	}
	return out + strings.Join(p.head, "")
}

func (p *page) afterRows(s shape) string {
	if len(p.rows) == 0 {
		return ""
	}
	if n := len(p.rows) - s.rows; n > 0 {
		return "\n*" + count(n, "payer") + " cut from the table; " + p.more + ".*\n\n"
	}
	return "\n"
}

func (p *page) afterNotes(s shape) string {
	if n := len(p.notes) - s.notes; n > 0 {
		return "*" + count(n, "note") + " cut; " + p.more + ".*\n\n"
	}
	return ""
}

func (p *page) end(s shape) string {
	if n := len(p.folds) - s.folds; n > 0 {
		return "*The plans of " + count(n, "payer") + " cut; " + p.more + ".*\n\n" + p.foot
	}
	return p.foot
}
