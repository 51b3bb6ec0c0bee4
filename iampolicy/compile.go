package iampolicy

import (
	"cmp"
	"slices"
	"strings"
)

// Policy is a document made ready to be asked about many requests. It does not
// change, and any number of goroutines may ask it.
type Policy struct {
	// Name is what a [Decision] calls the policy; [Compile] leaves it to the caller.
	Name       string
	statements []statement
}

// statement is one statement, its parts in the order in which they are asked.
type statement struct {
	sid         string
	deny        bool
	principals  *principals // nil: the document does not say
	notAction   bool
	actions     []string // compiled, in lower case
	openActions []text   // those with references
	resources   []text
	notResource bool
	anyResource bool // neither Resource nor NotResource
	conditions  []condition
}

// principals is what stands under Principal or NotPrincipal.
type principals struct {
	not       bool
	anyone    bool
	aws       []string
	services  []string
	federated []string
}

// Len is the number of statements.
func (p *Policy) Len() int { return len(p.statements) }

// Sid is the Sid of a statement, "" where it has none.
func (p *Policy) Sid(i int) string { return p.statements[i].sid }

// Keys are the condition keys that decide in the policy, in lower case and
// sorted, those of variables among them.
func (p *Policy) Keys() []string {
	var keys []string
	add := func(t text) {
		for _, part := range t.parts {
			if part.key != "" {
				keys = append(keys, part.key)
			}
		}
	}
	for _, s := range p.statements {
		for _, r := range s.resources {
			add(r)
		}
		for _, c := range s.conditions {
			keys = append(keys, c.key)
			for _, v := range c.values {
				add(v.text)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Compile reads a document of the IAM policy language, IAM's URL encoding or not.
// What it cannot give a meaning to, such as an operator that IAM does not have,
// is an error; see [Problems]. It does not do the work of [Check].
func Compile(doc []byte) (*Policy, error) { return compileDocument(doc, false) }

// CompileOpen is [Compile] for a document whose references ${{ … }} are not all
// resolved. Nobody knows what these stand for: what hangs on one is [Maybe], and
// [Policy.HangsOn] names it.
func CompileOpen(doc []byte) (*Policy, error) { return compileDocument(doc, true) }

func compileDocument(doc []byte, open bool) (*Policy, error) {
	doc, err := urlDecode(doc)
	if err != nil {
		return nil, err
	}
	root, err := parseObject(doc)
	if err != nil {
		return nil, err
	}
	c := compiler{doc: doc, reading: reading{open: open}}
	if v := root.get("Version"); v != nil {
		c.variables = v.kind == nodeString && v.text == "2012-10-17"
	}
	s := root.get("Statement")
	if s == nil {
		return nil, syntaxError(doc, root.offset, "Statement is missing")
	}
	return c.policy(statementsOf(s))
}

// CompileStatement reads one statement that stands alone, as one of a policy of
// version 2012-10-17.
func CompileStatement(doc []byte) (*Policy, error) {
	root, err := parseObject(doc)
	if err != nil {
		return nil, err
	}
	return compiler{doc: doc, reading: reading{variables: true}}.policy([]node{root})
}

// statementsOf takes one statement for a list of one.
func statementsOf(s *node) []node {
	if s.kind == nodeObject {
		return []node{*s}
	}
	return s.list
}

type compiler struct {
	doc []byte
	reading
}

func (c compiler) policy(nodes []node) (*Policy, error) {
	p := &Policy{statements: make([]statement, 0, len(nodes))}
	for i := range nodes {
		s, err := c.statement(&nodes[i])
		if err != nil {
			return nil, err
		}
		p.statements = append(p.statements, s)
	}
	return p, nil
}

func (c compiler) statement(n *node) (statement, error) {
	var s statement
	if n.kind != nodeObject {
		return s, syntaxError(c.doc, n.offset, "a statement is an object, not %s", n.describe())
	}
	if sid := n.get("Sid"); sid != nil {
		s.sid = sid.text
	}
	effect := n.get("Effect")
	if effect == nil || effect.kind != nodeString || effect.text != "Allow" && effect.text != "Deny" {
		return s, syntaxError(c.doc, n.offset, "a statement has no Effect that is Allow or Deny")
	}
	s.deny = effect.text == "Deny"
	actions, not, ok := either(n, "Action")
	if !ok {
		return s, syntaxError(c.doc, n.offset, "a statement has neither Action nor NotAction")
	}
	s.notAction = not
	for _, a := range actions {
		if c.open && hasReference(a) {
			s.openActions = append(s.openActions, reading{open: true}.text(lower(a), true))
			continue
		}
		s.actions = append(s.actions, wildcards.Replace(lower(a)))
	}
	s.principals = compilePrincipals(n)
	resources, not, ok := either(n, "Resource")
	if !ok && s.principals == nil {
		return s, syntaxError(c.doc, n.offset, "a statement has neither Resource nor NotResource, nor a Principal")
	}
	s.notResource, s.anyResource = not, !ok
	for _, r := range resources {
		s.resources = append(s.resources, c.text(r, true))
	}
	var err error
	s.conditions, err = c.conditions(n.get("Condition"))
	return s, err
}

// either gives what stands under a key or its Not.
func either(n *node, key string) (values []string, not, ok bool) {
	if v := n.get(key); v != nil {
		return texts(*v), false, true
	}
	if v := n.get("Not" + key); v != nil {
		return texts(*v), true, true
	}
	return nil, false, false
}

func compilePrincipals(n *node) *principals {
	v, p := n.get("Principal"), &principals{}
	if v == nil {
		if v = n.get("NotPrincipal"); v == nil {
			return nil
		}
		p.not = true
	}
	p.anyone = v.kind == nodeString && v.text == "*"
	for _, m := range v.members {
		for _, who := range texts(m.value) {
			switch {
			case m.key == "AWS" && who == "*":
				p.anyone = true
			case m.key == "AWS":
				p.aws = append(p.aws, accountRoot(who))
			case m.key == "Service":
				p.services = append(p.services, who)
			case m.key == "Federated":
				p.federated = append(p.federated, who)
			}
		}
	}
	return p
}

func (c compiler) conditions(n *node) ([]condition, error) {
	if n == nil {
		return nil, nil
	}
	var all []condition
	for _, op := range n.members {
		proto, ok := compileOperator(op.key)
		if !ok {
			return nil, syntaxError(c.doc, op.offset, "unknown condition operator %q", op.key)
		}
		for _, key := range op.value.members {
			one := proto
			one.key = lower(key.key)
			if c.open {
				one.hangs = references(key.key)
			}
			list := key.value.list
			if key.value.kind != nodeList {
				list = []node{key.value}
			}
			for _, v := range list {
				if !v.scalar() {
					return nil, syntaxError(c.doc, v.offset, "the value of %s is a string or a list of strings, not %s", key.key, v.describe())
				}
				one.values = append(one.values, compileValue(one.compare, v.text, c.reading))
			}
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b condition) int { return cmp.Compare(a.cost(), b.cost()) })
	return all, nil
}

// cost is a guess at how long a condition takes: few values are asked first.
func (c *condition) cost() int { return len(c.values) }

func compileOperator(name string) (condition, bool) {
	var c condition
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, c.each = rest, 'a'
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, c.each = rest, 'o'
	}
	base, ifExists := strings.CutSuffix(name, "IfExists")
	at := slices.IndexFunc(operators, func(o operator) bool { return o.name == base })
	if at < 0 || ifExists && base == "Null" {
		return c, false
	}
	c.operator, c.ifExists = operators[at], ifExists
	return c, true
}
