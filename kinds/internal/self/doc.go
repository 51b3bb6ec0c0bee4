// Package self knows what must not be cut off: the principal that a pass runs
// as, the role it enters the payer by, the roles it enters members by, and what
// vendors were handed. Nothing of these is deleted, loses its trust or is denied
// in a bucket policy, unless the pass allows itself that.
//
// Call [Of] with the payer, and ask the [Set]. The package reads and writes
// nothing but its arguments.
package self
