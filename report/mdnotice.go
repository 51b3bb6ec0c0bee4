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
// stand as they are, all else is code. The full stop at its end is not part of a name.
func prose(s string) string {
	var out, names []string
	flush := func() {
		if len(names) > 0 {
			out = append(out, ended(strings.Join(names, " ")))
			names = nil
		}
	}
	words := strings.Fields(Clean(s))
	for i := 0; i < len(words); i++ {
		w := words[i]
		if n := quoted(words[i:]); n > 1 {
			names = append(names, words[i:i+n]...)
			i += n - 1
			w = words[i]
		} else if plainWord.MatchString(w) {
			flush()
			out = append(out, w)
		} else {
			names = append(names, w)
		}
		if strings.HasSuffix(w, ",") || strings.HasSuffix(w, ";") || strings.HasSuffix(w, ":") {
			flush()
		}
	}
	flush()
	return strings.Join(out, " ")
}

// quoted is how many words a quotation at the beginning has, 0 where there is none.
func quoted(words []string) int {
	if !strings.HasPrefix(words[0], `"`) {
		return 0
	}
	for i, w := range words {
		if w = strings.TrimRight(w, ",;:.)"); strings.HasSuffix(w, `"`) && (i > 0 || len(w) > 1) {
			return i + 1
		}
	}
	return 0
}

// ended is code, with the point behind a name behind the code.
func ended(s string) string {
	bare := strings.TrimRight(s, ",;:.")
	if bare == "" || len(s)-len(bare) > 1 {
		return code(s)
	}
	return code(bare) + s[len(bare):]
}
