package iampolicy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The shapes are those of the pages "SCP syntax" and "RCP syntax" of the AWS
// Organizations User Guide. A string that begins with a reference of ours,
// ${{ … }}, is taken for what it will be.

// Check says whether doc is JSON and has the shape that AWS asks of a policy of
// this type. For a type that is not in the IAM policy language it must only be a
// JSON object. The error joins the mistakes, each a *[SyntaxError]; see [Problems].
func Check(policyType string, doc []byte) error {
	root, err := parseObject(doc)
	if err != nil || !inLanguage(policyType) {
		return err
	}
	c := &checker{rcp: policyType == "RESOURCE_CONTROL_POLICY", sids: map[string]bool{}}
	c.policy(&root)
	slices.SortStableFunc(c.problems, func(a, b problem) int { return cmp.Compare(a.offset, b.offset) })
	all := make([]error, len(c.problems))
	for i, p := range c.problems {
		all[i] = syntaxError(doc, p.offset, "%s", p.msg)
	}
	return errors.Join(all...)
}

type checker struct {
	rcp      bool
	sids     map[string]bool
	problems []problem
}

type problem struct {
	offset int
	msg    string
}

// maxProblems are reported at most: a hundred mistakes are one, made often.
const maxProblems = 100

func (c *checker) add(offset int, format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, problem{offset, fmt.Sprintf(format, args...)})
	}
}

func (c *checker) kind() string {
	if c.rcp {
		return "a resource control policy"
	}
	return "a service control policy"
}

func (c *checker) policy(root *node) {
	for _, m := range root.members {
		switch m.key {
		case "Version":
			if m.value.kind != nodeString || m.value.text != "2012-10-17" {
				c.add(m.value.offset, `Version is "2012-10-17" in %s, not %s`, c.kind(), m.value.describe())
			}
		case "Id":
			c.wantString(&m)
		case "Statement":
			c.statements(&m.value)
		default:
			c.unknown(&m, "a policy", []string{"Version", "Id", "Statement"})
		}
	}
	if root.get("Version") == nil {
		c.add(root.offset, `Version is missing: %s has "Version": "2012-10-17"`, c.kind())
	}
	if root.get("Statement") == nil {
		c.add(root.offset, "Statement is missing")
	}
}

func (c *checker) statements(n *node) {
	switch {
	case n.kind == nodeObject:
		c.statement(n)
	case n.kind != nodeList:
		c.add(n.offset, "Statement is an object or a list of objects, not %s", n.describe())
	case len(n.list) == 0:
		c.add(n.offset, "Statement is an empty list")
	}
	for i := range n.list {
		if s := &n.list[i]; s.kind == nodeObject {
			c.statement(s)
		} else {
			c.add(s.offset, "a statement is an object, not %s", s.describe())
		}
	}
}

