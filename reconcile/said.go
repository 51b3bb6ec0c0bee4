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
	arns    []headless
	before  string // what stands before the account's id in the ARN of a role
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

// headless is a pattern with wildcards for ARNs of which it cannot be said what part
// is for the id: what is left of it for the id and what stands behind that.
type headless struct {
	at   string
	left []string
}

// read gathers what documents speak of.
func (s *said) read(b *bound) {
	*s = said{before: "arn:" + b.payer.Partition() + ":iam::", exact: map[string][]int{}, places: map[string]int{}, sorts: map[string]string{}, numbers: map[string]int{}}
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
		return
	}
	if !strings.Contains(text, "*") {
		return
	}
	left := rests([]string{text}, s.before)
	if slices.ContainsFunc(left, func(p string) bool { return p != "" && strings.Contains("0123456789?", p[:1]) }) {
		s.arns = append(s.arns, headless{at, left})
	}
}

// rests are what is left of patterns for the rest of a text that begins so: none
// where no such text meets them.
func rests(patterns []string, begin string) []string {
	left := map[string]bool{}
	var leave func(pattern string)
	leave = func(pattern string) {
		left[pattern] = true
		if rest, star := strings.CutPrefix(pattern, "*"); star {
			leave(rest)
		}
	}
	for _, p := range patterns {
		leave(p)
	}
	for i := range len(begin) {
		was := left
		left = map[string]bool{}
		for p := range was {
			switch {
			case p == "":
			case p[0] == '*':
				leave(p)
			case p[0] == '?' || p[0] == begin[i]:
				leave(p[1:])
			}
		}
	}
	return slices.Sorted(maps.Keys(left))
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
	if !named && len(s.loose) == 0 && len(s.arns) == 0 {
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
	for _, a := range s.arns {
		for _, rest := range rests(a.left, account+":") {
			places[s.place(a.at+"\n"+rest)] = true
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
