// Package explain says whether an account of an organization may do an action,
// and which statement of which policy on which node says so.
//
// [Offline] makes the tree of nodes from a payer file and [Live] from what AWS
// has; [Tree.Ask] answers a [Question]. [Run] holds the tests of a payer file
// against its own tree.
//
// Only the service and resource control policies are asked: what they allow may
// still need a policy of IAM that allows it.
package explain
