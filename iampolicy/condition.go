package iampolicy

import (
	"encoding/base64"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Match is whether a statement speaks of a request: [Maybe] where that hangs on
// a condition key that is not known.
type Match byte

// A Match is No, Maybe or Yes; the smaller of two is both, the larger is either.
const (
	No Match = iota
	Maybe
	Yes
)

func yes(ok bool) Match {
	if ok {
		return Yes
	}
	return No
}

// condition is one key under one operator.
type condition struct {
	operator
	each     byte // 'a' for ForAllValues, 'o' for ForAnyValue
	ifExists bool
	key      string // in lower case
	values   []value
	// hangs are references in the key.
	hangs []string
}

// value is one value of a policy, read as its operator reads it. A number, date,
// address or the like that is none equals nothing: ok is false.
type value struct {
	text   text
	ok     bool
	number float64
	date   time.Time
	net    netip.Prefix
	// hangs are references in what is no text.
	hangs []string
}

func compileValue(c comparison, s string, read reading) value {
	v := value{}
	if read.open && c != asString && c != asFolded && c != asPattern && c != asARN {
		if v.hangs = references(s); v.hangs != nil {
			return v
		}
	}
	switch c {
	case asString, asFolded:
		v.text, v.ok = read.text(s, false), true
	case asPattern, asARN:
		v.text, v.ok = read.text(s, true), true
	case asNumber:
		v.number, v.ok = readNumber(s)
	case asDate:
		v.date, v.ok = readDate(s)
	case asBool, asPresence:
		v.text.fixed = lower(s)
		v.ok = v.text.fixed == "true" || v.text.fixed == "false"
	case asBytes:
		v.text.fixed, v.ok = readBytes(s)
	case asAddress:
		v.net, v.ok = readNet(s)
	}
	return v
}

// holds says whether the condition is met.
func (c *condition) holds(q *query) Match {
	if c.hangs != nil {
		q.hangOn(c.hangs...)
		return Maybe
	}
	n := len(q.hangs)
	m := c.meets(q)
	if m != Maybe {
		q.hangs = q.hangs[:n]
	}
	return m
}

// meets is holds for a key whose name is known.
func (c *condition) meets(q *query) Match {
	var one [1]string
	have, unknown := q.values(c.key, &one)
	if unknown {
		return Maybe
	}
	if c.compare == asPresence {
		return c.presence(len(have) == 0, q)
	}
	empty := len(have) == 0
	if c.each != 0 && !slices.ContainsFunc(have, func(s string) bool { return s != "" }) {
		empty = true
	}
	switch {
	case empty && c.each == 'o':
		return No
	case empty && c.each == 'a':
		return Yes
	case empty:
		return yes(c.ifExists || c.negated)
	}
	least, most := Yes, No
	for _, s := range have {
		m := c.one(s, q)
		least, most = min(least, m), max(most, m)
	}
	if c.each == 'a' || c.each == 0 && c.negated {
		return least
	}
	return most
}

// presence is Null, for a key that is missing or not.
func (c *condition) presence(missing bool, q *query) Match {
	m := No
	for _, v := range c.values {
		if v.hangs != nil {
			q.hangOn(v.hangs...)
			m = max(m, Maybe)
			continue
		}
		m = max(m, yes(v.ok && (v.text.fixed == "true") == missing))
	}
	return m
}

// one says whether one value of the request meets the condition.
func (c *condition) one(s string, q *query) Match {
	found := No
	for i := range c.values {
		if found = max(found, c.equal(&c.values[i], s, q)); found == Yes {
			break
		}
	}
	if c.negated {
		return Yes - found
	}
	return found
}

// equal holds one value of the policy against one of the request.
func (c *condition) equal(v *value, s string, q *query) Match {
	if v.hangs != nil {
		q.hangOn(v.hangs...)
		return Maybe
	}
	if !v.ok {
		return No
	}
	switch c.compare {
	case asString, asFolded, asPattern, asARN:
		want, known := v.text.in(q)
		if known == Maybe && c.compare != asFolded && !glob(want, s) {
			return No // whatever it turns out to be
		}
		if known != Yes {
			v.text.hangOn(q)
			return known
		}
		switch c.compare {
		case asString:
			return yes(want == s)
		case asFolded:
			return yes(strings.EqualFold(want, s))
		case asPattern:
			return yes(glob(want, s))
		}
		return yes(globARN(want, s))
	case asNumber:
		n, ok := readNumber(s)
		return yes(ok && c.ordered(n < v.number, n == v.number, n > v.number))
	case asDate:
		d, ok := readDate(s)
		return yes(ok && c.ordered(d.Before(v.date), d.Equal(v.date), d.After(v.date)))
	case asBool:
		return yes(lower(s) == v.text.fixed)
	case asBytes:
		b, ok := readBytes(s)
		return yes(ok && b == v.text.fixed)
	case asAddress:
		a, err := netip.ParseAddr(s)
		return yes(err == nil && v.net.Contains(a.Unmap().WithZone("")))
	}
	return No
}

func (c *condition) ordered(less, equal, greater bool) bool {
	return less && c.order[0] == '<' || greater && c.order[0] == '>' || equal && strings.HasSuffix(c.order, "=")
}

func readNumber(s string) (float64, bool) {
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && n == n && !strings.ContainsAny(s, "xXpP_nN")
}

var dateLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2006-01-02Z07:00", time.DateOnly, "2006-01", "2006",
}

// readDate reads the W3C's profiles of ISO 8601, and seconds of the epoch, which
// have more digits than a year.
func readDate(s string) (time.Time, bool) {
	if len(s) != 4 {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return time.Unix(n, 0), true
		}
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func readBytes(s string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err == nil
}

func readNet(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen()), true
}
