package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// onVT is a screen on a terminal of the test.
func onVT(v *vt) *screen { return &screen{out: v, size: v.size} }

func screenShows(t *testing.T, v *vt, want ...string) {
	t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n")+"\n", v.text()); diff != "" {
		t.Errorf("screen (-want +got):\n%s", diff)
	}
	if len(v.strange) > 0 {
		t.Errorf("sequences %q", v.strange)
	}
}

func TestScreen(t *testing.T) {
	v := newVT(30, 10)
	s := onVT(v)
	fmt.Fprintln(s, "before")
	s.show([]string{"one [===   ]", "two [=     ]"})
	s.show([]string{"one [====  ]", "two [==    ]"})
	fmt.Fprintln(s, "what failed, in a line that is longer than the terminal")
	fmt.Fprint(s, "no end of line")
	s.show([]string{"one [=====]", "two \x1b[31m[===]\x1b[0m", "three"})
	s.show([]string{"one"})
	screenShows(t, v, "before", "what failed, in a line that is", " longer than the terminal", "no end of line", "one")
	s.leave()
	fmt.Fprintln(s, "after")
	screenShows(t, v, "before", "what failed, in a line that is", " longer than the terminal", "no end of line", "one", "after")
}

// A terminal that becomes narrower breaks what is there; nothing of it stays,
// and nothing above it is lost.
func TestScreenResized(t *testing.T) {
	v := newVT(40, 12)
	s := onVT(v)
	fmt.Fprintln(s, "before")
	long := strings.Repeat("x", 39)
	s.show([]string{long, "\x1b[31mshort\x1b[0m", long})
	v.resize(15, 12)
	screenShows(t, v, "before", long[:15], long[:15], long[:9], "short", long[:15], long[:15], long[:9])
	s.show([]string{"one", "two", "three"})
	screenShows(t, v, "before", "one", "two", "three")
	v.resize(60, 12)
	s.show([]string{long, long})
	v.resize(39, 12) // just as wide as the lines
	fmt.Fprintln(s, "failed")
	screenShows(t, v, "before", "failed", long, long)
}

// However it is resized and written to, from many goroutines: at the end there
// is each line that was written, once and in order, and the last bars.
func TestScreenRandom(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		v := newVT(50, 200)
		s := onVT(v)
		var want []string
		for i := range 40 {
			switch r.IntN(3) {
			case 0:
				line := fmt.Sprintf("line %d", i)
				want = append(want, line)
				fmt.Fprintln(s, line)
			case 1:
				w, _ := v.size()
				var bars []string
				for range 1 + r.IntN(5) {
					bars = append(bars, strings.Repeat("=", r.IntN(w)))
				}
				s.show(bars)
			default:
				v.resize(10+r.IntN(60), 200)
			}
		}
		s.show([]string{"bar"})
		screenShows(t, v, append(want, "bar")...)
	}
	v := newVT(50, 2000)
	s := onVT(v)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 50 {
				fmt.Fprintf(s, "%d %d\n", i, j)
				s.show([]string{"a", "b"})
			}
		})
	}
	all.Wait()
	if got := v.text(); strings.Count(got, "\n") != 202 || !strings.HasSuffix(got, "\na\nb\n") {
		t.Errorf("screen:\n%s", got)
	}
}
