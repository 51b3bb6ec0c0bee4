// Package kind is the contract of a resource kind: what live, planner and
// executor must know of it, and no more. A kind is a declared [Kind] value in a
// folder of its own under kinds; kinds.All lists them. [Check] says what is wrong
// with a list; the tests of kinds hold theirs against it.
package kind
