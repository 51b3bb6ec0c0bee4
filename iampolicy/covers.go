package iampolicy

import (
	"slices"
	"strings"
)

// Patterns of actions as sets: whether one holds another, and what two share.
// Letter case does not count.

// Covers says that every action that inner means outer means too. Both are
// patterns with * and ?. It may say no of two that are written in very odd ways,
// never yes where it is not so.
func Covers(outer, inner string) bool { return covers(tidy(outer), tidy(inner)) }

// Shared gives patterns that together mean what both a and b mean; none where
// they share nothing.
func Shared(a, b string) []string {
	x := crossing{a: tidy(a), b: tidy(b), known: map[[2]int][]string{}}
	if x.apart() {
		return nil
	}
	return widest(x.from(0, 0))
}

// tidy folds letter case and puts the ? of a run of wildcards before its one *.
func tidy(p string) string {
	p = lower(p)
	if !strings.Contains(p, "**") && !strings.Contains(p, "*?") {
		return p
	}
	var b strings.Builder
	for i := 0; i < len(p); {
		if p[i] != '*' && p[i] != '?' {
			b.WriteByte(p[i])
			i++
			continue
		}
		star := false
		for ; i < len(p) && (p[i] == '*' || p[i] == '?'); i++ {
			if star = star || p[i] == '*'; p[i] == '?' {
				b.WriteByte('?')
			}
		}
		if star {
			b.WriteByte('*')
		}
	}
	return b.String()
}

// covers matches inner as a text in which * is a letter that only a * means, and
// ? one that a ? and a * mean.
func covers(outer, inner string) bool {
	at, i, star, from := 0, 0, -1, 0
	for i < len(inner) {
		switch {
		case at < len(outer) && outer[at] == '*':
			star, from = at, i
			at++
		case at < len(outer) && inner[i] != '*' && (outer[at] == '?' || outer[at] == inner[i] && inner[i] != '?'):
			at++
			i++
		case star >= 0:
			from++
			at, i = star+1, from
		default:
			return false
		}
	}
	for at < len(outer) && outer[at] == '*' {
		at++
	}
	return at == len(outer)
}

// crossing finds what two patterns share.
type crossing struct {
	a, b  string
	known map[[2]int][]string
}

// apart says for most pairs quickly that they share nothing: by what stands
// before the first wildcards.
func (x *crossing) apart() bool {
	p, q := literal(x.a), literal(x.b)
	return !strings.HasPrefix(p, q) && !strings.HasPrefix(q, p)
}

func literal(p string) string {
	if i := strings.IndexAny(p, "*?"); i >= 0 {
		return p[:i]
	}
	return p
}

// maxShared keeps two odd patterns from sharing very many; beyond it what they
// share is told as less than it is.
const maxShared = 16

// from gives what a behind i and b behind j share.
func (x *crossing) from(i, j int) []string {
	at := [2]int{i, j}
	if all, ok := x.known[at]; ok {
		return all
	}
	var all []string
	with := func(head string, i, j int) {
		for _, rest := range x.from(i, j) {
			if head == "*" && strings.HasPrefix(rest, "*") {
				head = ""
			}
			all = append(all, head+rest)
		}
	}
	endA, endB := i == len(x.a), j == len(x.b)
	switch {
	case endA && endB:
		all = []string{""}
	case !endA && !endB && x.a[i] == '*' && x.b[j] == '*':
		with("*", i+1, j)
		with("*", i, j+1)
	case !endA && x.a[i] == '*':
		with("", i+1, j)
		if !endB {
			with(x.b[j:j+1], i, j+1)
		}
	case !endB && x.b[j] == '*':
		with("", i, j+1)
		if !endA {
			with(x.a[i:i+1], i+1, j)
		}
	case endA || endB:
	case x.a[i] == x.b[j], x.b[j] == '?':
		with(x.a[i:i+1], i+1, j+1)
	case x.a[i] == '?':
		with(x.b[j:j+1], i+1, j+1)
	}
	all = widest(all)
	x.known[at] = all
	return all
}

// widest leaves out what another of the patterns covers.
func widest(all []string) []string {
	slices.Sort(all)
	all = slices.Compact(all)
	out := slices.DeleteFunc(slices.Clone(all), func(p string) bool {
		return slices.ContainsFunc(all, func(q string) bool { return q != p && covers(q, p) })
	})
	return out[:min(len(out), maxShared)]
}
