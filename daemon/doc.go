// Package daemon keeps payers equal to a git repository, for months.
//
// Call [Run]. One goroutine, the caller's, owns the timetable: it alone knows
// which payer is due, and why. It looks at the repository, and starts passes,
// each in a goroutine of its own, which give back one [outcome]. What is told
// outside (metrics, status, notifications, the journal) is told from outcomes.
//
// A pass over one payer never waits for another's: only reading and planning
// take one of a few places, and applying, which mostly waits for AWS, takes none.
package daemon
