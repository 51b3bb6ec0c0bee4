package notify

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

// linesShown is how many blocked lines an event has.
const linesShown = 10

func (r Result) event(kind, title string) Event {
	return Event{Kind: kind, Payer: r.Payer, AccountID: r.AccountID, Commit: r.Commit, Title: title, Time: r.Time}
}

func failure(r Result, after time.Duration, passes int) Event {
	if r.File != "" {
		return mistakes(r)
	}
	e := r.event(Failure, "the pass failed")
	if passes > 1 {
		e.Title = fmt.Sprintf("passes fail, for %s, %s", words.Age(after), words.Count(passes, "pass", "passes"))
	}
	e.Text = r.Cause
	e.Do = "`reconciler status` and the daemon's log say more; other payers go on."
	e.Counts = map[string]int{"failed passes": passes}
	return e
}

// mistakes is a payer file that is not sound: nothing failed, and nothing new of
// the payer counts.
func mistakes(r Result) Event {
	e := r.event(Failure, "the payer file has mistakes; what stood there before stays in force")
	if r.Stays != "" {
		e.Title = fmt.Sprintf("the payer file has mistakes; %s stays in force", words.Commit(r.Stays))
	}
	e.Text = r.Cause
	e.Do = "`reconciler validate " + r.File + "` lists every mistake; other payers go on."
	return e
}

func recovery(r Result, after time.Duration, passes int) Event {
	if passes == 0 {
		return r.event(Recovery, "the payer file is sound again, after "+words.Age(after))
	}
	e := r.event(Recovery, fmt.Sprintf("works again after %s, %s", words.Age(after), words.Count(passes, "failed pass", "failed passes")))
	e.Counts = map[string]int{"failed passes": passes}
	return e
}

func changed(r Result) Event {
	total := 0
	var lines []string
	for _, what := range slices.Sorted(maps.Keys(r.Changes)) {
		total += r.Changes[what]
		lines = append(lines, fmt.Sprintf("%s: %s", what, words.Comma(r.Changes[what])))
	}
	var title []string
	if total > 0 {
		title = append(title, words.Count(total, "change", "changes"))
	}
	if r.Accounts > 0 {
		title = append(title, words.Count(r.Accounts, "account", "accounts")+" ready")
	}
	e := r.event(Changes, strings.Join(title, ", "))
	e.Text = strings.Join(lines, "\n")
	e.Counts = maps.Clone(r.Changes)
	if r.Accounts > 0 {
		if e.Counts == nil {
			e.Counts = map[string]int{}
		}
		e.Counts["accounts ready"] = r.Accounts
	}
	return e
}

func blocked(r Result) Event {
	if len(r.Blocked)+len(r.Guards) == 0 {
		e := r.event(Blocked, "nothing is blocked any more")
		e.Counts = map[string]int{"blocked": 0, "guards": 0}
		return e
	}
	var title []string
	if n := len(r.Guards); n > 0 {
		title = append(title, words.Count(n, "guard", "guards")+" in the way: nothing is applied")
	}
	if n := len(r.Blocked); n > 0 {
		title = append(title, words.Count(n, "blocked line", "blocked lines"))
	}
	e := r.event(Blocked, strings.Join(title, ", "))
	var lines []string
	for _, line := range slices.Concat(r.Guards, r.Blocked) {
		lines = append(lines, oneLine(line))
	}
	if over := len(lines) - linesShown; over > 0 {
		lines = append(lines[:linesShown], fmt.Sprintf("… and %s more", words.Comma(over)))
	}
	e.Text = strings.Join(lines, "\n")
	e.Do = "`reconciler plan` shows all of it."
	e.Counts = map[string]int{"blocked": len(r.Blocked), "guards": len(r.Guards)}
	return e
}

var (
	// An age grows from pass to pass, and is no news.
	ages = regexp.MustCompile(`\b\d+ ?(?:s|sec|seconds?|min|minutes?|h|hours?|d|days?|weeks?|months?|years?)(?: \d+ ?(?:s|min|h))? ago\b`)
	// Request ids and the like: hexadecimal, maybe in groups, and S3's.
	ids = regexp.MustCompile(`\b[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*\b|\b(?:RequestID|HostID): [^\s,]+`)
	// Ports, counts, times.
	digits = regexp.MustCompile(`\d+`)
)

// essence is a cause without what differs from one pass to the next though the
// cause is the same: request ids, times, ports.
func essence(cause string) string {
	return digits.ReplaceAllString(ids.ReplaceAllString(cause, "#"), "#")
}

// marks is what is blocked, in an order and without ages, to be compared.
func marks(r Result) []string {
	var all []string
	for _, line := range slices.Concat(r.Guards, r.Blocked) {
		all = append(all, ages.ReplaceAllString(line, "ago"))
	}
	slices.Sort(all)
	return all
}
