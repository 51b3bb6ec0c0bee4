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
	Got   string // Allow or Deny; "" where that hangs on what nobody knows
	By    string // what decided
	// Hangs are the references that an undecided test hangs on.
	Hangs []string
}

// OK says that the policies decide as the test expects.
func (t Tested) OK() bool { return t.Got == t.Expect }

// Undecided says what a test hangs on that is neither passed nor failed; "" for
// one that is decided.
func (t Tested) Undecided() string { return strings.Join(t.Hangs, ", ") }

// Run holds the tests of a payer file against what the file says. It asks no
// AWS; what references of the documents stand for is asked of known, which may be
// nil. Its error is for policies that cannot be read.
func Run(p *spec.Payer, known Known) ([]Tested, error) {
	if len(p.Tests) == 0 {
		return nil, nil
	}
	tree, err := Offline(p, known)
	if err != nil {
		return nil, fmt.Errorf("run the tests of %s: %w", p.Name, err)
	}
	all := make([]Tested, 0, len(p.Tests))
	for _, test := range p.Tests {
		got, err := tree.Ask(Question{OU: test.OU, Account: test.Account, Action: test.Action, Resource: test.Resource, Context: test.Context})
		if err != nil {
			return nil, fmt.Errorf("%s: test %q: %w", test.Pos, test.Name, err)
		}
		all = append(all, Tested{Test: test, Where: got.Where, Got: got.Decision, By: got.Why(), Hangs: got.Hangs})
	}
	return all, nil
}

// FailedError is the error of a payer file whose own tests fail.
type FailedError struct{ Failed []Tested }

// Failed gives the error of the tests that fail, nil where none does. A test
// that is not decided does not fail.
func Failed(all []Tested) error {
	var e FailedError
	for _, t := range all {
		if !t.OK() && len(t.Hangs) == 0 {
			e.Failed = append(e.Failed, t)
		}
	}
	if len(e.Failed) == 0 {
		return nil
	}
	return &e
}

// Undecided gives the tests that neither pass nor fail.
func Undecided(all []Tested) []Tested {
	var out []Tested
	for _, t := range all {
		if len(t.Hangs) > 0 {
			out = append(out, t)
		}
	}
	return out
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
	s := fmt.Sprintf("%s: test %q fails: %s in %s is %s", t.Pos, t.Name, t.Action, t.Where, verb[t.Got])
	if t.By != "" {
		s += " (" + t.By + ")"
	}
	return s + ", want " + t.Expect
}
