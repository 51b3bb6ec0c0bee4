package world

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// document is a policy of IAM. It never changes: equal ones are shared.
type document struct {
	text  string
	root  value
	once  sync.Once
	rules *iampolicy.Policy
}

// compiled is the document made ready to be asked. One that the evaluator has
// no meaning for denies everything.
func (d *document) compiled() *iampolicy.Policy {
	d.once.Do(func() { d.rules = compile(d.text) })
	return d.rules
}

func compile(text string) *iampolicy.Policy {
	p, err := iampolicy.Compile([]byte(text))
	if err == nil {
		return p
	}
	p, err = iampolicy.Compile([]byte(`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`))
	if err != nil {
		panic("world: compile a policy: " + err.Error())
	}
	return p
}

// malformed is the refusal of a document.
func malformed(format string, args ...any) *Error {
	return refuse("MalformedPolicyDocument", format, args...)
}

// identityDocument reads what a role, user or group may have, inline or
// attached.
func (w *World) identityDocument(text string) (*document, error) {
	root, err := parseJSON(text)
	if err != nil || !root.object {
		return nil, malformed("Syntax errors in policy.")
	}
	if err := checkPolicy(&root, false); err != nil {
		return nil, err
	}
	return w.document(text, root), nil
}

// trustDocument reads what says who may assume a role. It comes back without
// white space, and a bare account id as the ARN of that account.
func (w *World) trustDocument(text string) (*document, error) {
	root, err := parseJSON(text)
	if err != nil || !root.object {
		return nil, malformed("This policy contains invalid Json")
	}
	if err := checkPolicy(&root, true); err != nil {
		return nil, err
	}
	for _, p := range principals(&root) {
		if accountDigits.MatchString(p.text) {
			p.text = accountRoot(p.text)
		}
	}
	var b bytes.Buffer
	root.write(&b)
	return w.document(b.String(), root), nil
}

// document is the one of that text.
func (w *World) document(text string, root value) *document {
	if d := w.documents[text]; d != nil {
		return d
	}
	d := &document{text: text, root: root}
	w.documents[text] = d
	return d
}

// known reads a document that was taken before.
func (w *World) known(text string) (*document, error) {
	if d := w.documents[text]; d != nil {
		return d, nil
	}
	root, err := parseJSON(text)
	if err != nil || !root.object {
		return nil, fmt.Errorf("a policy is no JSON object: %.40q", text)
	}
	return w.document(text, root), nil
}

var (
	accountDigits = regexp.MustCompile(`^\d{12}$`)
	sidText       = regexp.MustCompile(`^[A-Za-z0-9]*$`)
	actionText    = regexp.MustCompile(`^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$`)
	serviceText   = regexp.MustCompile(`^[a-z0-9.-]+\.(amazonaws\.com|amazonaws\.com\.cn|amazon\.com|aws\.internal)$`)
	operators     = regexp.MustCompile(`^(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals|Like|EqualsIgnoreCase)|Numeric(Equals|NotEquals|LessThan(Equals)?|GreaterThan(Equals)?)|Date(Equals|NotEquals|LessThan(Equals)?|GreaterThan(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?$`)
)

func accountRoot(id string) string { return "arn:aws:iam::" + id + ":root" }

// statements are those of a policy: one stands alone or in a list.
func statements(root *value) []*value {
	s := root.get("Statement")
	if s == nil {
		return nil
	}
	if s.object {
		return []*value{s}
	}
	out := make([]*value, len(s.items))
	for i := range s.items {
		out[i] = &s.items[i]
	}
	return out
}

// principals are the texts of all AWS principals.
func principals(root *value) []*value {
	var out []*value
	for _, s := range statements(root) {
		for _, name := range []string{"Principal", "NotPrincipal"} {
			if p := s.get(name); p != nil && p.object && p.get("AWS") != nil {
				texts, _ := p.get("AWS").texts()
				out = append(out, texts...)
			}
		}
	}
	return out
}

// checkPolicy holds a document against the grammar of the policy language.
func checkPolicy(root *value, trust bool) error {
	for i, name := range root.names {
		v := root.items[i]
		switch name {
		case "Version":
			if v.text != "2012-10-17" && v.text != "2008-10-17" {
				return malformed("The policy must contain a valid version string")
			}
		case "Id", "Statement":
		default:
			return malformed("Syntax errors in policy.")
		}
	}
	all := statements(root)
	if len(all) == 0 {
		return malformed("Syntax errors in policy.")
	}
	sids := map[string]bool{}
	for _, s := range all {
		if !s.object {
			return malformed("Syntax errors in policy.")
		}
		if sid := s.get("Sid"); sid != nil {
			if !sid.isText || !sidText.MatchString(sid.text) {
				return malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
			}
			if sid.text != "" && sids[sid.text] {
				return malformed("Statement IDs (SID) in a single policy must be unique.")
			}
			sids[sid.text] = true
		}
		if err := checkIAMStatement(s, trust); err != nil {
			return err
		}
	}
	return nil
}

