package report

import (
	"regexp"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// What stands first in a comment: mistakes of files, notices, and what
// --allow-self lifts, each level of them in an alert of its own, the gravest
// first. An alert is short; what it has no room for is below it, in a fold.

// firstMax is how many lines such an alert has, and firstBytes how long it is
// when it takes no further one.
const (
	firstMax   = 8
	firstBytes = 4000
)

// told is something to say: as Markdown, which may be clipped, and as it was told.
type told struct {
	short, whole string
	clipped      bool
}

// first gives the alerts, and a fold of what they have no room for.
func (r *Report) first() (alerts []string, rest fold) {
	add := func(title, kind string, all []told) {
		lines, cut := brief(all)
		alerts = append(alerts, alert(kind, lines)...)
		if !cut {
			return
		}
		var whole []string
		for _, t := range all {
			whole = append(whole, errorText(t.whole)...)
		}
		rest.inner(title+" in full", fenced("", whole))
	}
	add("Mistakes", "CAUTION", r.mistakes())
	for i, all := range r.told() {
		add(levels[i].word+"s", strings.ToUpper(levels[i].word), all)
	}
	return alerts, rest
}

// brief are the lines of an alert; cut says that they do not say all.
func brief(all []told) (lines []string, cut bool) {
	size := 0
	for i, t := range all {
		if i == firstMax && len(all) > firstMax+1 || size > firstBytes {
			return append(lines, "and "+words.Comma(len(all)-i)+" more, below"), true
		}
		lines = append(lines, t.short)
		size += len(t.short)
		cut = cut || t.clipped
	}
	return lines, cut
}

func (r *Report) mistakes() []told {
	var out []told
	for _, m := range r.Mistakes {
		lines := errorText(m)
		out = append(out, told{codeLines(lines), m, len(lines) > shownLines || len(m) > maxClip})
	}
	return out
}

// told are the notices by level, and with the cautions what is lifted.
func (r *Report) told() (by [3][]told) {
	add := func(payer string, n *Notice) {
		text := strings.Join(errorText(n.Text), " ")
		t := told{prose(clip(text, maxClip)), text, len(text) > maxClip}
		if payer != "" && len(r.Payers) > 1 {
			t.short, t.whole = "**"+code(clip(payer, maxClip))+"**: "+t.short, payer+": "+t.whole
		}
		by[n.grade()] = append(by[n.grade()], t)
	}
	for i := range r.Notices {
		add("", &r.Notices[i])
	}
	for i := range r.Payers {
		p := &r.Payers[i]
		for j := range p.Notices {
			add(p.Name, &p.Notices[j])
		}
		for _, n := range p.liftedNotices() {
			add(p.Name, &n)
		}
	}
	return by
}

// liftedNotices say of each reason that --allow-self lifts what goes past it.
func (p *Payer) liftedNotices() []Notice {
	var changes []Change
	for _, c := range p.Changes {
		if c.Lifted != "" {
			changes = append(changes, c)
		}
	}
	lines := groups(changes, false)
	var out []Notice
	for i := range lines {
		g := &lines[i]
		out = append(out, Notice{Name: AllowSelf, Level: Caution, Text: g.Op + " " + g.subject() + " only by --allow-self: " + g.Lifted})
	}
	return out
}

// plainWord is a word that means nothing to Markdown or to a site, wherever it
// stands: letters, or a number of few digits, which is no commit and begins no list.
var plainWord = regexp.MustCompile(`^\(?([A-Za-z]+|[A-Za-z]+'[a-z]+|[0-9]{1,4}|[0-9]{1,3}(,[0-9]{3})+)\)?[,;:]?$|^\(?[A-Za-z]+\)?\.$`)

// prose is a sentence of the report's own that has names in it: words of letters
// stand as they are, all else is code. A quotation is a name by itself; brackets
// around a name, and the point behind it, are no part of it.
func prose(s string) string {
	var out, names []string
	flush := func() {
		if len(names) > 0 {
			out = append(out, code(strings.Join(names, " ")))
			names = nil
		}
	}
	for s = strings.TrimSpace(Clean(s)); s != ""; s = strings.TrimLeft(s, " ") {
		n := quotation(s)
		quoted := n > 0
		if !quoted {
			n = wordLen(s)
		}
		word := s[:n]
		s = s[n:]
		if !quoted && plainWord.MatchString(word) && (len(out)+len(names) > 0 || !listItem.MatchString(word)) {
			flush()
			out = append(out, word)
			continue
		}
		open, name, end := stripped(word)
		if open != "" || quoted {
			flush()
		}
		names = append(names, name)
		if open+end != "" || quoted {
			flush()
			out[len(out)-1] = open + out[len(out)-1] + end
		}
	}
	flush()
	return strings.Join(out, " ")
}

// listItem begins a list where a line begins with it.
var listItem = regexp.MustCompile(`^[0-9]+\)`)

func wordLen(s string) int {
	if n := strings.IndexByte(s, ' '); n >= 0 {
		return n
	}
	return len(s)
}

// quotation is how long a quotation at the beginning is with the bracket before it
// and all that is behind it up to the next space, 0 where there is none. A quotation
// mark behind a backslash does not end it, nor does one inside a word.
func quotation(s string) int {
	start := len(s) - len(strings.TrimPrefix(s, "("))
	if !strings.HasPrefix(s[start:], `"`) {
		return 0
	}
	for i := start + 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			n := i + 1 + wordLen(s[i+1:])
			if strings.Trim(s[i+1:n], ",;:.)") == "" {
				return n
			}
		}
	}
	return 0
}

// stripped splits what is around a name off: a bracket before it, and behind it one
// that the name has not opened, with a point. Where nothing else is, all is the name.
func stripped(word string) (open, name, end string) {
	name = strings.TrimPrefix(word, "(")
	open = word[:len(word)-len(name)]
	point := func() {
		if n := len(name) - 1; n > 0 && strings.IndexByte(",;:.", name[n]) >= 0 {
			name, end = name[:n], name[n:]+end
		}
	}
	point()
	if strings.HasSuffix(name, ")") && strings.Count(name, ")") > strings.Count(name, "(") {
		name, end = strings.TrimSuffix(name, ")"), ")"+end
		point()
	}
	if name == "" || strings.IndexByte(",;:.", name[len(name)-1]) >= 0 {
		return "", word, ""
	}
	return open, name, end
}
