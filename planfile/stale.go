package planfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// StaleError says that a saved plan is not what would be done now.
type StaleError struct {
	Payer string
	Moved []Moved // at least one
	// Of how many changes the plan is, and of these Done are done already and
	// Begun are begun, as after an apply that was interrupted.
	Of, Done, Begun int
}

// Moved is one thing that is not as it was when the plan was made.
type Moved struct {
	Where   string // a file, or the ref of an object
	Field   string // "" where Text says it all
	Was, Is string // the field's value then and now
	Text    string
	Done    bool // it is what the plan was to make of it
}

// shownMoves is how many moves an error tells; the rest is counted.
const shownMoves = 20

// shownValue is how much of a value is shown.
const shownValue = 60

// String gives the move in one line.
func (m Moved) String() string {
	switch {
	case m.Field == "":
		return m.Where + ": " + m.Text
	case m.Text != "":
		return fmt.Sprintf("%s: %s %s", m.Where, m.Field, m.Text)
	case len(m.Was) > shownValue || len(m.Is) > shownValue:
		return fmt.Sprintf("%s: %s is another now", m.Where, m.Field)
	}
	return fmt.Sprintf("%s: %s was %q, is %q", m.Where, m.Field, m.Was, m.Is)
}

// nothingLeft is said of a plan that was applied to its end.
const nothingLeft = "nothing of it is left to apply"

// Unwrap gives each line as an error of its own, for those who print them so.
func (e *StaleError) Unwrap() []error {
	others := e.others()
	if e.over(others) {
		return []error{fmt.Errorf("the saved plan is stale: %s; %s", e.done(), nothingLeft)}
	}
	lines := []error{errors.New("the saved plan is stale; make a new one with plan --out")}
	for i, m := range others {
		if i == shownMoves && len(others) > shownMoves+1 {
			lines = append(lines, fmt.Errorf("stale: and %s more", words.Comma(len(others)-i)))
			break
		}
		lines = append(lines, errors.New("stale: "+m.String()))
	}
	if done := e.done(); done != "" {
		lines = append(lines, fmt.Errorf("stale: %s, as after an apply that was interrupted: a new plan goes on from there", done))
	}
	return lines
}

// Brief is the error in one line: what moved, without how.
func (e *StaleError) Brief() string {
	others := e.others()
	if e.over(others) {
		return fmt.Sprintf("the saved plan is stale: %s; %s", e.progress(), nothingLeft)
	}
	var names []string
	for _, m := range others {
		if !slices.Contains(names, m.Where) {
			names = append(names, m.Where)
		}
	}
	var what []string
	then := "make a new one with plan --out"
	switch {
	case len(names) == 1:
		what = append(what, names[0]+" is not as it was")
	case len(names) > 1:
		what = append(what, words.Some(names, shownNames)+" are not as they were")
	}
	if e.Done+e.Begun > 0 {
		what = append(what, e.progress())
		then += ", which goes on from there"
	}
	return fmt.Sprintf("the saved plan is stale: %s; %s", strings.Join(what, "; "), then)
}

// over says that nothing moved but what the plan was to move, and that all of it did.
func (e *StaleError) over(others []Moved) bool {
	return len(others) == 0 && e.Done == e.Of && e.Done > 0
}

// others are the moves that the plan was not to make.
func (e *StaleError) others() []Moved {
	return slices.DeleteFunc(slices.Clone(e.Moved), func(m Moved) bool { return m.Done })
}

// done says how far an earlier apply came, and with what; "" where it did nothing.
func (e *StaleError) done() string {
	var names []string
	for _, m := range e.Moved {
		if m.Done {
			names = append(names, m.Where)
		}
	}
	switch {
	case e.Done+e.Begun == 0:
		return ""
	case len(names) == 0:
		return e.progress()
	}
	return fmt.Sprintf("%s (%s)", e.progress(), words.Some(names, shownNames))
}

// progress counts what an earlier apply did.
func (e *StaleError) progress() string {
	switch {
	case e.Done == e.Of && e.Of == 1:
		return "its one change is done already"
	case e.Done == e.Of:
		return fmt.Sprintf("all of its %s changes are done already", words.Comma(e.Of))
	case e.Begun == 0:
		return fmt.Sprintf("%s of its %s changes are done already", words.Comma(e.Done), words.Comma(e.Of))
	case e.Done == 0:
		return fmt.Sprintf("%s of its %s changes are begun already", words.Comma(e.Begun), words.Comma(e.Of))
	}
	return fmt.Sprintf("%s of its %s changes are done already and %s begun", words.Comma(e.Done), words.Comma(e.Of), words.Comma(e.Begun))
}

// shownNames is how many names stand in one line.
const shownNames = 5

// Error gives all lines.
func (e *StaleError) Error() string {
	var b strings.Builder
	for i, line := range e.Unwrap() {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line.Error())
	}
	return b.String()
}

func (e *StaleError) add(m Moved) { e.Moved = append(e.Moved, m) }

func (e *StaleError) orNil() error {
	if len(e.Moved) == 0 {
		return nil
	}
	return e
}
