package iampolicy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What each type of document asks for stands in types.go. A string that begins
// with a reference of ours, ${{ … }}, is taken for what it will be.

// Check says whether doc is JSON and has the shape that AWS asks of a document of
// this type: a policy type of Organizations, or one of the constants of this
// package. For a type that is not in the IAM policy language it must only be a
// JSON object. The error joins the mistakes, each a *[SyntaxError]; see [Problems].
func Check(policyType string, doc []byte) error {
	return check(policyType, doc, (*checker).policy)
}

// CheckStatement is [Check] for one statement that stands alone.
func CheckStatement(policyType string, doc []byte) error {
	return check(policyType, doc, (*checker).statement)
}

func check(policyType string, doc []byte, shape func(*checker, *node)) error {
	root, err := parseObject(doc)
	if err != nil || !inLanguage(policyType) {
		return err
	}
	c := &checker{policyType: policyType, document: documents[policyType], sids: map[string]bool{}}
	c.letters(doc)
	shape(c, &root)
	slices.SortStableFunc(c.problems, func(a, b problem) int { return cmp.Compare(a.offset, b.offset) })
	all := make([]error, len(c.problems))
	for i, p := range c.problems {
		all[i] = syntaxError(doc, p.offset, "%s", p.msg)
	}
	return errors.Join(all...)
}

type checker struct {
	document
	policyType string
	sids       map[string]bool
	problems   []problem
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

// letters finds what IAM takes in no document: characters beyond Latin-1. What
// stands in a reference of ours is not sent.
func (c *checker) letters(doc []byte) {
	if !c.latin {
		return
	}
	text := string(doc)
	for at := 0; at < len(text); {
		if strings.HasPrefix(text[at:], "${{") {
			if end := strings.Index(text[at:], "}}"); end > 0 {
				at += end
			}
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		if r > 0xFF {
			c.add(at, "%s holds no characters beyond U+00FF, such as %q", c.name, r)
			return
		}
		at += size
	}
}

func (c *checker) policy(root *node) {
	for _, m := range root.members {
		switch m.key {
		case "Version":
			c.version(&m.value)
		case "Id":
			c.wantString(&m)
		case "Statement":
			c.statements(&m.value)
		default:
			c.unknown(&m, "a policy", []string{"Version", "Id", "Statement"})
		}
	}
	if root.get("Version") == nil && !c.anyAge {
		c.add(root.offset, `Version is missing: %s has "Version": "2012-10-17"`, c.name)
	}
	if root.get("Statement") == nil {
		c.add(root.offset, "Statement is missing")
	}
}

func (c *checker) version(n *node) {
	switch {
	case n.kind == nodeString && n.text == "2012-10-17":
	case !c.anyAge:
		c.add(n.offset, `Version is "2012-10-17" in %s, not %s`, c.name, n.describe())
	case n.kind != nodeString || n.text != "2008-10-17":
		c.add(n.offset, `Version is "2012-10-17" or "2008-10-17", not %s`, n.describe())
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
			c.resource(&m)
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
	if c.document.resource == needed {
		c.oneOf(s, "Resource", "NotResource")
	}
	if c.document.principal == needed {
		c.onePrincipal(s)
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
	if !c.anySid && strings.ContainsFunc(s, other) {
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
	} else if c.policyType == resourceControl && n.text == "Allow" {
		c.add(n.offset, `Effect is "Deny" in a resource control policy; only RCPFullAWSAccess, which AWS keeps, allows`)
	}
}

func (c *checker) actions(m *member) {
	if m.key == "NotAction" && (c.policyType == resourceControl || c.policyType == TrustPolicy) {
		c.add(m.offset, "%s has Action, and no NotAction", c.name)
		return
	}
	c.strings(m, func(s string) string {
		if strings.HasPrefix(s, "${{") {
			return ""
		}
		if s != "*" && !strings.Contains(s, ":") {
			return `is not "*" or service:action`
		}
		switch c.policyType {
		case resourceControl:
			if s == "*" {
				return `a resource control policy names the service: "s3:*", not "*"`
			}
		case TrustPolicy:
			return trustActionProblem(s)
		case BucketPolicy:
			if s != "*" && !strings.HasPrefix(lower(s), "s3:") {
				return "is no action of S3"
			}
		}
		return ""
	})
}

// trustActions are what a trust policy may speak of (IAM User Guide, "Roles terms
// and concepts" and "Pass session tags in AWS STS"; service authorization
// reference of AWS STS).
var trustActions = []string{
	"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity",
	"sts:tagsession", "sts:setsourceidentity", "sts:setcontext",
}

func trustActionProblem(s string) string {
	pattern := lower(s)
	speaks := func(action string) bool { return matches(pattern, action) }
	if !strings.HasPrefix(pattern, "sts:") || !slices.ContainsFunc(trustActions, speaks) {
		return "a trust policy has sts:AssumeRole, sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity, " +
			"sts:TagSession, sts:SetSourceIdentity or sts:SetContext"
	}
	return ""
}

func (c *checker) resource(m *member) {
	if c.document.resource == forbidden {
		c.add(m.offset, "%s has no %s: it speaks of its role", c.name, m.key)
		return
	}
	c.strings(m, resourceProblem)
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
