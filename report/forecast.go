package report

import (
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// forecast says what of a plan lands on which day, where a day is not enough,
// and how much of a quota is taken then: a line each.
func (e *Estimate) forecast() []string {
	if e == nil {
		return nil
	}
	var lines []string
	for _, f := range e.byOperation() {
		lines = append(lines, f.text())
	}
	for _, q := range e.tight() {
		name := Clean(q.Name)
		for _, ours := range []string{"accounts", "organizational units", "policies of "} {
			if rest, ok := strings.CutPrefix(name, ours); ok {
				name = strings.ToUpper(ours[:1]) + ours[1:] + rest
			}
		}
		lines = append(lines, name+": "+words.Comma(q.After)+" of "+words.Comma(q.Limit)+" after this plan.")
	}
	return lines
}

// tight are the quotas that a person is to know of: that of accounts, which is
// asked of AWS, and those of which most is taken after an apply.
func (e *Estimate) tight() []Headroom {
	const percent = 80
	var all []Headroom
	for _, q := range e.Quotas {
		if q.Name == "accounts" || q.After*100 >= q.Limit*percent {
			all = append(all, q)
		}
	}
	return all
}

// landed is what of one operation lands today, and when the last of it does.
type landed struct {
	operation    string
	today, calls int
	later, last  int // on how many days after today, and the last of them
}

// byOperation gathers the landings of each operation, in the order of the first.
func (e *Estimate) byOperation() []*landed {
	var all []*landed
	by := map[string]*landed{}
	for _, l := range e.Lands {
		f := by[l.Operation]
		if f == nil {
			f = &landed{operation: l.Operation}
			by[l.Operation], all = f, append(all, f)
		}
		f.calls += l.Calls
		if l.Day == 0 {
			f.today += l.Calls
			continue
		}
		f.later++
		f.last = max(f.last, l.Day)
	}
	return all
}

// text says it as a sentence.
func (f *landed) text() string {
	of := Calls{Operation: f.operation, Calls: f.calls}.text()
	s := "Today about " + words.Comma(f.today) + " of " + of
	switch {
	case f.later == 0:
		return "Today " + of + "."
	case f.today == 0:
		s = "Today none of " + of
	}
	rest := "the rest"
	if f.later > 1 {
		rest = "the last"
	}
	when := "in " + count(f.last, "day")
	if f.last == 1 {
		when = "tomorrow"
	}
	return s + ", " + rest + " " + when + "."
}
