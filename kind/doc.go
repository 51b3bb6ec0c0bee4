// Package kind is the contract of a resource kind: what live, planner and
// executor must know of it, and no more. A kind is a declared [Kind] value in a
// folder of its own under kinds; kinds.All lists them. Call [Check] on a list
// before the first use.
package kind
