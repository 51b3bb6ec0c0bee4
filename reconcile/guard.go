package reconcile

import (
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
)

// GuardError is the error of applying a plan that breaks a limit of safety.
type GuardError struct{ Guards []planner.Guard }

// Error names the guards and the lines that lift them.
func (e *GuardError) Error() string {
	var names []string
	for _, g := range e.Guards {
		names = append(names, g.Name+" ("+g.Lift+")")
	}
	return "the plan is guarded by " + strings.Join(names, ", ") + " and is not applied"
}
