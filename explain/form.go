package explain

import (
	"github.com/payer-reconciler/reconciler/spec"
)

// FormatVersion is the version of the JSON form.
const FormatVersion = "1.0"

// Form is the JSON form of a question and its answer.
type Form struct {
	FormatVersion string              `json:"formatVersion"`
	Payer         string              `json:"payer"`
	AccountID     string              `json:"accountId"`
	Source        string              `json:"source"` // file or live
	Where         string              `json:"where"`  // the ref of the root, the unit or the account
	Action        string              `json:"action"`
	Resource      string              `json:"resource,omitempty"`
	Context       map[string][]string `json:"context,omitempty"`
	Decision      string              `json:"decision,omitempty"`  // allow or deny; left out where it is not decided
	Undecided     []string            `json:"undecided,omitempty"` // the references that it hangs on
	By            []FormStatement     `json:"by,omitempty"`
	NoAllow       []FormNode          `json:"noAllow,omitempty"`
	Notes         []string            `json:"notes,omitempty"`
}

// FormStatement is a statement that decides.
type FormStatement struct {
	Node      string `json:"node"`
	Type      string `json:"type"`
	Policy    string `json:"policy"`
	Statement int    `json:"statement"` // from 1
	Sid       string `json:"sid,omitempty"`
}

// FormNode is a node whose policies of a type allow nothing of what is asked.
type FormNode struct {
	Node string `json:"node"`
	Type string `json:"type"`
}

// Form makes the JSON form of the answer to q about a payer; source is file or
// live.
func (a *Answer) Form(p *spec.Payer, source string, q Question) Form {
	f := Form{FormatVersion: FormatVersion, Payer: p.Name, AccountID: p.AccountID, Source: source, Where: a.Where.String(),
		Action: q.Action, Resource: q.Resource, Context: q.Context, Decision: a.Decision, Undecided: a.Hangs, Notes: a.Notes}
	for _, s := range a.By {
		f.By = append(f.By, FormStatement{s.Node.String(), s.Type, s.Policy.String(), s.Number, s.Sid})
	}
	for _, c := range a.Closed {
		f.NoAllow = append(f.NoAllow, FormNode{c.Node.String(), c.Type})
	}
	return f
}

// Why says in one line what decided: the first statement, or the level that
// allows nothing; of what is not decided, the first statement that hangs.
func (a *Answer) Why() string {
	switch {
	case len(a.Hangs) > 0:
		return a.By[0].String()
	case len(a.By) > 0 && (a.Decision == Deny || len(a.Closed) == 0):
		s := a.By[len(a.By)-1]
		if a.Decision == Deny {
			s = a.By[0]
		}
		return s.String()
	case len(a.Closed) > 0:
		return a.Closed[0].String()
	case len(a.Notes) > 0:
		return a.Notes[0]
	}
	return ""
}

// String names the statement, its policy and where that hangs.
func (s Statement) String() string {
	return "statement " + s.Name() + " of " + s.Policy.String() + " on " + s.Node.String()
}

// String says what a level lacks.
func (c Closed) String() string {
	return "no " + typeName(c.Type) + " on " + c.Node.String() + " allows it"
}

func typeName(policyType string) string {
	if policyType == spec.RCP {
		return "RCP"
	}
	return "SCP"
}

// Path reads the path of a unit as a person gives it: / is the root.
func Path(s string) string {
	if s == "/" {
		return ""
	}
	return s
}
