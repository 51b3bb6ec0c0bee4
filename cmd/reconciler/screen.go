package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// screen is a terminal on which some lines at the bottom are drawn again and
// again; what is written to it goes above them. The cursor always rests below,
// and is never hidden: however the process ends, the terminal is as it was. It
// may be used from many goroutines.
type screen struct {
	out  io.Writer
	file *os.File // the terminal itself; nil in a test
	size func() (width, height int)

	mu    sync.Mutex
	drawn []int // how wide each drawn line is
	last  []string
}

func newScreen(f *os.File) *screen {
	return &screen{out: f, file: f, size: func() (int, int) {
		w, h, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0, 0
		}
		return w, h
	}}
}

// The control sequences of ECMA-48 and DEC that every terminal knows but the
// dumb ones: no line is longer than the terminal even where it was just resized.
const (
	noWrap    = "\x1b[?7l"
	wrap      = "\x1b[?7h"
	clearDown = "\x1b[J"
)

// Write writes above the lines, which are drawn anew.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.drawn) == 0 {
		return s.out.Write(p)
	}
	var b strings.Builder
	s.erase(&b)
	b.Write(p)
	if len(p) > 0 && p[len(p)-1] != '\n' {
		b.WriteByte('\n')
	}
	s.draw(&b, s.last)
	if _, err := io.WriteString(s.out, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// show draws other lines in the place of those that are there. Each fits the
// terminal, see size.
func (s *screen) show(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	s.erase(&b)
	s.draw(&b, lines)
	_, _ = io.WriteString(s.out, b.String()) // a terminal that is gone ends the process by a signal
}

// leave lets the lines stand as they are: what is written next comes below.
func (s *screen) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn, s.last = nil, nil
}

// erase goes up to the first drawn line and clears from there. A terminal that
// became narrower has broken the lines that are too long for it.
func (s *screen) erase(b *strings.Builder) {
	if len(s.drawn) == 0 {
		return
	}
	width, _ := s.size()
	rows := 0
	for _, w := range s.drawn {
		rows++
		if width > 0 && w > width {
			rows += (w - 1) / width
		}
	}
	fmt.Fprintf(b, "\r\x1b[%dA%s", rows, clearDown)
	s.drawn = s.drawn[:0]
}

func (s *screen) draw(b *strings.Builder, lines []string) {
	s.last = lines
	if len(lines) == 0 {
		return
	}
	width, _ := s.size()
	b.WriteString(noWrap)
	for _, l := range lines {
		n := visible(l)
		if width > 0 {
			n = min(n, width) // the terminal cuts what was made for a wider one
		}
		s.drawn = append(s.drawn, n)
		b.WriteString(l + "\n")
	}
	b.WriteString(wrap)
}

// visible counts the columns of a line, which holds nothing but ASCII, colours
// and narrow letters.
func visible(line string) int {
	n := utf8.RuneCountInString(line)
	for {
		i := strings.Index(line, "\x1b[")
		if i < 0 {
			return n
		}
		j := strings.IndexByte(line[i:], 'm')
		if j < 0 {
			return n
		}
		n -= j + 1
		line = line[i+j+1:]
	}
}

// terminalOf gives the terminal that a stream is, or stands for.
func terminalOf(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	if s, is := stream.(*screen); is {
		f, ok = s.file, s.file != nil
	}
	return f, ok && term.IsTerminal(int(f.Fd()))
}
