package planfile

import (
	"errors"
	"fmt"
	"strings"
)

// StaleError says that a saved plan is not what would be done now.
type StaleError struct {
	Payer string
	Moved []Moved // at least one
	// Done of Of changes are done already, as after an apply that was interrupted.
	Done, Of int
}

// Moved is one thing that is not as it was when the plan was made.
type Moved struct {
	Where   string // a file, or the ref of an object
	Field   string // "" where Text says it all
	Was, Is string // the field's value then and now
	Text    string
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

// Unwrap gives each line as an error of its own, for those who print them so.
func (e *StaleError) Unwrap() []error {
	lines := []error{errors.New("the saved plan is stale; make a new one with plan --out")}
	for i, m := range e.Moved {
		if i == shownMoves && len(e.Moved) > shownMoves+1 {
			lines = append(lines, fmt.Errorf("stale: and %d more", len(e.Moved)-i))
			break
		}
		lines = append(lines, errors.New("stale: "+m.String()))
	}
	switch {
	case e.Done == e.Of && e.Done > 0:
		lines = append(lines, fmt.Errorf("all its changes are done already: %d of %d", e.Done, e.Of))
	case e.Done > 0:
		lines = append(lines, fmt.Errorf("%d of its %d changes are done already, as after an apply that was interrupted: a new plan goes on from there", e.Done, e.Of))
	}
	return lines
}

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
