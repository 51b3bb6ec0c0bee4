package iampolicy

import "strings"

// text is a value of a policy, with the variables that stand in it.
type text struct {
	fixed string // all of it, where there are no variables
	parts []part
}

// part is letters, or a variable.
type part struct {
	letters  string
	key      string // in lower case; "" for letters
	fallback string
	hasDef   bool
}

// compileText reads a value. wild says that * and ? are wildcards, variables
// that ${…} is looked at. What no variable can be stays as it is, as do our own
// references ${{ … }}.
func compileText(s string, wild, variables bool) text {
	letters := func(s string) string {
		if wild {
			return wildcards.Replace(s)
		}
		return s
	}
	var t text
	var b strings.Builder
	for variables {
		at := strings.Index(s, "${")
		end := -1
		if at >= 0 {
			end = strings.IndexByte(s[at:], '}')
		}
		if end < 0 {
			break
		}
		b.WriteString(letters(s[:at]))
		inside := s[at+2 : at+end]
		whole := s[at : at+end+1]
		s = s[at+end+1:]
		switch inside {
		case "*", "?", "$":
			b.WriteString(inside)
			continue
		}
		v, ok := variable(inside)
		if !ok {
			b.WriteString(letters(whole))
			continue
		}
		if b.Len() > 0 {
			t.parts = append(t.parts, part{letters: b.String()})
			b.Reset()
		}
		t.parts = append(t.parts, v)
	}
	b.WriteString(letters(s))
	if t.parts == nil {
		t.fixed = b.String()
	} else if b.Len() > 0 {
		t.parts = append(t.parts, part{letters: b.String()})
	}
	return t
}

// variable reads what stands between the braces: a key, and perhaps a default in
// quotation marks.
func variable(s string) (part, bool) {
	key, rest, hasDef := strings.Cut(s, ",")
	key = strings.TrimSpace(key)
	if !strings.Contains(key, ":") || strings.ContainsAny(key, "{$") {
		return part{}, false
	}
	v := part{key: lower(key), hasDef: hasDef}
	if hasDef {
		rest = strings.TrimSpace(rest)
		if len(rest) < 2 || rest[0] != '\'' || rest[len(rest)-1] != '\'' {
			return part{}, false
		}
		v.fallback = rest[1 : len(rest)-1]
	}
	return v, true
}

// in gives the text with the variables of a request put in: whether there is
// one, and perhaps, where a variable is not known.
func (t *text) in(q *query) (string, Match) {
	if t.parts == nil {
		return t.fixed, Yes
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.key == "" {
			b.WriteString(p.letters)
			continue
		}
		var one [1]string
		values, unknown := q.values(p.key, &one)
		switch {
		case unknown:
			return "", Maybe
		case len(values) == 1 && values[0] != "":
			b.WriteString(strings.ToValidUTF8(values[0], "\uFFFD"))
		case p.hasDef:
			b.WriteString(p.fallback)
		default:
			return "", No
		}
	}
	return b.String(), Yes
}
