package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// never speaks of what no request can meet: it stands in the document and does
// nothing. Where that hangs on a variable, a reference or on how a wildcard is
// read, it is silent.
func never(s *iampolicy.Statement) []string {
	var said []string
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	action, res := "Action", "Resource"
	if s.NotAction {
		action = "NotAction"
		if all := slices.IndexFunc(s.Actions, everything); all >= 0 {
			say("NotAction %q leaves no action out: the statement holds for none", s.Actions[all])
		}
	}
	if s.NotResource {
		res = "NotResource"
		if slices.ContainsFunc(s.Resources, everything) {
			say("NotResource \"*\" leaves no resource out: the statement holds for none")
		}
	}
	for _, v := range []struct {
		key    string
		values []string
		wrong  func(string) string
	}{{action, s.Actions, badAction}, {res, s.Resources, badARN}} {
		for _, one := range few(v.values, v.wrong) {
			say("%s %s", v.key, one)
		}
	}
	for i := range s.Clauses {
		said = append(said, clause(&s.Clauses[i])...)
	}
	for i := range s.Clauses {
		for j := range s.Clauses {
			a, b := &s.Clauses[i], &s.Clauses[j]
			if i == j || !strings.EqualFold(a.Key, b.Key) || i > j && literal(a) && literal(b) { // of two lists, once
				continue
			}
			if against(a, b) {
				say("nothing meets both %s and %s of %s: the statement holds for no request", a.Operator, b.Operator, a.Key)
			}
		}
	}
	return said
}

// few gives the first values in which something is wrong, with what, and how
// many more there are.
func few(values []string, wrong func(string) string) []string {
	var said []string
	more := 0
	for _, v := range values {
		why := wrong(v)
		switch {
		case why == "":
		case len(said) < most:
			said = append(said, fmt.Sprintf("%q is never met: %s", short(v), why))
		default:
			more++
		}
	}
	if more > 0 {
		said = append(said, fmt.Sprintf("has %d more that are never met", more))
	}
	return said
}

func everything(pattern string) bool {
	return pattern == "*:*" || pattern != "" && strings.Trim(pattern, "*") == ""
}

// clause looks at one key under one operator by itself.
func clause(c *iampolicy.Clause) []string {
	var said []string
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	read := 0
	for i := range c.Values {
		if c.Reads(i) {
			read++
		}
	}
	if read == 0 && !c.Negated() && c.Holds() == iampolicy.No {
		say("%s of %s has no value that it can read (%s): the statement holds for no request", c.Operator, c.Key, given(c.Values))
	}
	if strings.EqualFold(c.Key, "aws:PrincipalArn") && c.Base() != "Null" {
		for _, one := range few(c.Values, ofSession) {
			say("%s of %s: %s", c.Operator, c.Key, one)
		}
	}
	var wrong func(string) string
	switch c.Base() {
	case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike":
		wrong = noARN
	case "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase":
		if strings.HasPrefix(strings.ToLower(c.Key), "s3:") { // a key of an object may have a *
			return said
		}
		wrong = func(v string) string {
			if !strings.Contains(strings.ReplaceAll(v, "${*}", ""), "*") || reports(c.Key, v) {
				return ""
			}
			return "* is no wildcard there, but is under StringLike and StringNotLike"
		}
	default:
		return said
	}
	for _, one := range few(c.Values, wrong) {
		say("%s of %s: %s", c.Operator, c.Key, one)
	}
	return said
}

// ofSession says why a value of aws:PrincipalArn is none of a role's: by the page
// "AWS global condition context keys" of the IAM User Guide the key has the ARN
// of the role for all its sessions, and the ARN of a session is no value for it.
func ofSession(v string) string {
	role, ok := iampolicy.RoleOfSession(v)
	if !ok {
		return ""
	}
	return "of a role's session the key has the ARN of the role: " + short(role) + ", with the role's path before its name where it has one"
}

// reports says that a value is what AWS itself says as the source of all of an
// account's billing reports, with a * in it (AWS Cost and Usage Reports User
// Guide, "Setting up an Amazon S3 bucket").
func reports(key, v string) bool {
	return strings.EqualFold(key, "aws:SourceArn") && strings.Contains(v, ":cur:") && strings.HasSuffix(v, ":definition/*")
}

func given(values []string) string {
	if len(values) == 0 {
		return "there is none"
	}
	return named(values, most)
}

// noARN is badARN for the value of an ARN operator, where * stays in its part.
func noARN(v string) string {
	if v == "" || strings.HasPrefix(v, "*") || strings.Contains(v, "${") {
		return ""
	}
	switch parts := 1 + strings.Count(v, ":"); {
	case !strings.HasPrefix(v, "arn:") && !strings.ContainsAny(v, "*?"):
		return "it is no ARN"
	case parts < 6 && !strings.HasSuffix(v, "*"):
		return wrongParts(parts)
	}
	return badARN(v)
}

// against says that two clauses of one key cannot both hold. One order of the
// two is enough.
func against(a, b *iampolicy.Clause) bool {
	switch {
	case a.Base() == "Null":
		return onlyMissing(a) && b.Holds() == iampolicy.No && len(b.Values) > 0
	case b.Base() == "Null":
		return false
	case bounds(a, b):
		return true
	}
	return literal(a) && together(a, b) &&
		!slices.ContainsFunc(a.Values, func(v string) bool { return b.Holds(v) != iampolicy.No })
}

// onlyMissing says that a clause holds only where its key is missing.
func onlyMissing(c *iampolicy.Clause) bool {
	return c.Base() == "Null" && c.Holds() == iampolicy.Yes && c.Holds("any") == iampolicy.No
}

// bounds says that a is a lower and b an upper bound below it.
func bounds(a, b *iampolicy.Clause) bool {
	for _, kind := range []string{"Numeric", "Date"} {
		if strings.HasPrefix(a.Base(), kind+"Greater") && strings.HasPrefix(b.Base(), kind+"Less") {
			one := func(c *iampolicy.Clause) bool {
				return c.Set() == "" && len(c.Values) == 1 && c.Reads(0) && c.Fixed(0) && c.Holds() == iampolicy.No
			}
			return one(a) && one(b) && (b.Holds(a.Values[0]) == iampolicy.No || a.Holds(b.Values[0]) == iampolicy.No)
		}
	}
	return false
}

// exact are the operators whose values are all that meets them.
var exact = []string{"StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool", "NumericEquals", "DateEquals", "BinaryEquals"}

// literal says that a clause holds only for the values that it names.
func literal(c *iampolicy.Clause) bool {
	if !slices.Contains(exact, c.Base()) || c.Set() == "ForAllValues" || c.Holds() != iampolicy.No || len(c.Values) == 0 {
		return false
	}
	for i := range c.Values {
		if !c.Reads(i) || !c.Fixed(i) {
			return false
		}
	}
	return true
}

// together says that one value of the request must meet both a and b.
func together(a, b *iampolicy.Clause) bool {
	if a.Set() == "" {
		return b.Set() != "ForAnyValue"
	}
	return b.Set() == "ForAllValues" || b.Set() == "" && b.Negated()
}
