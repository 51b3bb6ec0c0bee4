package cloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// The form of a table of rates:
//
//	{"rates": [{
//	  "service": "Organizations", "operations": ["CloseAccount"],
//	  "perSecond": 0.05, "burst": 1, "inProgress": 3, "seconds": 10,
//	  "cap": {"days": 30, "calls": 250, "percentOfMembers": 20, "most": 1000},
//	  "source": "…", "date": "2026-05"
//	}],
//	"quotas": [{"name": "organizational units", "limit": 2000, "source": "…", "date": "2026-05"}]}
//
// Whoever writes one is to learn of each mistake where it stands, so it is read
// token by token.

// rateFile reads a table.
type rateFile struct {
	name     string
	data     []byte
	dec      *json.Decoder
	mistakes []error
	base     *Rates
	out      *Rates
	// rows and quotas are where the file speaks of an operation or a quota first.
	rows   map[operationKey]int
	quotas map[string]int
}

// parseRates lays the rows of a file over a table.
func parseRates(name string, data []byte, base *Rates) (*Rates, error) {
	f := &rateFile{name: name, data: data, dec: json.NewDecoder(bytes.NewReader(data)), base: base, out: base.copied(),
		rows: map[operationKey]int{}, quotas: map[string]int{}}
	if err := f.syntax(); err != nil {
		return nil, err
	}
	f.file()
	if err := errors.Join(f.mistakes...); err != nil {
		return nil, err
	}
	return f.out, nil
}

// syntax says where the file is no JSON; what reads on need not ask.
func (f *rateFile) syntax() error {
	var any json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(f.data))
	err := dec.Decode(&any)
	var bad *json.SyntaxError
	switch {
	case errors.As(err, &bad):
		return f.at(int(bad.Offset)-1, "%s", bad.Error())
	case errors.Is(err, io.EOF):
		return f.at(0, "the file is empty")
	case err != nil:
		return f.at(len(f.data), "the file ends too early")
	}
	if more := f.skip(int(dec.InputOffset())); more < len(f.data) {
		return f.at(more, "something stands behind the table")
	}
	return nil
}

// at makes an error of a place.
func (f *rateFile) at(offset int, format string, args ...any) error {
	return fmt.Errorf("%s: %s", f.place(offset), fmt.Sprintf(format, args...))
}

// place names a place as file:line:column.
func (f *rateFile) place(offset int) string {
	before := f.data[:min(max(offset, 0), len(f.data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:]))) + 1
	return fmt.Sprintf("%s:%d:%d", f.name, line, column)
}

func (f *rateFile) mistake(offset int, format string, args ...any) {
	f.mistakes = append(f.mistakes, f.at(offset, format, args...))
}

// skip goes on to where the next token begins.
func (f *rateFile) skip(offset int) int {
	for offset < len(f.data) && strings.IndexByte(" \t\r\n,:", f.data[offset]) >= 0 {
		offset++
	}
	return offset
}

// next gives the next token and where it begins.
func (f *rateFile) next() (json.Token, int) {
	at := f.skip(int(f.dec.InputOffset()))
	t, _ := f.dec.Token() // the syntax is right
	return t, at
}

// pass goes over a value that is not wanted.
func (f *rateFile) pass() {
	var none json.RawMessage
	_ = f.dec.Decode(&none)
}

// object reads an object and hands each of its keys to field, which reads the
// value and says whether it knows the key.
func (f *rateFile) object(what, keys string, field func(key string) bool) {
	at := f.skip(int(f.dec.InputOffset()))
	if at >= len(f.data) || f.data[at] != '{' {
		f.mistake(at, "%s is no object", what)
		f.pass()
		return
	}
	f.next()
	var seen []string
	for f.dec.More() {
		t, at := f.next()
		key := t.(string)
		switch {
		case slices.Contains(seen, key):
			f.mistake(at, "%q stands there twice", key)
			f.pass()
		case !field(key):
			f.mistake(at, "unknown key %q; there are %s", key, keys)
			f.pass()
		}
		seen = append(seen, key)
	}
	f.next()
}

// list reads an array, and each of its values with item.
func (f *rateFile) list(what string, item func()) {
	at := f.skip(int(f.dec.InputOffset()))
	if f.data[at] != '[' {
		f.mistake(at, "%s is no list", what)
		f.pass()
		return
	}
	f.next()
	for f.dec.More() {
		item()
	}
	f.next()
}

func (f *rateFile) file() {
	there := false
	f.object("the table", "rates and quotas", func(key string) bool {
		switch key {
		case "rates":
			f.list(key, f.row)
		case "quotas":
			f.list(key, f.quota)
		default:
			return false
		}
		there = true
		return true
	})
	if !there && len(f.mistakes) == 0 {
		f.mistake(0, `it has no "rates" and no "quotas"`)
	}
}

// text reads a string that is not empty.
func (f *rateFile) text(what string) string {
	at := f.skip(int(f.dec.InputOffset()))
	if f.data[at] != '"' {
		f.mistake(at, "%s is no text", what)
		f.pass()
		return ""
	}
	t, _ := f.next()
	s := t.(string)
	if strings.TrimSpace(s) == "" {
		f.mistake(at, "%s is empty", what)
	}
	return s
}

// number reads a number above 0.
func (f *rateFile) number(what string) float64 {
	at := f.skip(int(f.dec.InputOffset()))
	if c := f.data[at]; c != '-' && (c < '0' || c > '9') {
		f.mistake(at, "%s is no number", what)
		f.pass()
		return 0
	}
	var n float64
	if err := f.dec.Decode(&n); err != nil || n <= 0 || math.IsInf(n, 0) {
		f.mistake(at, "%s must be a number above 0", what)
	}
	return n
}

// most reads a number above 0 with a bound, in words of what it is.
func (f *rateFile) most(what string, bound float64, words string) float64 {
	at := f.skip(int(f.dec.InputOffset()))
	before := len(f.mistakes)
	n := f.number(what)
	if len(f.mistakes) == before && n > bound {
		f.mistake(at, "%s must be at most %s", what, words)
	}
	return n
}

// whole reads a whole number above 0.
func (f *rateFile) whole(what string) int {
	const most = 1_000_000
	at := f.skip(int(f.dec.InputOffset()))
	before := len(f.mistakes)
	n := f.number(what)
	if len(f.mistakes) == before && (n != math.Trunc(n) || n > most) {
		f.mistake(at, "%s must be a whole number, at most 1,000,000", what)
	}
	return int(n)
}
