// Package world is the simulated AWS without its wire: accounts,
// organizations, policies, roles and the rules that AWS keeps about them.
//
// Call [New], give the world the time with [World.SetNow], then call the
// method that bears the name of the AWS operation. Every method takes the
// account that calls and refuses with an [*Error] what AWS refuses, under
// AWS's own code and Reason.
//
// A World knows no HTTP and no real clock: the same calls at the same times
// give the same state and the same ids. Whoever owns it must serialize calls.
package world
