package report

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Who is from outside: each statement that allows something to somebody is read
// alone, wherever it stands in a document (the trust of a role, a statement of a
// bucket, a template of CloudFormation). What a Deny takes back is not counted, so
// that more is told than let in, not less. Services of AWS are not from outside.

// anyone is what a report calls everybody, in the organization and out of it, and
// anyoneFrom begins what it calls everybody at some place.
const (
	anyone     = "*"
	anyoneFrom = "* from "
)

// The sorts of principals that nobody can place stand before their names.
const (
	canonicalUser = "CanonicalUser "
	federated     = "Federated "
)

// guests are those from outside whom a document lets in, and whether each of its
// statements that lets them in asks for an external id.
type guests map[string]bool

// strangers finds those outside of an organization whom a policy lets in.
type strangers struct {
	members      map[string]bool
	organization string
	known        map[string]guests // by document
}

// of lists, sorted, those from outside whom the fields of a change let in and did
// not let in before, and those whom they ask for an external id no longer. Nothing
// where nobody knows who is inside.
func (s *strangers) of(fields []Field) (lets, noExternalID []string) {
	if s.members == nil {
		return nil, nil
	}
	for i := range fields {
		f := &fields[i]
		now := s.in(f.after())
		if len(now) == 0 {
			continue
		}
		before := s.in(value(f.Before))
		for who, asked := range now {
			switch was, wasAsked := before.has(who); {
			case !was:
				lets = append(lets, who)
			case wasAsked && !asked:
				noExternalID = append(noExternalID, who)
			}
		}
	}
	slices.Sort(lets)
	slices.Sort(noExternalID)
	return slices.Compact(lets), slices.Compact(noExternalID)
}

// has says whether somebody is let in, and whether only with an external id. Who
// signs in with a provider is not anyone: that is another action.
func (g guests) has(who string) (in, asked bool) {
	asked, in = g[who]
	if all, ok := g[anyone]; ok && !strings.HasPrefix(who, federated) {
		asked, in = all && (asked || !in), true
	}
	return in, asked
}

// in finds whom a document lets in.
func (s *strangers) in(document string) guests {
	if !strings.HasPrefix(document, "{") || !strings.Contains(document, `rincipal"`) {
		return nil
	}
	if out, ok := s.known[document]; ok {
		return out
	}
	var v any
	out := guests{}
	d := json.NewDecoder(strings.NewReader(document))
	d.UseNumber() // an account may stand as one
	if d.Decode(&v) == nil {
		eachTrust(v, func(st *trustStatement) {
			asks := asksExternalID(st.Condition)
			for _, who := range s.letIn(st) {
				asked, known := out[who]
				out[who] = asks && (asked || !known)
			}
		})
	}
	s.known[document] = out
	return out
}

// eachTrust calls f for the statements in a value of JSON that say whom they are
// about.
func eachTrust(v any, f func(*trustStatement)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			eachTrust(e, f)
		}
	case map[string]any:
		effect, ok := v["Effect"].(string)
		if !ok || v["Principal"] == nil && v["NotPrincipal"] == nil {
			for _, e := range v {
				eachTrust(e, f)
			}
			return
		}
		st := trustStatement{Effect: effect, Principal: v["Principal"], NotPrincipal: v["NotPrincipal"], Condition: map[string]map[string]any{}}
		all, _ := v["Condition"].(map[string]any)
		for op, by := range all {
			if by, ok := by.(map[string]any); ok {
				st.Condition[op] = by
			}
		}
		f(&st)
	}
}

// letIn lists those from outside whom a statement allows something.
func (s *strangers) letIn(st *trustStatement) []string {
	if st.Effect != "Allow" {
		return nil
	}
	bound := s.bounds(st.Condition)
	if st.NotPrincipal != nil {
		return bound.anyone()
	}
	var out []string
	for _, p := range st.principals() {
		sort, id, _ := strings.Cut(p, " ")
		who := ""
		switch {
		case id == "*" && sort != "Service":
			who = anyone
		case sort == "AWS":
			who = s.principal(id)
		case sort == "CanonicalUser":
			who = canonicalUser + id
		case sort == "Federated":
			if who = s.outside(accountOf(id)); who == "" && !bound.federated {
				who = federated + id
			}
		}
		switch {
		case who == anyone:
			out = append(out, bound.anyone()...)
		case who != "" && bound.admit(who):
			out = append(out, who)
		}
	}
	return out
}

// outside is an account, "" where that is a member or none.
func (s *strangers) outside(account string) string {
	if s.members[account] {
		return ""
	}
	return account
}

// ours is a reference to something of the payer, or of the stack in whose template
// it stands; goneID is the id that AWS shows of a principal that is gone.
var (
	ours       = regexp.MustCompile(`\$\{\{|\$\{AWS::|^\{`)
	goneID     = regexp.MustCompile(`^A[A-Z]{3}[A-Z0-9]{12,}$`)
	anyAccount = regexp.MustCompile(`(?:^|[^0-9])([0-9]{12})(?:[^0-9]|$)`)
)

// principal is an AWS principal: its account, "" where that is a member, or else
// what it is called.
func (s *strangers) principal(id string) string {
	account := accountOf(id)
	switch m := anyAccount.FindStringSubmatch(id); {
	case account != "":
		return s.outside(account)
	case strings.HasPrefix(id, "arn:") && wild(accountPart(id)):
		return anyone
	case ours.MatchString(id) && m != nil: // a function of CloudFormation
		return s.outside(m[1])
	case ours.MatchString(id), goneID.MatchString(id):
		return ""
	}
	return id
}

// accountOf is the account of an ARN or of a bare id, "" where there is none.
func accountOf(id string) string {
	if isAccount(id) {
		return id
	}
	if a := accountPart(id); isAccount(a) {
		return a
	}
	return ""
}

// accountPart is what an ARN, or a pattern of some, has for an account. A pattern
// may end there.
func accountPart(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	switch {
	case len(parts) < 5 || parts[0] != "arn":
		return ""
	case len(parts) == 5 && len(parts[4]) > 12:
		return strings.TrimRight(parts[4], "*")
	}
	return parts[4]
}

// wild says that a pattern is nothing but wildcards.
func wild(s string) bool { return s != "" && strings.Trim(s, "*?") == "" }
