// Package kindtest runs payer files against the simulated AWS, for the tests of
// the kinds and of whole passes.
//
// Make a [Rig] with [New]. [Rig.Plan] and [Rig.Apply] take the body of a payer
// file, and [Lines] shows a plan as a test wants to read it. What happens
// behind the tool's back is done with [Rig.Org], the SDK's own client.
package kindtest
