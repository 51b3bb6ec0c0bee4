package iampolicy

import "strings"

// Statement is one statement of a document as it is written, for whoever looks at
// its form and not at a request.
type Statement struct {
	Sid  string
	Deny bool
	// NotAction and NotResource say that Actions and Resources stand under these.
	NotAction, NotResource bool
	Actions, Resources     []string
	Clauses                []Clause
	// Means is the canonical form without the Sid: two statements that have the
	// same mean the same.
	Means string
}

// Clause is one key under one operator of a Condition.
type Clause struct {
	Operator, Key string // as written
	Values        []string
	condition     condition
}

// Statements takes a document of the IAM policy language apart into what its
// statements say, in their order. What [Compile] refuses is an error here too.
func Statements(doc []byte) ([]Statement, error) {
	doc, root, s, err := taken(doc)
	if err != nil {
		return nil, err
	}
	v := root.get("Version")
	c := compiler{doc: doc, reading: reading{variables: v != nil && v.kind == nodeString && v.text == "2012-10-17"}}
	var all []Statement
	for _, n := range statementsOf(s) {
		one, err := c.written(&n)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (c compiler) written(n *node) (Statement, error) {
	compiled, err := c.statement(n)
	if err != nil {
		return Statement{}, err
	}
	s := Statement{Sid: compiled.sid, Deny: compiled.deny}
	s.Actions, s.NotAction, _ = either(n, "Action")
	s.Resources, s.NotResource, _ = either(n, "Resource")
	if o := n.get("Condition"); o != nil {
		for _, op := range o.members {
			for _, key := range op.value.members {
				one, err := c.clause(op.key, key)
				if err != nil {
					return s, err
				}
				s.Clauses = append(s.Clauses, one)
			}
		}
	}
	s.Means = means(n)
	return s, nil
}

func (c compiler) clause(operator string, key member) (Clause, error) {
	list := key.value.list
	if key.value.kind != nodeList {
		list = []node{key.value}
	}
	out := Clause{Operator: operator, Key: key.key}
	for _, v := range list {
		out.Values = append(out.Values, v.text)
	}
	block := node{kind: nodeObject, members: []member{{key: operator, value: node{kind: nodeObject, members: []member{key}}}}}
	compiled, err := c.conditions(&block)
	if err == nil {
		out.condition = compiled[0]
	}
	return out, err
}

// means is the canonical form of a statement without its Sid. It changes n.
func means(n *node) string {
	m := node{kind: nodeObject, offset: n.offset}
	for _, k := range n.members {
		if k.key != "Sid" {
			m.members = append(m.members, k)
		}
	}
	canonicalStatement(&m)
	return string(appendNode(nil, &m))
}

// Set is the set operator: ForAllValues, ForAnyValue or "".
func (c *Clause) Set() string {
	if set, _, ok := strings.Cut(c.Operator, ":"); ok {
		return set
	}
	return ""
}

// Base is the operator without its set operator and without IfExists.
func (c *Clause) Base() string { return c.condition.name }

// Negated says that the clause holds where no value is met.
func (c *Clause) Negated() bool { return c.condition.negated }

// Reads says whether the operator makes sense of the value at i: a number, a
// date, an address, and so on. Text always makes sense.
func (c *Clause) Reads(i int) bool { return c.condition.values[i].ok }

// Fixed says that the value at i is one text, without wildcards and variables.
func (c *Clause) Fixed(i int) bool {
	t := &c.condition.values[i].text
	return t.parts == nil && !strings.ContainsAny(c.Values[i], "*?$")
}

// Holds says whether the clause is met where its key has these values, and no
// other key is known; without values, the key is missing.
func (c *Clause) Holds(values ...string) Match {
	r := Request{Context: map[string][]string{c.condition.key: values}, Unknown: func(string) bool { return true }}
	q := r.query()
	return c.condition.holds(&q)
}
