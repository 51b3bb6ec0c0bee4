package main

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// vt is as much of a terminal as the screen needs: it wraps and, when it is made
// narrower, breaks its lines anew, as most terminals do.
type vt struct {
	mu            sync.Mutex
	width, height int
	rows          []row
	at, column    int // of the cursor
	nowrap        bool
	rest          string   // a sequence, or a rune, of which the end is to come
	strange       []string // sequences that it does not know
}

// row is a row, and whether the text goes on in the next.
type row struct {
	text  []rune
	joins bool
}

func newVT(width, height int) *vt { return &vt{width: width, height: height, rows: []row{{}}} }

func (v *vt) size() (int, int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.width, v.height
}

// resize breaks the lines for another width. The cursor stays in its line.
func (v *vt) resize(width, height int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var lines [][]rune
	cursor, column := 0, 0
	for i := 0; i < len(v.rows); i++ {
		var line []rune
		for {
			if i == v.at {
				cursor, column = len(lines), len(line)+v.column
			}
			line = append(line, v.rows[i].text...)
			if !v.rows[i].joins {
				break
			}
			i++
		}
		lines = append(lines, line)
	}
	v.width, v.height, v.rows = width, height, nil
	for i, line := range lines {
		if i == cursor {
			v.at, v.column = len(v.rows)+column/width, column%width
		}
		for len(line) > width {
			v.rows = append(v.rows, row{line[:width:width], true})
			line = line[width:]
		}
		v.rows = append(v.rows, row{line, false})
	}
	for len(v.rows) <= v.at {
		v.rows = append(v.rows, row{})
	}
}

func (v *vt) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.rest + string(p)
	for v.rest = ""; s != ""; {
		if s[0] == '\x1b' {
			end := strings.IndexFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
			if end < 0 {
				v.rest = s
				return len(p), nil
			}
			v.sequence(s[:end+1])
			s = s[end+1:]
			continue
		}
		if !utf8.FullRuneInString(s) {
			v.rest = s
			return len(p), nil
		}
		r, n := utf8.DecodeRuneInString(s)
		s = s[n:]
		v.put(r)
	}
	return len(p), nil
}

func (v *vt) sequence(s string) {
	switch {
	case s == "\x1b[J":
		v.rows = v.rows[:v.at+1]
		if line := &v.rows[v.at]; len(line.text) > v.column {
			line.text = line.text[:v.column]
		}
		v.rows[v.at].joins = false
	case s == "\x1b[?7l", s == "\x1b[?7h":
		v.nowrap = s == "\x1b[?7l"
	case strings.HasSuffix(s, "A"):
		n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(s, "\x1b["), "A"))
		v.at = max(v.at-n, len(v.rows)-v.height, 0)
	case strings.HasSuffix(s, "m"):
	default:
		v.strange = append(v.strange, s)
	}
}

func (v *vt) put(r rune) {
	switch r {
	case '\r':
		v.column = 0
		return
	case '\n':
		v.at, v.column = v.at+1, 0
		if v.at == len(v.rows) {
			v.rows = append(v.rows, row{})
		}
		return
	}
	if v.column >= v.width {
		if v.nowrap {
			v.column = v.width - 1
		} else {
			v.rows[v.at].joins = true
			v.put('\n')
		}
	}
	line := &v.rows[v.at]
	for len(line.text) <= v.column {
		line.text = append(line.text, ' ')
	}
	line.text[v.column] = r
	v.column++
}

// text is all that is there, a row a line, without blanks at the ends.
func (v *vt) text() string { return v.read(false) }

// whole is all that is there, with the rows of a broken line joined.
func (v *vt) whole() string { return v.read(true) }

func (v *vt) read(join bool) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b strings.Builder
	for _, r := range v.rows {
		if join && r.joins {
			b.WriteString(string(r.text))
			continue
		}
		b.WriteString(strings.TrimRight(string(r.text), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
