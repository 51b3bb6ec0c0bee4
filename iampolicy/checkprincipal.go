package iampolicy

import (
	"slices"
	"strings"
)

// Principals hold to the page "AWS JSON policy elements: Principal" of the IAM
// User Guide.

func (c *checker) onePrincipal(s *node) {
	p, not := s.get("Principal"), s.get("NotPrincipal")
	switch {
	case p != nil && not != nil:
		c.add(max(p.offset, not.offset), "a statement has Principal or NotPrincipal, not both")
	case p != nil || not != nil:
	case c.policyType == resourceControl:
		c.add(s.offset, `Principal is missing: a resource control policy has "Principal": "*"`)
	default:
		c.add(s.offset, "Principal is missing: %s says whom it is about", c.name)
	}
}

func (c *checker) principal(m *member) {
	n := &m.value
	switch {
	case c.policyType == servicePolicy:
		c.add(m.offset, "a service control policy has no %s: it binds every principal of the accounts below", m.key)
	case c.document.principal == forbidden:
		c.add(m.offset, "%s has no %s: it is about whom it is attached to", c.name, m.key)
	case c.policyType == resourceControl && m.key == "NotPrincipal":
		c.add(m.offset, `a resource control policy has "Principal": "*", and no NotPrincipal`)
	case c.policyType == resourceControl && (n.kind != nodeString || n.text != "*"):
		c.add(n.offset, `Principal is "*" in a resource control policy, not %s; name principals in Condition`, n.describe())
	case n.kind == nodeString && (n.text == "*" || strings.HasPrefix(n.text, "${{")):
	case n.kind != nodeObject:
		c.add(n.offset, `%s is "*" or an object such as {"AWS": "111122223333"}, not %s`, m.key, n.describe())
	case len(n.members) == 0:
		c.add(n.offset, "%s is an empty object", m.key)
	default:
		for i := range n.members {
			c.principals(&n.members[i])
		}
	}
}

// principals looks at what stands under one key of a Principal.
func (c *checker) principals(m *member) {
	wrong := func(string) string { return "" }
	switch m.key {
	case "AWS":
		wrong = awsProblem
	case "Service":
		wrong = func(s string) string {
			if !strings.Contains(s, ".") && !strings.Contains(s, "${{") {
				return "is no service principal, such as ec2.amazonaws.com"
			}
			return ""
		}
	case "Federated", "CanonicalUser":
	default:
		c.unknown(m, "a principal", []string{"AWS", "Service", "Federated", "CanonicalUser"})
		return
	}
	c.strings(m, wrong)
}

// awsProblem finds what is wrong with an AWS principal. An id of IAM's own
// (AROA…, AIDA…) is one: IAM shows it where a principal is gone.
func awsProblem(s string) string {
	if s == "*" || strings.Contains(s, "${{") || isAccount(s) || isUniqueID(s) {
		return ""
	}
	arn := strings.SplitN(s, ":", 6)
	if len(arn) != 6 || arn[0] != "arn" || arn[2] != "iam" && arn[2] != "sts" {
		return `is not "*", an account id or an ARN of IAM or STS`
	}
	if strings.ContainsAny(arn[4], "*?") || strings.ContainsAny(arn[5], "*?") {
		return `no wildcard may stand in an ARN here; "*" alone is everybody, and Condition can narrow it`
	}
	kind, name, _ := strings.Cut(arn[5], "/")
	kinds := []string{"user", "role", "assumed-role", "federated-user"}
	if arn[5] != "root" && (name == "" || !slices.Contains(kinds, kind)) {
		return "is the ARN of nobody: it ends in root, user/NAME, role/NAME or assumed-role/NAME/SESSION"
	}
	return ""
}

// isAccount reports whether s is a bare account id.
func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

func isUniqueID(s string) bool {
	return len(s) >= 16 && (strings.HasPrefix(s, "AROA") || strings.HasPrefix(s, "AIDA")) && !strings.Contains(s, ":")
}
