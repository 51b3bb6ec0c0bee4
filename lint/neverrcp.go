package lint

import (
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// beyond speaks of actions in a resource control policy that AWS applies no such
// policy to.
func beyond(s *iampolicy.Statement) []string {
	var said []string
	for _, one := range few(s.Actions, notReached) {
		said = append(said, "Action "+one)
	}
	return said
}

// notReached says why a resource control policy does nothing about a pattern of
// actions. It leaves to [badAction] what is none.
func notReached(p string) string {
	if badAction(p) != "" || iampolicy.RCPReaches(p) {
		return ""
	}
	service, _, _ := strings.Cut(p, ":")
	if iampolicy.RCPReaches(service + ":*") {
		return "resource control policies do not restrict it"
	}
	return "AWS applies resource control policies to no action of " + service + " (by its list of " + iampolicy.RCPServicesAsOf + ")"
}
