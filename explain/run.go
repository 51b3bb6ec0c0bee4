package explain

import (
	"fmt"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Tested is one test of a payer file, and what its policies say.
type Tested struct {
	spec.Test
	Where resource.Ref
	Got   string // Allow or Deny
	By    string // what decided
}

// OK says that the policies decide as the test expects.
func (t Tested) OK() bool { return t.Got == t.Expect }

// Run holds the tests of a payer file against what the file says. It asks no
// AWS. Its error is for policies that cannot be read.
func Run(p *spec.Payer) ([]Tested, error) {
	if len(p.Tests) == 0 {
		return nil, nil
	}
	tree, err := Offline(p)
	if err != nil {
		return nil, fmt.Errorf("run the tests of %s: %w", p.Name, err)
	}
	all := make([]Tested, 0, len(p.Tests))
	for _, test := range p.Tests {
		got, err := tree.Ask(Question{OU: test.OU, Account: test.Account, Action: test.Action, Resource: test.Resource, Context: test.Context})
		if err != nil {
			return nil, fmt.Errorf("%s: test %q: %w", test.Pos, test.Name, err)
		}
		all = append(all, Tested{test, got.Where, got.Decision, got.Why()})
	}
	return all, nil
}

// FailedError is the error of a payer file whose own tests fail.
type FailedError struct{ Failed []Tested }

// Failed gives the error of the tests that fail, nil where none does.
func Failed(all []Tested) error {
	var e FailedError
	for _, t := range all {
		if !t.OK() {
			e.Failed = append(e.Failed, t)
		}
	}
	if len(e.Failed) == 0 {
		return nil
	}
	return &e
}

// Error names every failing test, a line each.
func (e *FailedError) Error() string {
	var lines []string
	for _, t := range e.Failed {
		lines = append(lines, t.line())
	}
	return strings.Join(lines, "\n")
}

// line says what the test wants, what is, and who decides so.
func (t Tested) line() string {
	verb := map[string]string{Allow: "allowed", Deny: "denied"}
	s := fmt.Sprintf("%s: test %q fails: %s by %s is %s", t.Pos, t.Name, t.Action, t.Where, verb[t.Got])
	if t.By != "" {
		s += " (" + t.By + ")"
	}
	return s + ", want " + t.Expect
}
