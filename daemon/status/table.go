package status

import (
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// column is one of the table. Those with a rank may be left out where the terminal
// is narrow, the highest first.
type column struct {
	title string
	rank  int
	value func(*Payer) string
}

func (t *text) columns() []column {
	now := t.o.Now
	return []column{
		{"PAYER", 0, func(p *Payer) string { return clean(p.Name) }},
		{"STATE", 0, state},
		{"COMMIT", 3, func(p *Payer) string { return dash(clean(words.Commit(p.Commit))) }},
		{"LAST CLEAN", 0, func(p *Payer) string { return ago(now, p.LastCleanAt) }},
		{"NEXT", 2, func(p *Payer) string { return next(now, p) }},
		{"CHANGES", 1, changes},
		{"ACCOUNTS", 0, accounts},
		{"NOTE", 0, func(p *Payer) string { return note(now, p) }},
	}
}

// noteMin is the room that a narrow terminal makes for notes.
const noteMin = 20

// table writes a line for each payer.
func (t *text) table() {
	payers := t.status.Payers
	if len(payers) == 0 {
		t.b.WriteString("No payers.\n")
		return
	}
	cols := t.columns()
	rows := t.rows(cols)
	for rank := 3; rank > 0 && t.o.Width > 0; rank-- {
		if left, note := room(rows, t.o.Width); left >= min(note, noteMin) {
			break
		}
		i := slices.IndexFunc(cols, func(c column) bool { return c.rank == rank })
		cols = slices.Delete(cols, i, i+1)
		rows = t.rows(cols)
	}
	last := len(cols) - 1
	for i, row := range rows {
		if left, _ := room(rows, t.o.Width); t.o.Width > 0 {
			row[last] = cut(row[last], max(left, 1))
		}
		colour := ""
		if i > 0 {
			colour = colours[payers[i-1].State]
		}
		t.line(row, widths(rows), colour)
	}
}

// nameMax bounds a payer's name where the terminal bounds a line.
const nameMax = 32

func (t *text) rows(cols []column) [][]string {
	rows := make([][]string, 1, 1+len(t.status.Payers))
	for _, c := range cols {
		rows[0] = append(rows[0], c.title)
	}
	for i := range t.status.Payers {
		var row []string
		for _, c := range cols {
			row = append(row, c.value(&t.status.Payers[i]))
		}
		if t.o.Width > 0 {
			row[0] = cut(row[0], nameMax)
		}
		rows = append(rows, row)
	}
	return rows
}

// line sets cells in columns, two spaces apart, the state in its colour.
func (t *text) line(row []string, wide []int, colour string) {
	last := len(row) - 1
	for last > 0 && row[last] == "" {
		last--
	}
	for i, c := range row[:last+1] {
		gap := strings.Repeat(" ", max(0, wide[i]-cells(c))+2)
		if i == 1 {
			c = t.paint(colour, c)
		}
		t.b.WriteString(c)
		if i < last {
			t.b.WriteString(gap)
		}
	}
	t.b.WriteByte('\n')
}

func widths(rows [][]string) []int {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			wide[i] = max(wide[i], cells(c))
		}
	}
	return wide
}

// room gives the places that are left for the last column, and those it wants.
func room(rows [][]string, width int) (left, wants int) {
	wide := widths(rows)
	last := len(wide) - 1
	left = width
	for _, n := range wide[:last] {
		left -= n + 2
	}
	return left, wide[last]
}
