package explain

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec"
)

// tabled is a row of a table, as a request.
type tabled struct {
	request *iampolicy.Request
	deny    string // the statements that deny, as the row names them
	text    string
}

// documents are those of the six service control policies, by name.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{spec.FullAWSAccess: Full}
	for _, p := range load(t, "testdata/vocareum.yaml").Policies {
		all[p.Name] = p.Document.String()
	}
	if len(all) != 6 {
		t.Fatalf("%d documents, want 6", len(all))
	}
	return all
}

// unless compiles a statement without its conditions, or without one of them, so
// that a row can be asked whether that one alone is left to decide.
func unless(t *testing.T, s *iampolicy.Statement, but int) *iampolicy.Policy {
	t.Helper()
	m := map[string]any{"Effect": "Deny"}
	put := func(key string, not bool, values []string) {
		if not {
			key = "Not" + key
		}
		m[key] = values
	}
	put("Action", s.NotAction, s.Actions)
	put("Resource", s.NotResource, s.Resources)
	blocks := map[string]map[string][]string{}
	for i, c := range s.Clauses {
		if i == but || but < 0 {
			continue
		}
		if blocks[c.Operator] == nil {
			blocks[c.Operator] = map[string][]string{}
		}
		blocks[c.Operator][c.Key] = c.Values
	}
	if len(blocks) > 0 {
		m["Condition"] = blocks
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	p, err := iampolicy.CompileStatement(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// valuesOf are those that a request has of a key, in whatever letter case.
func valuesOf(r *iampolicy.Request, key string) []string {
	for k, v := range r.Context {
		if strings.EqualFold(k, key) {
			return v
		}
	}
	return nil
}

// TestVocareumCoversEverything: for each condition of each statement of the six
// documents the table has a row that the rest of the statement is met by, and
// that has the key so that the condition is met, so that it is not, and not at
// all; for each statement one that it speaks of, one of another action and, where
// it names resources, one on another. Who decides is taken from the table and not
// from the evaluator.
func TestVocareumCoversEverything(t *testing.T) {
	text, err := os.ReadFile("testdata/vocareum.txt")
	if err != nil {
		t.Fatal(err)
	}
	var table []tabled
	for _, c := range rows(t, string(text), 7) {
		if !strings.HasPrefix(c[0], "Vocareum") { // there all six bind
			continue
		}
		table = append(table, tabled{&iampolicy.Request{Action: c[1], Resource: short.Replace(c[2]), Context: contextOf(t, short.Replace(c[3]))},
			" " + c[5] + " ", strings.Join(c, " | ")})
	}
	conditions := 0
	for name, document := range documents(t) {
		statements, err := iampolicy.Statements([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		for i := range statements {
			s := &statements[i]
			who := name + "#" + Statement{Number: i + 1, Sid: s.Sid}.Name()
			for want, n := range spoken(t, s, table) {
				if n == 0 {
					t.Errorf("%s: no row %s", who, want)
				}
			}
			for j := range s.Clauses {
				conditions++
				for want, n := range decisive(t, s, j, who, table) {
					if n == 0 {
						t.Errorf("%s, %s of %s: no row in which it is %s and decides", who, s.Clauses[j].Operator, s.Clauses[j].Key, want)
					}
				}
			}
		}
	}
	if conditions < 20 {
		t.Errorf("%d conditions were looked at", conditions)
	}
}

// spoken counts the rows that a statement speaks of and does not, its conditions
// aside.
func spoken(t *testing.T, s *iampolicy.Statement, table []tabled) map[string]int {
	any := slices.Equal(s.Resources, []string{"*"})
	n := map[string]int{"of its actions on its resources": 0}
	all, actions := unless(t, s, -1), *s
	actions.Resources, actions.NotResource = []string{"*"}, false
	whatever := unless(t, &actions, -1)
	if !slices.Equal(s.Actions, []string{"*"}) {
		n["of another action"] = 0
	}
	if !any {
		n["of its actions on another resource"] = 0
	}
	for _, row := range table {
		switch {
		case all.Match(0, row.request) == iampolicy.Yes:
			n["of its actions on its resources"]++
		case whatever.Match(0, row.request) == iampolicy.Yes:
			n["of its actions on another resource"]++
		default:
			n["of another action"]++
		}
	}
	return n
}

// decisive counts the rows in which all of a statement but one condition is met,
// by what becomes of that one.
func decisive(t *testing.T, s *iampolicy.Statement, at int, who string, table []tabled) map[string]int {
	c := &s.Clauses[at]
	n := map[string]int{"met": 0, "not met": 0, "asked about a missing key": 0}
	rest := unless(t, s, at)
	for _, row := range table {
		if rest.Match(0, row.request) != iampolicy.Yes {
			continue
		}
		values := valuesOf(row.request, c.Key)
		denied := strings.Contains(row.deny, " "+who+" ")
		if met := c.Holds(values...) == iampolicy.Yes; met != denied {
			t.Errorf("%s: %s of %s: met %v, and the row says otherwise", row.text, c.Operator, c.Key, met)
			continue
		}
		switch {
		case len(values) == 0:
			n["asked about a missing key"]++
		case denied:
			n["met"]++
		default:
			n["not met"]++
		}
	}
	if c.Base() == "Null" { // one is the missing key
		delete(n, "met")
	}
	return n
}
