// Package planfile keeps plans in files, so that what was looked at is what is
// applied, and nothing else.
//
// [Of] takes up the plan of one payer, [File.Write] writes a file of some.
// [Read] reads one, and refuses it where it is too old, of another version, or
// not as it was written. Before a payer of it is applied, [Payer.Sources] must
// be what its files are now ([Payer.CheckSources]), and a plan that was made
// afresh must want the same of the same objects ([Payer.Compare]). What differs
// is a [*StaleError], which names each thing that moved.
//
// A saved plan is never run itself: it is the measure of the fresh one, which
// is made of what AWS has and of what the files say at that moment. So a file
// that somebody tampered with can take away from what is done, and add nothing.
package planfile
