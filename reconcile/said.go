package reconcile

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// said is what the documents of a tree speak of. Accounts of which they say the
// same are alike: a list of ids in one condition makes two sorts of accounts, and
// not one for each id.
type said struct {
	exact   map[string][]int // by id, in which places that is named
	loose   []loose
	places  map[string]int
	sorts   map[string]string // of accounts, by id
	paths   bool              // units are spoken of, by their paths
	numbers map[string]int    // documents
}

// loose is a pattern with wildcards for ids, and the place where it stands.
type loose struct {
	pattern string
	place   int
}

// read gathers what documents speak of.
func (s *said) read(b *bound) {
	*s = said{exact: map[string][]int{}, places: map[string]int{}, sorts: map[string]string{}, numbers: map[string]int{}}
	for _, h := range b.hung() {
		for _, p := range append(slices.Clip(h.before), h.after...) {
			if _, known := s.numbers[p.Document]; known {
				continue
			}
			n := len(s.numbers)
			s.numbers[p.Document] = n
			s.paths = s.paths || strings.Contains(strings.ToLower(p.Document), "orgpaths")
			var document any
			if json.Unmarshal([]byte(p.Document), &document) == nil {
				s.walk(strconv.Itoa(n), document)
			}
		}
	}
}

// walk gathers the ids in a part of a document. Of the lists only that of the
// statements has an order: elsewhere what stands in one list means the same.
func (s *said) walk(at string, part any) {
	switch v := part.(type) {
	case map[string]any:
		for key, one := range v {
			list, statements := one.([]any)
			if !statements || key != "Statement" {
				s.walk(at+"\n"+key, one)
				continue
			}
			for i, statement := range list {
				s.walk(at+"\n"+strconv.Itoa(i), statement)
			}
		}
	case []any:
		for _, one := range v {
			s.walk(at, one)
		}
	case string:
		s.text(at, v)
	}
}

// text gathers the ids in a text: the place of one is the text without it.
func (s *said) text(at, text string) {
	ids := twelveDigits.FindAllString(text, -1)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		s.exact[id] = append(s.exact[id], s.place(at+"\n"+strings.ReplaceAll(text, id, "#")))
	}
	pattern, rest := text, "#"
	if parts := strings.SplitN(text, ":", 6); len(parts) == 6 {
		pattern = parts[4]
		parts[4] = "#"
		rest = strings.Join(parts, ":")
	}
	if strings.ContainsAny(pattern, "*?") && strings.Trim(pattern, "0123456789*?") == "" && strings.Trim(pattern, "*") != "" {
		s.loose = append(s.loose, loose{pattern, s.place(at + "\n" + rest)})
	}
}

func (s *said) place(text string) int {
	n, ok := s.places[text]
	if !ok {
		n = len(s.places)
		s.places[text] = n
	}
	return n
}

// sort is the same for accounts of which the documents say the same; "" where
// they say nothing.
func (s *said) sort(account string) string {
	exact, named := s.exact[account]
	if !named && len(s.loose) == 0 {
		return ""
	}
	sort, known := s.sorts[account]
	if known {
		return sort
	}
	places := map[int]bool{}
	for _, p := range exact {
		places[p] = true
	}
	for _, l := range s.loose {
		if !places[l.place] && iampolicy.Covers(l.pattern, account) {
			places[l.place] = true
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(places), cmp.Compare[int]) {
		sort += " " + strconv.Itoa(p)
	}
	s.sorts[account] = sort
	return sort
}

// number is one for each document.
func (s *said) number(document string) int { return s.numbers[document] }

var twelveDigits = regexp.MustCompile(`[0-9]{12}`)
