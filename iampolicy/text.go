package iampolicy

import "strings"

// text is a value of a policy, with the variables that stand in it.
type text struct {
	fixed string // all of it, where there are no variables
	parts []part
}

// part is letters, a variable, or a reference that nobody has resolved.
type part struct {
	letters   string
	reference string // as written between ${{ and }}
	key       string // in lower case; "" for letters
	fallback  string
	hasDef    bool
}

// reading is how the values of a document are read.
type reading struct {
	variables bool // ${…} is looked at
	open      bool // ${{ … }} is what nobody knows yet, and not its letters
}

// text reads a value. wild says that * and ? are wildcards.
func (r reading) text(s string, wild bool) text {
	if !r.open || !hasReference(s) {
		return compileText(s, wild, r.variables)
	}
	var t text
	for s != "" {
		before, reference, after, found := cutReference(s)
		if one := compileText(before, wild, r.variables); one.parts != nil {
			t.parts = append(t.parts, one.parts...)
		} else if one.fixed != "" {
			t.parts = append(t.parts, part{letters: one.fixed})
		}
		if found {
			t.parts = append(t.parts, part{reference: reference})
		}
		s = after
	}
	return t
}

// hasReference says that a text holds ${{ … }}.
func hasReference(s string) bool {
	_, _, _, found := cutReference(s)
	return found
}

// cutReference cuts a text around its first ${{ … }}.
func cutReference(s string) (before, reference, after string, found bool) {
	before, rest, ok := strings.Cut(s, "${{")
	inside, after, closed := strings.Cut(rest, "}}")
	if !ok || !closed {
		return s, "", "", false
	}
	return before, strings.TrimSpace(inside), after, true
}

// references gives what stands between ${{ and }} in a text.
func references(s string) []string {
	var all []string
	for {
		_, one, after, found := cutReference(s)
		if !found {
			return all
		}
		all, s = append(all, one), after
	}
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
// one, and perhaps, where a part is not known. It is then a pattern of all that
// the text may be.
func (t *text) in(q *query) (string, Match) {
	if t.parts == nil {
		return t.fixed, Yes
	}
	var b strings.Builder
	known := Yes
	for _, p := range t.parts {
		if p.reference != "" {
			known = Maybe
			b.WriteByte(anyRun)
			continue
		}
		if p.key == "" {
			b.WriteString(p.letters)
			continue
		}
		var one [1]string
		values, unknown := q.values(p.key, &one)
		switch {
		case unknown:
			known = Maybe
			b.WriteByte(anyRun)
		case len(values) == 1 && values[0] != "":
			b.WriteString(strings.ToValidUTF8(values[0], "\uFFFD"))
		case p.hasDef:
			b.WriteString(p.fallback)
		default:
			return "", No
		}
	}
	return b.String(), known
}

// hangOn notes that the outcome hangs on the references in the text.
func (t *text) hangOn(q *query) {
	for _, p := range t.parts {
		if p.reference != "" {
			q.hangOn(p.reference)
		}
	}
}
