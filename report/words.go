package report

import (
	"math"
	"strconv"

	"github.com/payer-reconciler/reconciler/words"
)

// count is [words.Count]; the plural is the noun with an s unless given.
func count(n int, noun string, plural ...string) string {
	if len(plural) > 0 {
		return words.Count(n, noun, plural[0])
	}
	return words.Count(n, noun, noun+"s")
}

// number writes a float with at most two decimals.
func number(f float64) string {
	return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
}

// operations are what people call AWS's operations; others are called calls.
var operations = map[string]string{
	"CreateAccount":            "account creation",
	"CloseAccount":             "account closure",
	"MoveAccount":              "account move",
	"PutAccountName":           "account rename",
	"CreateOrganizationalUnit": "OU creation",
	"UpdateOrganizationalUnit": "OU rename",
	"CreatePolicy":             "policy creation",
	"UpdatePolicy":             "policy update",
	"AttachPolicy":             "attachment",
	"DetachPolicy":             "detachment",
	"TagResource":              "tagging",
	"UntagResource":            "untagging",
}

// text says a number of calls and how fast AWS takes them.
func (c Calls) text() string {
	s := count(c.Calls, "call") + " of " + Clean(c.Operation)
	if noun, ok := operations[c.Operation]; ok {
		s = count(c.Calls, noun)
	}
	switch {
	case c.PerMinute <= 0:
		return s
	case c.PerMinute < 1:
		return s + " at " + number(c.PerMinute*60) + " per hour"
	}
	return s + " at " + number(c.PerMinute) + " per minute"
}

// guarded are the things that a guard counts.
var guarded = map[string]string{
	"maxMoves":          "move",
	"maxRemovals":       "removal",
	"maxAccountCreates": "account creation",
	"maxNewlyDenied":    "newly denied account",
}

// counts says how much of what the guard counts is planned.
func (g Guard) counts() string {
	noun, ok := guarded[g.Name]
	if !ok {
		noun = "change"
	}
	return count(g.Planned, noun)
}

// text says what is too much, how much is allowed, and where to allow more.
func (g Guard) text() string {
	s := "guard " + Clean(g.Name) + ": " + g.counts()
	if g.Kind != "" {
		s += " of kind " + Clean(g.Kind)
	}
	s += " planned, " + limit(g.Limit) + " allowed; "
	if g.Lift == "" {
		return s + "raise safety." + Clean(g.Name) + " in the payer file"
	}
	return s + "raise it at " + Clean(g.Lift)
}

// limit puts separators into a limit that is a number.
func limit(s string) string {
	if n, err := strconv.Atoi(s); err == nil {
		return words.Comma(n)
	}
	return Clean(s)
}

// text says how much of a limit is taken.
func (u Usage) text() string {
	return words.Comma(u.Used) + " of " + words.Comma(u.Limit) + " " + Clean(u.Name)
}

// text says what happens, or has happened, to the rows of a file.
func (f File) text(applied bool) string {
	switch {
	case f.Error != "":
		return "error: " + Clean(f.Error)
	case f.Add == 0 && f.Remove == 0 && applied:
		return "rewritten"
	case f.Add == 0 && f.Remove == 0:
		return "to rewrite"
	}
	add, remove := " to add", " to remove"
	if applied {
		add, remove = " added", " removed"
	}
	switch {
	case f.Remove == 0:
		return count(f.Add, "row") + add
	case f.Add == 0:
		return count(f.Remove, "row") + remove
	}
	return count(f.Add, "row") + add + ", " + words.Comma(f.Remove) + remove
}

// text says that an object of ours stays, whether it works on, and why it stays.
func (l Left) text() string {
	s := "left: "
	if l.Attachments > 0 {
		s += "in force, " + count(l.Attachments, "attachment") + "; "
	}
	return s + Clean(l.Reason)
}
