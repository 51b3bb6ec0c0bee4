package iampolicy

import (
	"encoding/base64"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// circumstance is a condition key with a value, or without.
type circumstance struct {
	key    string
	values []string
}

func (c circumstance) in(base map[string][]string) map[string][]string {
	m := maps.Clone(base)
	m[c.key] = c.values
	return m
}

// met gives contexts in which the conditions of the statement hold, each with
// the circumstance that sets it apart from the first: all that the pool has for
// one key, the first that will do for the others. There is none where the pool
// has none.
func (s *statement) met(pool []circumstance) (contexts []map[string][]string, apart []circumstance) {
	base := map[string][]string{}
	var others []circumstance
	for _, c := range s.conditions {
		if _, ok := base[c.key]; ok {
			continue
		}
		found := false
		for _, v := range pool {
			switch {
			case v.key != c.key || !s.holdsFor(v):
			case found:
				others = append(others, v)
			default:
				found, base[c.key] = true, v.values
			}
		}
		if !found {
			return nil, nil
		}
	}
	contexts, apart = append(contexts, base), append(apart, circumstance{})
	for _, v := range others {
		contexts, apart = append(contexts, v.in(base)), append(apart, v)
	}
	return contexts, apart
}

// holdsFor says that all conditions on the key of v hold for it.
func (s *statement) holdsFor(v circumstance) bool {
	q := (&Request{Context: map[string][]string{v.key: v.values}}).query()
	return !slices.ContainsFunc(s.conditions, func(c condition) bool { return c.key == v.key && c.holds(&q) != Yes })
}

// circumstances are the values that tell the conditions of a policy apart.
func (p *Policy) circumstances() []circumstance {
	var all []circumstance
	for _, s := range p.statements {
		for _, c := range s.conditions {
			for _, v := range c.values {
				for _, example := range v.examples(c.operator) {
					all = append(all, circumstance{c.key, []string{example}})
				}
			}
			all = append(all, circumstance{c.key, nil}, circumstance{c.key, []string{other(c.compare)}})
		}
	}
	return all
}

// examples are values at, and on both sides of, what an operator compares with.
func (v value) examples(o operator) []string {
	switch o.compare {
	case asPresence:
		return nil
	case asNumber:
		f := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
		return []string{f(v.number), f(v.number - 1), f(v.number + 1)}
	case asDate:
		f := func(d time.Duration) string { return v.date.Add(d).UTC().Format(time.RFC3339) }
		return []string{f(0), f(-time.Second), f(time.Second)}
	case asBool:
		return []string{v.text.fixed, map[string]string{"true": "false", "false": "true"}[v.text.fixed]}
	case asBytes:
		return []string{base64.StdEncoding.EncodeToString([]byte(v.text.fixed))}
	case asAddress:
		if !v.net.IsValid() {
			return nil
		}
		last := v.net.Addr().AsSlice()
		for i := v.net.Bits(); i < len(last)*8; i++ {
			last[i/8] |= 0x80 >> (i % 8)
		}
		return []string{v.net.Addr().String(), addressOf(last)}
	}
	if v.text.parts != nil {
		return nil
	}
	if strings.IndexByte(v.text.fixed, anyRun) < 0 && strings.IndexByte(v.text.fixed, anyOne) < 0 {
		return []string{v.text.fixed}
	}
	var filled []string
	for _, f := range fillings {
		filled = append(filled, strings.NewReplacer(string([]byte{anyRun}), f, string([]byte{anyOne}), f[:1]).Replace(v.text.fixed))
	}
	return filled
}

// fillings stand for what wildcards stand for: a pattern that is narrowed to
// another has some of them still, and hardly all.
var fillings = []string{"x9", "q7", "Z5"}

// other is a value that hardly any condition names.
func other(c comparison) string {
	switch c {
	case asNumber:
		return "-987654321"
	case asDate:
		return "1999-12-31T23:59:59Z"
	case asAddress:
		return "192.0.2.77"
	}
	return "x9y"
}

func addressOf(b []byte) string {
	a, _ := netip.AddrFromSlice(b)
	return a.String()
}
