package report

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// trustStatement is what a statement says of whom it is about.
type trustStatement struct {
	Effect       string
	Principal    any
	NotPrincipal any
	Condition    map[string]map[string]any
}

// parseTrust reads a document or a statement by whom it trusts; ok says that it
// could, and that someone is named.
func parseTrust(s string) (out []trustStatement, ok bool) {
	if !strings.HasPrefix(s, "{") || !strings.Contains(s, `rincipal"`) {
		return nil, false
	}
	var doc struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(s), &doc) != nil {
		return nil, false
	}
	raw := []byte(doc.Statement)
	if len(raw) == 0 {
		raw = []byte(s) // of a bucket, a statement is a field of its own
	}
	var one trustStatement
	if json.Unmarshal(raw, &out) != nil {
		if json.Unmarshal(raw, &one) != nil {
			return nil, false
		}
		out = []trustStatement{one}
	}
	return out, len(out) > 0
}

// trustLine says in a line who may take a role; "" where that takes the whole
// document.
func trustLine(document string) string {
	all, ok := parseTrust(document)
	if !ok {
		return ""
	}
	var parts []string
	for _, s := range all {
		who := s.principals()
		if s.Effect != "Allow" || s.NotPrincipal != nil || len(who) == 0 {
			return ""
		}
		for i := range who {
			who[i] = principal(who[i])
		}
		part := names(who, maxListed)
		if c := s.conditions(); c != "" {
			part += " " + c
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// principals are whom it names, each behind its sort: AWS, Service, Federated.
func (s *trustStatement) principals() []string {
	var out []string
	switch p := s.Principal.(type) {
	case string:
		out = append(out, "AWS "+p)
	case map[string]any:
		for _, sort := range keys(p) {
			for _, v := range values(p[sort]) {
				out = append(out, sort+" "+v)
			}
		}
	}
	return out
}

// values are the strings of a string or of a list.
func values(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, values(e)...)
		}
		return out
	case nil:
		return nil
	}
	return []string{plainJSON(v)}
}

// accountARN is how a policy names all of an account; the account may be an
// output that is not known yet.
var accountARN = regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}|\$\{\{.*\}\}):root$`)

// principal is a principal in words.
func principal(s string) string {
	sort, id, _ := strings.Cut(s, " ")
	switch {
	case sort != "AWS":
		return strings.ToLower(sort) + " " + id
	case id == "*":
		return "anyone"
	}
	if m := accountARN.FindStringSubmatch(id); m != nil {
		return "account " + m[1]
	}
	if isAccount(id) {
		return "account " + id
	}
	return id
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// conditions say on what a trust hangs. The external id is told as one, for it
// is a word between the payer and its vendor.
func (s *trustStatement) conditions() string {
	rest := map[string]map[string]any{}
	external := false
	for op, by := range s.Condition {
		for key, v := range by {
			if strings.EqualFold(key, "sts:ExternalId") && op == "StringEquals" {
				external = true
				continue
			}
			if rest[op] == nil {
				rest[op] = map[string]any{}
			}
			rest[op][key] = v
		}
	}
	var parts []string
	if external {
		parts = append(parts, "with an external id")
	}
	if len(rest) > 0 {
		parts = append(parts, "where "+clause(plainJSON(rest), TextOptions{}))
	}
	return strings.Join(parts, ", ")
}

// strangers finds accounts outside of an organization that a policy lets in.
type strangers struct {
	members map[string]bool
	known   map[string][]string // by document
}

// anyone is what a report calls everybody, in the organization and out of it.
const anyone = "*"

// of lists the accounts outside that the fields of a change let in and did not
// let in before, sorted; [anyone] is everybody. Nothing where nobody knows who
// is inside.
func (s *strangers) of(fields []Field) []string {
	if s.members == nil {
		return nil
	}
	var out []string
	for i := range fields {
		f := &fields[i]
		now := s.in(f.after())
		if len(now) == 0 {
			continue
		}
		before := s.in(value(f.Before))
		for _, id := range now {
			if !slices.Contains(before, id) && !slices.Contains(before, anyone) {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// in lists whom a document lets in.
func (s *strangers) in(document string) []string {
	if !strings.HasPrefix(document, "{") {
		return nil
	}
	if out, ok := s.known[document]; ok {
		return out
	}
	var out []string
	all, _ := parseTrust(document)
	for _, st := range all {
		if st.Effect != "Allow" {
			continue
		}
		for _, p := range st.principals() {
			sort, id, _ := strings.Cut(p, " ")
			switch account := accountOf(id); {
			case sort != "AWS":
			case id == "*" && len(st.Condition) == 0:
				out = append(out, anyone)
			case account != "" && !s.members[account]:
				out = append(out, account)
			}
		}
	}
	s.known[document] = out
	return out
}

// accountOf is the account of an ARN or of a bare id, "" where there is none.
func accountOf(id string) string {
	if isAccount(id) {
		return id
	}
	if parts := strings.SplitN(id, ":", 6); len(parts) == 6 && parts[0] == "arn" && isAccount(parts[4]) {
		return parts[4]
	}
	return ""
}

// foreign says whom a change lets in; "" where there is nobody from outside.
func (c *Change) foreign() string {
	switch {
	case len(c.Foreign) == 0:
		return ""
	case slices.Contains(c.Foreign, anyone):
		return "lets in anyone, of whatever organization"
	case len(c.Foreign) == 1:
		return "lets in account " + Clean(c.Foreign[0]) + ", which is not of this organization"
	}
	return "lets in accounts that are not of this organization: " + names(c.Foreign, maxListed)
}
