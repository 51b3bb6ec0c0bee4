package iampolicy

import (
	"fmt"
	"slices"
	"strings"
)

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
	at := slices.IndexFunc(operators, func(o operator) bool { return strings.EqualFold(o.name, base) })
	if at < 0 {
		return fmt.Sprintf("unknown condition operator %q", name)
	}
	if right := prefix + operators[at].name + suffix; right != name {
		return fmt.Sprintf("unknown condition operator %q (did you mean %s?)", name, right)
	}
	if base == "Null" && suffix != "" {
		return `condition operator "Null" takes no IfExists`
	}
	return ""
}
