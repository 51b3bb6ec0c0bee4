package report

import (
	"slices"
	"strconv"
	"strings"
)

// failures are the tests that fail, undecided those of which nobody knows yet.
func (p *Payer) failures() []Test { return p.testsWhere((*Test).failed) }
func (p *Payer) undecided() []Test {
	return p.testsWhere(func(t *Test) bool { return t.Undecided != "" })
}

func (p *Payer) testsWhere(is func(*Test) bool) []Test {
	var out []Test
	for i := range p.Tests {
		if is(&p.Tests[i]) {
			out = append(out, p.Tests[i])
		}
	}
	return out
}

func (p *Payer) failedTests() int { return len(p.failures()) }

// testLines say in text how the tests went. Those that fail are the error of the
// payer, which names them.
func (p *Payer) testLines(b *strings.Builder, o TextOptions) {
	open := p.undecided()
	if n := len(p.Tests) - len(open); n > 0 && p.failedTests() == 0 {
		b.WriteString(count(n, "test of the payer file passes", "tests of the payer file pass") + ".\n")
	}
	for _, t := range open {
		b.WriteString(o.paint(yellow, "Undecided: test "+quote(t.Name)+" ("+Clean(t.Action)+" in "+Clean(t.Where)+" must be "+verb(t.Expect)+"): "+
			Clean(t.Undecided)) + ".\n")
	}
}

// errorLines are the lines of the payer's error but those that name a failed
// test, for in Markdown the test says so itself.
func (p *Payer) errorLines() []string {
	var out []string
	failures := p.failures()
	for _, l := range errorText(p.Error) {
		if !slices.ContainsFunc(failures, func(t Test) bool {
			return strings.HasPrefix(l, Clean(t.At+": test ")) && strings.Contains(l, Clean(strconv.Quote(t.Name)))
		}) {
			out = append(out, l)
		}
	}
	return out
}

// testPieces are the tests of the file, those that fail first, then those that
// are undecided.
func (p *Payer) testPieces(f *fold) {
	var lines []string
	for _, t := range p.failures() {
		lines = diffLines(lines, "-", entry{subject: Clean(t.Name), why: t.At}, nil)
		lines = append(lines, "    "+Clean(t.Action)+" in "+Clean(t.Where)+" must be "+verb(t.Expect)+" and is "+verb(t.Got))
		if t.By != "" {
			lines = append(lines, "    by "+Clean(t.By))
		}
	}
	open := p.undecided()
	for _, t := range open {
		lines = diffLines(lines, "!", entry{subject: Clean(t.Name), why: t.At}, nil)
		lines = append(lines, "    "+Clean(t.Action)+" in "+Clean(t.Where)+" must be "+verb(t.Expect), "    undecided: "+Clean(t.Undecided))
		if t.By != "" {
			lines = append(lines, "    by "+Clean(t.By))
		}
	}
	if n := len(p.Tests) - p.failedTests() - len(open); n > 0 {
		lines = append(lines, "+ "+count(n, "test passes", "tests pass"))
	}
	f.lines("Tests of the payer file", lines)
}

// unsure are the undecided tests of a payer, above the folds.
func (p *Payer) unsure() []string {
	var out []string
	all := p.undecided()
	for i, t := range all {
		if i == maxListed && len(all) > maxListed+1 {
			return append(out, "and "+count(len(all)-i, "more undecided test"))
		}
		out = append(out, "test "+code(clip(t.Name, maxClip))+" is undecided: "+prose(clip(t.Undecided, maxClip)))
	}
	return out
}
