package report

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
)

// The rule of spelling: letter case does not count in the actions and the
// condition keys of a document, and what is compared has them in lower case. A
// reader sees them as the file has them, on both sides of a change, so that only
// what differs looks so.

// spellings are the documents of a report that were respelled, for many accounts
// have the same.
type spellings map[[2]string]string

// of respells the documents among the fields of a change.
func (s spellings) of(c *planner.Change, fields []Field) {
	if c.Want == nil || len(c.Want.Inputs) == 0 {
		return
	}
	sent := ""
	for _, key := range slices.Sorted(maps.Keys(c.Want.Inputs)) {
		if text := c.Want.Inputs[key].String(); isObject(text) {
			sent += text
		}
	}
	if sent == "" {
		return
	}
	for i := range fields {
		f := &fields[i]
		f.Before, f.After = s.respell(f.Before, sent), s.respell(f.After, sent)
		f.AfterTemplate = *s.respell(&f.AfterTemplate, sent)
	}
}

func isObject(text string) bool { return strings.HasPrefix(text, "{") }

// respell gives a document as what is sent spells it, and any other text as it is.
func (s spellings) respell(text *string, sent string) *string {
	if text == nil || !isObject(*text) {
		return text
	}
	key := [2]string{*text, sent}
	if out, known := s[key]; known {
		return &out
	}
	out := spelled{}.add(sent).respell(*text)
	s[key] = out
	return &out
}

// spelled are actions and condition keys by their lower case.
type spelled map[string]string

// add takes in those of documents.
func (w spelled) add(documents string) spelled {
	eachCaseless(documents, func(_, _ int, word string) {
		if lower := strings.ToLower(word); w[lower] == "" {
			w[lower] = word
		}
	})
	return w
}

// of is a word in lower case as the documents spell it, and any other as it is.
func (w spelled) of(word string) string { return cmp.Or(w[word], word) }

// respell gives JSON with the words in it.
func (w spelled) respell(text string) string {
	var b strings.Builder
	done := 0
	eachCaseless(text, func(from, to int, word string) {
		if other := w.of(word); other != word {
			quoted, _ := json.Marshal(other) // a string has a form
			b.WriteString(text[done:from] + string(quoted))
			done = to
		}
	})
	return b.String() + text[done:]
}

// spelledAs gives what is newly denied and allowed as documents spell it.
func spelledAs(documents []string, all []Impact) []Impact {
	w := spelled{}
	for _, d := range documents {
		w.add(d)
	}
	if len(w) == 0 {
		return all
	}
	all = slices.Clone(all)
	for i := range all {
		one := &all[i]
		one.Actions = slices.Clone(one.Actions)
		for j, a := range one.Actions {
			not := ""
			if isException(a) {
				not, a = a[:1], a[1:]
			}
			one.Actions[j] = not + w.of(a)
		}
		one.Condition = w.condition(one.Condition)
		one.Unless = slices.Clone(one.Unless)
		for j := range one.Unless {
			one.Unless[j].Condition = w.condition(one.Unless[j].Condition)
		}
	}
	return all
}

// condition respells a condition that stands alone.
func (w spelled) condition(c string) string {
	if !isObject(c) {
		return c
	}
	const head, tail = `{"Condition":`, `}`
	return strings.TrimSuffix(strings.TrimPrefix(w.respell(head+c+tail), head), tail)
}

// nest is an object or a list that a reader of JSON is inside of.
type nest struct {
	list  bool
	key   string // the last key of an object
	value bool   // its value comes next
}

// eachCaseless calls f for each action and each condition key in documents, or in
// statements that stand alone, with where it stands in the text, quotes and all. It
// ends where the text is not JSON.
func eachCaseless(text string, f func(from, to int, word string)) {
	var in []nest
	key := func(up int) string {
		if i := len(in) - 1 - up; i >= 0 {
			return in[i].key
		}
		return ""
	}
	dec := json.NewDecoder(strings.NewReader(text))
	for to := 0; ; {
		token, err := dec.Token()
		if err != nil {
			return
		}
		from := to
		to = int(dec.InputOffset())
		word, isText := token.(string)
		if isText {
			from += strings.IndexByte(text[from:to], '"')
		}
		switch top := len(in) - 1; {
		case token == json.Delim('{'), token == json.Delim('['):
			in = append(in, nest{list: token == json.Delim('[')})
			continue
		case token == json.Delim('}'), token == json.Delim(']'):
			in = in[:top]
		case top >= 0 && !in[top].list && !in[top].value:
			if key(2) == "Condition" {
				f(from, to, word)
			}
			in[top].key, in[top].value = word, true
			continue
		case isText && top >= 0:
			up := 0
			if in[top].list {
				up = 1
			}
			if k := key(up); k == "Action" || k == "NotAction" {
				f(from, to, word)
			}
		}
		if top := len(in) - 1; top >= 0 {
			in[top].value = false
		}
	}
}