func checkIAMStatement(s *value, trust bool) error {
	for _, name := range s.names {
		switch name {
		case "Sid", "Effect", "Action", "NotAction", "Condition":
		case "Resource", "NotResource":
			if trust {
				return malformed("Has prohibited field Resource")
			}
		case "Principal", "NotPrincipal":
			if !trust {
				return malformed("Policy document should not specify a principal.")
			}
		default:
			return malformed("Syntax errors in policy.")
		}
	}
	if e := s.get("Effect"); e == nil || e.text != "Allow" && e.text != "Deny" {
		return malformed("Syntax errors in policy.")
	}
	if err := checkActions(s, trust); err != nil {
		return err
	}
	if err := checkConditions(s.get("Condition")); err != nil {
		return err
	}
	if trust {
		return checkPrincipal(s)
	}
	return checkResources(s)
}

// either is the one of two elements that a statement must have.
func either(s *value, a, b string) ([]*value, error) {
	x, y := s.get(a), s.get(b)
	if (x == nil) == (y == nil) {
		return nil, malformed("Policy statement must contain %ss.", strings.ToLower(a))
	}
	if x == nil {
		x = y
	}
	texts, ok := x.texts()
	if !ok || len(texts) == 0 {
		return nil, malformed("Policy statement must contain %ss.", strings.ToLower(a))
	}
	return texts, nil
}

func checkActions(s *value, trust bool) error {
	actions, err := either(s, "Action", "NotAction")
	if err != nil {
		return err
	}
	for _, a := range actions {
		if !actionText.MatchString(a.text) {
			return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
		}
		if trust && !strings.HasPrefix(strings.ToLower(a.text), "sts:") {
			return malformed("AssumeRole policy may only specify STS AssumeRole actions.")
		}
	}
	return nil
}

func checkResources(s *value) error {
	resources, err := either(s, "Resource", "NotResource")
	if err != nil {
		return err
	}
	for _, r := range resources {
		if r.text == "*" {
			continue
		}
		if p := strings.SplitN(r.text, ":", 6); len(p) != 6 || p[0] != "arn" {
			return malformed(`Resource %s must be in ARN format or "*".`, r.text)
		}
	}
	return nil
}

func checkConditions(c *value) error {
	if c == nil {
		return nil
	}
	if !c.object {
		return malformed("Syntax errors in policy.")
	}
	for i, op := range c.names {
		if !operators.MatchString(op) {
			return malformed("Invalid Condition type : %s.", op)
		}
		block := c.items[i]
		if !block.object {
			return malformed("Syntax errors in policy.")
		}
		for j, key := range block.names {
			v := &block.items[j]
			if v.object || key == "" || !v.object && v.scalar == nil && !v.isText && !scalars(v.items) {
				return malformed("Syntax errors in policy.")
			}
		}
	}
	return nil
}

func scalars(items []value) bool {
	for _, v := range items {
		if v.scalar == nil && !v.isText {
			return false
		}
	}
	return true
}

// checkPrincipal looks at the form of who is trusted; whether they exist is
// the world's to say.
func checkPrincipal(s *value) error {
	p := s.get("Principal")
	if p == nil {
		p = s.get("NotPrincipal")
	}
	switch {
	case p == nil:
		return malformed("Missing required field Principal")
	case p.isText && p.text == "*":
		return nil
	case !p.object || len(p.names) == 0:
		return malformed("Invalid principal in policy.")
	}
	for i, typ := range p.names {
		texts, ok := p.items[i].texts()
		if !ok || len(texts) == 0 {
			return malformed("Invalid principal in policy.")
		}
		for _, t := range texts {
			switch typ {
			case "AWS":
			case "Federated":
				if t.text == "" {
					return malformed("Invalid principal in policy: \"FEDERATED\":\"%s\"", t.text)
				}
			case "Service":
				if !serviceText.MatchString(t.text) {
					return malformed("Invalid principal in policy: \"SERVICE\":\"%s\"", t.text)
				}
			default:
				return malformed("Invalid principal in policy.")
			}
		}
	}
	return nil
}
