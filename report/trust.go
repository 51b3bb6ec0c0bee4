package report

import (
	"encoding/json"
	"regexp"
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