var statementKeys = []string{
	"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}

func (c *checker) statement(s *node) {
	for _, m := range s.members {
		switch m.key {
		case "Sid":
			c.sid(&m)
		case "Effect":
			c.effect(&m.value)
		case "Action", "NotAction":
			c.actions(&m)
		case "Resource", "NotResource":
			c.strings(&m, resourceProblem)
		case "Principal", "NotPrincipal":
			c.principal(&m)
		case "Condition":
			c.condition(&m.value)
		default:
			c.unknown(&m, "a statement", statementKeys)
		}
	}
	if s.get("Effect") == nil {
		c.add(s.offset, "Effect is missing")
	}
	c.oneOf(s, "Action", "NotAction")
	c.oneOf(s, "Resource", "NotResource")
	if c.rcp && s.get("Principal") == nil && s.get("NotPrincipal") == nil {
		c.add(s.offset, `Principal is missing: a resource control policy has "Principal": "*"`)
	}
}

func (c *checker) oneOf(s *node, a, b string) {
	switch x, y := s.get(a), s.get(b); {
	case x == nil && y == nil:
		c.add(s.offset, "%s or %s is missing", a, b)
	case x != nil && y != nil:
		c.add(max(x.offset, y.offset), "a statement has %s or %s, not both", a, b)
	}
}

func (c *checker) unknown(m *member, where string, known []string) {
	hint := ""
	for _, k := range known {
		if strings.EqualFold(k, m.key) {
			hint = fmt.Sprintf(" (did you mean %s?)", k)
		}
	}
	c.add(m.offset, "unknown element %q in %s%s", m.key, where, hint)
}

func (c *checker) wantString(m *member) {
	if m.value.kind != nodeString {
		c.add(m.value.offset, "%s is a string, not %s", m.key, m.value.describe())
	}
}

// sid holds to the page "IAM JSON policy elements: Sid": letters and digits of
// ASCII, and each only once in a policy.
func (c *checker) sid(m *member) {
	c.wantString(m)
	s := m.value.text
	if m.value.kind != nodeString || s == "" || strings.HasPrefix(s, "${{") {
		return
	}
	other := func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') }
	if strings.ContainsFunc(s, other) {
		c.add(m.value.offset, "Sid %q has other characters than A-Z, a-z and 0-9", s)
	}
	if c.sids[s] {
		c.add(m.value.offset, "Sid %q stands on two statements", s)
	}
	c.sids[s] = true
}

func (c *checker) effect(n *node) {
	if n.kind != nodeString || n.text != "Allow" && n.text != "Deny" {
		c.add(n.offset, `Effect is "Allow" or "Deny", letter case counts; not %s`, n.describe())
	} else if c.rcp && n.text == "Allow" {
		c.add(n.offset, `Effect is "Deny" in a resource control policy; only RCPFullAWSAccess, which AWS keeps, allows`)
	}
}

func (c *checker) principal(m *member) {
	switch {
	case !c.rcp:
		c.add(m.offset, "a service control policy has no %s: it binds every principal of the accounts below", m.key)
	case m.key == "NotPrincipal":
		c.add(m.offset, `a resource control policy has "Principal": "*", and no NotPrincipal`)
	case m.value.kind != nodeString || m.value.text != "*":
		c.add(m.value.offset, `Principal is "*" in a resource control policy, not %s; name principals in Condition`, m.value.describe())
	}
}

func (c *checker) actions(m *member) {
	if c.rcp && m.key == "NotAction" {
		c.add(m.offset, "a resource control policy has Action, and no NotAction")
		return
	}
	c.strings(m, func(s string) string {
		switch {
		case strings.HasPrefix(s, "${{"):
		case c.rcp && s == "*":
			return `a resource control policy names the service: "s3:*", not "*"`
		case s != "*" && !strings.Contains(s, ":"):
			return `is not "*" or service:action`
		}
		return ""
	})
}

func resourceProblem(s string) string {
	if strings.HasPrefix(s, "*") || strings.HasPrefix(s, "arn:") || strings.HasPrefix(s, "${{") {
		return ""
	}
	return `is not "*" or an ARN`
}

// strings wants a string or a list of strings in which wrong finds nothing.
func (c *checker) strings(m *member, wrong func(string) string) {
	n := &m.value
	values := n.list
	switch {
	case n.kind == nodeString:
		values = []node{*n}
	case n.kind != nodeList:
		c.add(n.offset, "%s is a string or a list of strings, not %s", m.key, n.describe())
	case len(n.list) == 0:
		c.add(n.offset, "%s is an empty list", m.key)
	}
	for _, v := range values {
		if v.kind != nodeString {
			c.add(v.offset, "%s holds strings, not %s", m.key, v.describe())
		} else if p := wrong(v.text); p != "" {
			c.add(v.offset, "%s %q: %s", m.key, v.text, p)
		}
	}
}

func (c *checker) condition(n *node) {
	if n.kind != nodeObject {
		c.add(n.offset, "Condition is an object of operators, not %s", n.describe())
		return
	}
	for _, op := range n.members {
		if msg := operatorProblem(op.key); msg != "" {
			c.add(op.offset, "%s", msg)
		}
		if op.value.kind != nodeObject {
			c.add(op.value.offset, "%s is an object of condition keys, not %s", op.key, op.value.describe())
			continue
		}
		for _, key := range op.value.members {
			c.conditionValue(&key)
		}
	}
}

func (c *checker) conditionValue(m *member) {
	n := &m.value
	if !strings.Contains(m.key, ":") && !strings.HasPrefix(m.key, "${{") {
		c.add(m.offset, "condition key %q is not service:name", m.key)
	}
	if n.scalar() {
		return
	}
	if n.kind != nodeList {
		c.add(n.offset, "the value of %s is a string or a list of strings, not %s", m.key, n.describe())
	}
	for _, v := range n.list {
		if !v.scalar() {
			c.add(v.offset, "the value of %s is a string or a list of strings: found %s in it", m.key, v.describe())
		}
	}
}

// operators are IAM's, from the page "IAM JSON policy elements: Condition
// operators"; all but Null may end in IfExists.
var operators = []string{
	"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
	"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
	"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
	"Bool", "BinaryEquals", "IpAddress", "NotIpAddress",
	"ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike", "Null",
}

func operatorProblem(name string) string {
	prefix, rest := "", name
	for _, p := range []string{"ForAllValues:", "ForAnyValue:"} {
		if len(name) > len(p) && strings.EqualFold(name[:len(p)], p) {
			prefix, rest = p, name[len(p):]
		}
	}
	suffix, base := "", rest
	if cut := len(rest) - len("IfExists"); cut > 0 && strings.EqualFold(rest[cut:], "IfExists") {
		suffix, base = "IfExists", rest[:cut]
	}
	at := slices.IndexFunc(operators, func(o string) bool { return strings.EqualFold(o, base) })
	if at < 0 {
		return fmt.Sprintf("unknown condition operator %q", name)
	}
	if right := prefix + operators[at] + suffix; right != name {
		return fmt.Sprintf("unknown condition operator %q (did you mean %s?)", name, right)
	}
	if base == "Null" && suffix != "" {
		return `condition operator "Null" takes no IfExists`
	}
	return ""
}
