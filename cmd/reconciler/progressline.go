package main

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/words"
)

// lines are the bars as they fit: so many columns, so many rows. Where there
// are more classes than rows, those that go on come first.
func (p *progress) lines(width, rows int, now time.Time) []string {
	show, more := p.classes, 0
	if len(show) > rows {
		show, more = nil, 0
		for _, wanted := range []func(*class) bool{(*class).goesOn, (*class).toCome, (*class).ended} {
			for _, c := range p.classes {
				if wanted(c) && len(show) < max(rows-1, 1) {
					show = append(show, c)
				}
			}
		}
		more = len(p.classes) - len(show)
	}
	name, counts := 0, 0
	for _, c := range show {
		name, counts = max(name, len(c.name)), max(counts, len(c.count()))
	}
	tails, longest := make([]string, len(show)), tailRoom
	for i, c := range show {
		tails[i] = p.tail(c, counts, width, now)
		longest = max(longest, len(tails[i]))
	}
	var out []string
	for i, c := range show {
		out = append(out, p.line(c, name, tails[i], longest, width))
	}
	if more > 0 && rows > 1 {
		out = append(out, cut(fmt.Sprintf("… and %d more sorts of changes", more), width))
	}
	return out
}

func (c *class) goesOn() bool { return !c.began.IsZero() && c.done < c.total }
func (c *class) toCome() bool { return c.began.IsZero() && c.done < c.total }
func (c *class) ended() bool  { return c.done >= c.total }

func (c *class) count() string {
	return words.Comma(c.done) + " of " + words.Comma(c.total)
}

// tailRoom is kept for what stands behind a bar, so that the bars do not change
// their length with it.
const tailRoom = 34

// tail is what stands behind the bar: count, what went wrong, pace, time left,
// and of these what fits beside the name.
func (p *progress) tail(c *class, counts, width int, now time.Time) string {
	tail := fmt.Sprintf("%*s", counts, c.count())
	fit := func(more string) {
		if more != "" && len(c.name)+2+len(tail)+2+len(more) <= width {
			tail += "  " + more
		}
	}
	fit(c.bad())
	if c.waits > 0 {
		fit(words.Comma(c.waits) + " waiting")
	}
	if c.goesOn() && !p.stops() {
		pace := c.pace(now)
		fit(paceText(pace))
		fit(leftText(c.total-c.done, pace))
	}
	return tail
}

// bad counts what failed.
func (c *class) bad() string {
	if c.failed == 0 {
		return ""
	}
	return words.Comma(c.failed) + " failed"
}

// line is one class: name, bar and tail. What does not fit is left out, the bar
// first, then the name is cut. All names and tails are given so much room.
func (p *progress) line(c *class, name int, tail string, tails, width int) string {
	head := fmt.Sprintf("%-*s  ", name, c.name)
	if room := width - len(head) - 2 - tails; room >= leastBar {
		head += bar(c.done, c.total, min(room, 40)) + "  "
	} else if room := width - len(tail) - 2; len(head)+len(tail) > width {
		head = ""
		if room > 2 {
			head = cut(c.name, room) + "  "
		}
	}
	line := cut(head+tail, width)
	if bad := c.bad(); p.colour && bad != "" {
		line = strings.Replace(line, bad, "\x1b[31m"+bad+"\x1b[0m", 1)
	}
	return line
}

// cut shortens a text to so many columns.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	return string([]rune(s)[:width-1]) + "…"
}

// paceText says how many end in what time.
func paceText(perSecond float64) string {
	switch {
	case perSecond <= 0:
		return ""
	case perSecond >= 10:
		return words.Comma(int(math.Round(perSecond))) + "/s"
	case perSecond >= 1:
		return fmt.Sprintf("%.1f/s", perSecond)
	case perSecond*60 >= 1:
		return fmt.Sprintf("%.0f/min", perSecond*60)
	}
	return fmt.Sprintf("%.0f/h", max(perSecond*3600, 1))
}

// leftText says how long the rest takes at a pace.
func leftText(rest int, perSecond float64) string {
	if perSecond <= 0 {
		return ""
	}
	return words.Estimate(time.Duration(min(float64(rest)/perSecond, maxLeft)*float64(time.Second))) + " left"
}

// maxLeft is the longest time in seconds that is told, as nobody waits for longer.
const maxLeft = 10 * 365 * 24 * 3600
