package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/words"
)

// actionsShown is how many patterns of actions stand in a line, and ousShown how
// many units.
const (
	actionsShown = 5
	ousShown     = 3
)

// impactEntries are a line for each thing that is newly denied or allowed.
func (p *Payer) impactEntries(o TextOptions) []entry {
	var out []entry
	for i := range p.Impact {
		out = append(out, p.Impact[i].entry(o))
	}
	return out
}

func (i *Impact) entry(o TextOptions) entry {
	e := entry{symbol: "!", colour: red, subject: "denies"}
	if i.Effect == "allowed" {
		e.colour, e.subject = yellow, "allows"
	}
	actions, ous := actionsShown, ousShown
	if o.Verbose {
		actions, ous = len(i.Actions), len(i.OUs)
	}
	e.subject += " " + actionText(i.sorted(), actions)
	e.detail = "to " + count(i.Accounts, "account") + " of " + names(nodes(i.OUs), ous)
	if len(i.From) > 0 {
		from := ousShown
		if o.Verbose {
			from = len(i.From)
		}
		e.detail = "to " + i.movers() + " from " + names(nodes(i.From), from) + " to " + names(nodes(i.OUs), ous)
	}
	word := ""
	if i.Condition != "" {
		e.below = append(e.below, "where "+clause(i.Condition, o))
		word = "and "
	}
	if i.Resource != "" {
		e.below = append(e.below, word+"on "+Clean(i.Resource))
	}
	most := ousShown
	if o.Verbose {
		most = len(i.Unless)
	}
	e.below = append(e.below, i.unless(most, func(condition string) string { return clause(condition, o) })...)
	if o.Verbose && len(i.By) > 0 {
		e.below = append(e.below, "by "+names(i.By, len(i.By)))
	}
	return e
}

// unless says where it is not so, a line each: the first few and how many more
// there are. form writes a condition.
func (i *Impact) unless(most int, form func(string) string) []string {
	var out []string
	for n, s := range i.Unless {
		if n == most && len(i.Unless) > most+1 {
			return append(out, "and unless one of "+words.Comma(len(i.Unless)-n)+" more holds")
		}
		var parts []string
		if s.Condition != "" {
			parts = append(parts, form(s.Condition))
		}
		if s.Resource != "" {
			parts = append(parts, "on "+Clean(s.Resource))
		}
		line := "unless " + strings.Join(parts, " and ")
		switch {
		case s.Denied && i.Effect == "allowed":
			line += ", which is still denied"
		case s.Denied:
			line += ", which was denied before"
		}
		out = append(out, line)
	}
	return out
}

// movers are the accounts of an impact that move.
func (i *Impact) movers() string {
	if i.Accounts == 1 {
		return "1 account that moves"
	}
	return count(i.Accounts, "account") + " that move"
}

// nodes are the refs of paths in the tree.
func nodes(paths []string) (all []string) {
	for _, path := range paths {
		all = append(all, resource.Unit(path).String())
	}
	return all
}

// actionText names patterns of actions: what is meant, and what is taken out of it.
func actionText(patterns []string, most int) string {
	var in, out []string
	for _, p := range patterns {
		if not, ok := strings.CutPrefix(p, "!"); ok {
			out = append(out, not)
		} else {
			in = append(in, p)
		}
	}
	if len(in) == 1 && in[0] == "*" {
		in[0] = "every action"
	}
	s := names(in, most)
	if len(out) > 0 {
		s += " but " + names(out, most)
	}
	return s
}

// clause writes a condition for people: operator, key and values, the first few
// where it is not verbose.
func clause(condition string, o TextOptions) string {
	var block map[string]map[string]any
	if err := json.Unmarshal([]byte(condition), &block); err != nil {
		return Clean(condition)
	}
	var all []string
	for _, operator := range slices.Sorted(maps.Keys(block)) {
		for _, key := range slices.Sorted(maps.Keys(block[operator])) {
			var values []string
			switch v := block[operator][key].(type) {
			case []any:
				for _, one := range v {
					values = append(values, fmt.Sprint(one))
				}
			default:
				values = append(values, fmt.Sprint(v))
			}
			most := ousShown
			if o.Verbose {
				most = len(values)
			}
			all = append(all, Clean(operator)+" "+Clean(key)+" "+names(values, most))
		}
	}
	return strings.Join(all, " and ")
}
