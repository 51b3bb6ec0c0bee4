package iampolicy

import "slices"

// Part is one statement of a policy, taken apart: what it means, and where.
type Part struct {
	Sid  string
	Deny bool
	// Not says that Actions stand under NotAction.
	Not     bool
	Actions []string // as written
	Scope   Scope
}

// Scope is on which resources and under which conditions a statement holds.
type Scope struct {
	// Resource is "" for every resource, an ARN or a pattern of ARNs, and JSON
	// where there are several or it is NotResource.
	Resource string
	// Condition is canonical JSON; "" where there is none.
	Condition string

	resources  []string
	not        bool
	conditions []scoped
}

// scoped is one key under one operator of a Scope.
type scoped struct {
	operator, key string
	values        []string
	negated       bool
	presence      bool
}

// Parts takes a document of the IAM policy language apart. Its statements are in
// the order of the document.
func Parts(doc []byte) ([]Part, error) {
	_, _, s, err := taken(doc)
	if err != nil {
		return nil, err
	}
	var parts []Part
	for _, n := range statementsOf(s) {
		if n.kind != nodeObject {
			return nil, syntaxError(doc, n.offset, "a statement is an object, not %s", n.describe())
		}
		parts = append(parts, part1(&n))
	}
	return parts, nil
}

// taken parses a document whose statements are to be taken apart. It gives the
// document without IAM's URL encoding, which offsets count in.
func taken(doc []byte) (text []byte, root node, statements *node, err error) {
	if text, err = urlDecode(doc); err != nil {
		return nil, node{}, nil, err
	}
	if root, err = parseObject(text); err != nil {
		return nil, node{}, nil, err
	}
	if statements = root.get("Statement"); statements == nil {
		return nil, node{}, nil, syntaxError(text, root.offset, "Statement is missing")
	}
	return text, root, statements, nil
}

func part1(n *node) Part {
	var p Part
	if sid := n.get("Sid"); sid != nil {
		p.Sid = sid.text
	}
	if e := n.get("Effect"); e != nil {
		p.Deny = e.text == "Deny"
	}
	p.Actions, p.Not, _ = either(n, "Action")
	p.Actions = slices.Clone(p.Actions)
	canonicalStatement(n)
	p.Scope = scopeOf(n)
	return p
}

// values are the values of a condition key as text, empty ones and those that are
// no strings among them.
func values(n node) []string {
	list := n.list
	if n.kind != nodeList {
		list = []node{n}
	}
	var all []string
	for i := range list {
		if list[i].kind == nodeString {
			all = append(all, list[i].text)
			continue
		}
		all = append(all, string(appendNode(nil, &list[i])))
	}
	return all
}

func scopeOf(n *node) Scope {
	var s Scope
	s.resources, s.not, _ = either(n, "Resource")
	switch {
	case s.not:
		s.Resource = `{"NotResource":` + string(appendNode(nil, n.get("NotResource"))) + `}`
	case len(s.resources) == 0 || slices.Contains(s.resources, "*"):
		s.resources = nil
	case len(s.resources) == 1:
		s.Resource = s.resources[0]
	default:
		s.Resource = string(appendNode(nil, n.get("Resource")))
	}
	c := n.get("Condition")
	if c == nil || len(c.members) == 0 {
		return s
	}
	s.Condition = string(appendNode(nil, c))
	for _, op := range c.members {
		known, _ := compileOperator(op.key)
		for _, key := range op.value.members {
			s.conditions = append(s.conditions, scoped{op.key, lower(key.key), values(key.value), known.negated, known.compare == asPresence})
		}
	}
	return s
}

// Everywhere says that the scope is every resource under no condition.
func (s *Scope) Everywhere() bool { return s.Resource == "" && s.Condition == "" }

// Within says that wherever s holds o holds too, as far as that can be read off
// the documents: resources that o has among its own, the conditions of o, and
// others beside them, with values that leave o's met. Conditions are not
// evaluated.
func (s *Scope) Within(o *Scope) bool {
	if o.Resource != "" && o.Resource != s.Resource {
		if s.not || o.not || len(s.resources) == 0 {
			return false
		}
		for _, r := range s.resources {
			if !slices.ContainsFunc(o.resources, func(q string) bool { return covers(q, r) }) {
				return false
			}
		}
	}
	for i := range o.conditions {
		want := &o.conditions[i]
		if !slices.ContainsFunc(s.conditions, func(have scoped) bool { return have.leaves(want) }) {
			return false
		}
	}
	return true
}

// Akin says that two scopes are told by one thing: both ask for the same
// condition key, or both name the resources that are left out.
func (s *Scope) Akin(o *Scope) bool {
	return s.not && o.not || slices.ContainsFunc(s.conditions, func(a scoped) bool {
		return slices.ContainsFunc(o.conditions, func(b scoped) bool { return a.key == b.key })
	})
}

// leaves says that a request that meets c meets o.
func (c *scoped) leaves(o *scoped) bool {
	if c.operator != o.operator || c.key != o.key {
		return false
	}
	few, many := c.values, o.values
	switch {
	case c.presence:
		return slices.Equal(few, many)
	case c.negated:
		few, many = many, few
	}
	return !slices.ContainsFunc(few, func(v string) bool { return !slices.Contains(many, v) })
}
