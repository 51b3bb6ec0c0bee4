package report

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// The rule of groups: accounts of one pool to which the same is done read as
// one line, and so do like things in them, such as a role of one name. "The same" is op, kind, place, fields with their values, sizes and
// the reason of a block. Inside a value the id of the account counts as
// ${{ id }}, as in the payer file, so that a line says of each account what its
// own line would have said. What was before in a name or an email may differ, and
// so may what AWS says behind the code of an error that blocks: it names the account.

// aloneUpTo is how many changes that are alike still have a line each.
const aloneUpTo = 3

// group is one line: a change, or many that are alike.
type group struct {
	Change         // the first, with ${{ id }} in its values where there are many
	members []int  // indexes of the changes
	various []bool // by field: before was not the same everywhere
	ids     []string
}

// creates says that the fields are those of something new.
func (g *group) creates() bool {
	return g.Op == "create" && !slices.ContainsFunc(g.Fields, func(f Field) bool { return f.Before != nil })
}

// many says that the line stands for more than one change.
func (g *group) many() bool { return len(g.members) > 1 }

// groups gives the lines of some changes. Each stands where its first change does.
func groups(changes []Change, verbose bool) []group {
	out := make([]group, 0, min(len(changes), 64))
	index := map[string]int{}
	var k []byte
	for i := range changes {
		c := &changes[i]
		if verbose || c.Pool == "" || c.ID == "" {
			out = append(out, group{Change: *c, members: []int{i}})
			continue
		}
		t := template(c)
		k = key(k[:0], &t)
		at, ok := index[string(k)]
		if !ok {
			index[string(k)] = len(out)
			out = append(out, group{Change: t, members: []int{i}, various: make([]bool, len(t.Fields)), ids: []string{c.ID}})
			continue
		}
		out[at].add(i, &t)
	}
	return expand(out, changes)
}

func (g *group) add(i int, t *Change) {
	for f := range t.Fields {
		if deref(t.Fields[f].Before) != deref(g.Fields[f].Before) {
			g.various[f] = true
		}
	}
	g.members = append(g.members, i)
	g.ids = append(g.ids, t.ID)
}

// expand gives small groups a line for each of their changes.
func expand(lines []group, changes []Change) []group {
	out := make([]group, 0, len(lines))
	for _, g := range lines {
		if len(g.members) > aloneUpTo {
			out = append(out, g)
			continue
		}
		for _, i := range g.members {
			out = append(out, group{Change: changes[i], members: []int{i}})
		}
	}
	return out
}

// errorCode is the code of an error of AWS inside a reason, up to the text behind it.
var errorCode = regexp.MustCompile(`: [A-Z][a-z]+(?:[A-Z][A-Za-z]*)+(: )`)

// codeOnly is the reason why something in an account is blocked, without what AWS
// says behind the code of its error.
func codeOnly(c *Change) string {
	if at := errorCode.FindStringSubmatchIndex(c.Blocked); at != nil && c.Kind != "account" {
		return c.Blocked[:at[2]]
	}
	return c.Blocked
}

// template gives a change with ${{ id }} for its id in values and reasons.
func template(c *Change) Change {
	t := *c
	t.Blocked, t.Lifted, t.Error = withID(codeOnly(c), c.ID), withID(c.Lifted, c.ID), withID(c.Error, c.ID)
	if len(c.Fields) == 0 {
		return t
	}
	t.Fields = slices.Clone(c.Fields)
	for i := range t.Fields {
		f := &t.Fields[i]
		f.Before, f.After = pointWithID(f.Before, c.ID), pointWithID(f.After, c.ID)
		f.AfterTemplate = withID(f.AfterTemplate, c.ID)
	}
	return t
}

func pointWithID(s *string, id string) *string {
	if s == nil || !strings.Contains(*s, id) {
		return s
	}
	v := withID(*s, id)
	return &v
}

// withID replaces an id that stands by itself: no digit goes on where the id
// begins or ends with one.
func withID(s, id string) string {
	if id == "" || !strings.Contains(s, id) {
		return s
	}
	var b strings.Builder
	for at := 0; ; {
		i := strings.Index(s[at:], id)
		if i < 0 {
			b.WriteString(s[at:])
			return b.String()
		}
		i += at
		end := i + len(id)
		b.WriteString(s[at:i])
		if i > 0 && digit(s[i-1]) && digit(id[0]) || end < len(s) && digit(s[end]) && digit(id[len(id)-1]) {
			b.WriteString(id)
		} else {
			b.WriteString("${{ id }}")
		}
		at = end
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// key appends what is equal for changes that share a line.
func key(b []byte, t *Change) []byte {
	put := func(ss ...string) {
		for _, s := range ss {
			b = strconv.AppendInt(b, int64(len(s)), 10)
			b = append(b, ':')
			b = append(b, s...)
		}
	}
	value := func(s *string) {
		if s == nil {
			put("-")
			return
		}
		b = append(b, '=')
		put(*s)
	}
	if t.Kind != "account" {
		put(t.Name) // the accounts of a pool have their own names; what is in them has one
	}
	put(strconv.Itoa(len(t.Foreign)))
	put(t.Foreign...)
	put(t.NoExternalID...)
	put(t.Op, t.Kind, t.Pool, t.OU, t.Blocked, t.Lifted, t.Waiting, t.Outcome, t.Error)
	for _, f := range t.Fields {
		put(f.Name, f.AfterTemplate)
		value(f.After)
		if f.Name != "name" && f.Name != "email" {
			value(f.Before)
		}
	}
	for _, u := range t.Usage {
		put(u.Name, strconv.Itoa(u.Used), strconv.Itoa(u.Limit))
	}
	return b
}

// deref tells a value that is absent from one that is empty.
func deref(s *string) string {
	if s == nil {
		return "-"
	}
	return "=" + *s
}

// maxRuns is how many ranges of ids a line lists.
const maxRuns = 4

// ranges writes ids with a … where they follow each other: 1 … 20, 31, a7.
func ranges(ids []string) string {
	var parts []string
	for i := 0; i < len(ids); {
		end := i + 1
		for end < len(ids) && follows(ids[end-1], ids[end]) {
			end++
		}
		switch {
		case len(parts) == maxRuns:
			return strings.Join(parts, ", ") + " and " + words.Comma(len(ids)-i) + " more"
		case end-i > 2:
			parts = append(parts, Clean(ids[i])+" … "+Clean(ids[end-1]))
		default:
			end = i + 1
			parts = append(parts, Clean(ids[i]))
		}
		i = end
	}
	return strings.Join(parts, ", ")
}

// follows says that b is the next id after a: the same letters, one more.
func follows(a, b string) bool {
	pa, na, ok := splitNumber(a)
	pb, nb, ok2 := splitNumber(b)
	if !ok || !ok2 || pa != pb || nb != na+1 {
		return false
	}
	return len(a) == len(b) || !strings.HasPrefix(b[len(pb):], "0") && !strings.HasPrefix(a[len(pa):], "0")
}

// splitNumber splits an id into what stands before its last digits, and those.
func splitNumber(id string) (prefix string, n uint64, ok bool) {
	i := len(id)
	for i > 0 && digit(id[i-1]) {
		i--
	}
	n, err := strconv.ParseUint(id[i:], 10, 64)
	return id[:i], n, err == nil
}
