package iampolicy

import "fmt"

// Narrower says in what an identity policy after gives less than the one before:
// which statements that allow are gone, and which that deny are new. Statements
// are the same where their canonical forms are, so that a statement that was
// reworded is gone. What cannot be read is an empty document.
func Narrower(before, after []byte) []string {
	old, err := compileCanonical(before)
	if err != nil {
		old = &Policy{}
	}
	now, err := compileCanonical(after)
	if err != nil {
		now = &Policy{}
	}
	var less []string
	for i := range old.statements {
		if s := &old.statements[i]; !s.deny && !now.has(s) {
			less = append(less, "no longer allows what "+named(s, i)+" allowed")
		}
	}
	for i := range now.statements {
		if s := &now.statements[i]; s.deny && !old.has(s) {
			less = append(less, "newly denies what "+named(s, i)+" denies")
		}
	}
	return less
}

// named is a statement as a person finds it.
func named(s *statement, i int) string {
	if s.sid != "" {
		return s.sid
	}
	return fmt.Sprintf("statement %d", i+1)
}
